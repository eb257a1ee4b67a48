//===- bn-opt.cpp - The compiler driver -----------------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Codegen/CPU/Passes.h"
#include "bn/Conversion/BNToLinalg/Passes.h"
#include "bn/Dialect/BN/IR/BN.h"
#include "bn/Pipelines/Pipelines.h"
#include "bn/Plan/Passes.h"
#include "bn/Dialect/BN/Transforms/Passes.h"

#include "mlir/InitAllDialects.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllPasses();
  mlir::bn::registerBNCodegenCPUPasses();
  mlir::bn::registerBNPlanPasses();
  mlir::bn::registerBNToLinalgPasses();
  mlir::bn::registerLoweringPipelines();
  mlir::bn::registerBNTransformsPasses();
  registry.insert<mlir::bn::BNDialect>();
  return mlir::failed(mlir::MlirOptMain(argc, argv, "bn-opt\n", registry));
}
