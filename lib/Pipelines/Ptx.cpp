//===- Ptx.cpp - From kernels of the gpu dialect to the llvm dialect ------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Pipelines/Ptx.h"
#include "bn/Codegen/GPU/Passes.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Affine/Transforms/Passes.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void bn::buildPtxPipeline(OpPassManager &manager) {
  auto &kernels = manager.nest<gpu::GPUModuleOp>();
  // Powers become exponentials and logarithms, and those polynomials, so that
  // no library of the device is needed.
  math::MathExpandOpsPassOptions expansions;
  expansions.opMnemonics = {"powf"};
  kernels.addPass(math::createMathExpandOpsPass(expansions));
  kernels.addPass(createPreparePtx());
  // Positions of elements become arithmetic.
  kernels.addPass(affine::createAffineExpandIndexOpsPass());
  kernels.addPass(createLowerAffinePass());
  kernels.addPass(createSCFToControlFlowPass());
  kernels.addPass(createCanonicalizerPass());
  kernels.addPass(createCSEPass());
  ConvertGpuOpsToNVVMOpsOptions options;
  options.useBarePtrCallConv = true;
  kernels.addPass(createConvertGpuOpsToNVVMOps(options));
  kernels.addPass(createCanonicalizerPass());
  kernels.addPass(createCSEPass());
  kernels.addPass(createReconcileUnrealizedCastsPass());
}
