//===- PreparePtx.cpp - Kernels for the lowering to NVVM ------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Codegen/GPU/Passes.h"

#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::bn {
#define GEN_PASS_DEF_PREPAREPTX
#include "bn/Codegen/GPU/Passes.h.inc"
} // namespace mlir::bn

using namespace mlir;
using namespace mlir::bn;

/// `type` with some extent instead of a dynamic batch: no address depends on
/// that of the outermost axis.
static Type fixBatch(Type type) {
  auto memref = dyn_cast<MemRefType>(type);
  if (!memref || memref.hasStaticShape())
    return type;
  SmallVector<int64_t> shape(memref.getShape());
  shape.front() = std::numeric_limits<int32_t>::max();
  return memref.clone(shape);
}

static void fixBatch(gpu::GPUFuncOp kernel) {
  SmallVector<Type> types;
  for (Type type : kernel.getFunctionType().getInputs())
    types.push_back(fixBatch(type));
  for (auto [argument, type] : llvm::zip(kernel.getArguments(), types))
    argument.setType(type);
  kernel.setType(FunctionType::get(kernel.getContext(), types, {}));
}

namespace {

struct PreparePtx : public bn::impl::PreparePtxBase<PreparePtx> {
  void runOnOperation() override {
    for (auto kernel : getOperation().getOps<gpu::GPUFuncOp>())
      fixBatch(kernel);
    RewritePatternSet patterns(&getContext());
    auto isApproximated = [](StringRef name) {
      return name == math::ExpOp::getOperationName() ||
             name == math::LogOp::getOperationName() ||
             name == math::TanhOp::getOperationName();
    };
    populateMathPolynomialApproximationPatterns(patterns, isApproximated);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
