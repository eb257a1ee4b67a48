//===- LowerKernels.cpp - Planned kernels to loops on vectors -------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Codegen/CPU/KernelGenerators.h"
#include "bn/Codegen/CPU/Passes.h"

#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace mlir::bn {
#define GEN_PASS_DEF_LOWERKERNELS
#include "bn/Codegen/CPU/Passes.h.inc"
} // namespace mlir::bn

using namespace mlir;
using namespace mlir::bn;

namespace {

struct LowerKernels : bn::impl::LowerKernelsBase<LowerKernels> {
  using LowerKernelsBase::LowerKernelsBase;

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateProductKernelPatterns(patterns);
    populateWindowKernelPatterns(patterns);
    populateDotKernelPatterns(patterns);
    populateColumnKernelPatterns(patterns);
    populateCopyKernelPatterns(patterns);
    populateWinogradKernelPatterns(patterns);
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};

} // namespace
