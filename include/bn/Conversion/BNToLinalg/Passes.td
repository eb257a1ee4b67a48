//===- Passes.td - The plain way out of the bn dialect -----*- tablegen -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_CONVERSION_BNTOLINALG_PASSES_TD
#define BN_CONVERSION_BNTOLINALG_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertBNToLinalg : Pass<"convert-bn-to-linalg", "::mlir::func::FuncOp"> {
  let summary = "Replace every bn op by loops over scalars (linalg on tensors)";
  let description = [{
    The plain way, which defines what is right: each op becomes the formula of
    its description, for any float type, rank and layout. Every op computes in
    f64 (or in its element type, if that is wider) and rounds once, when it
    stores its result; where the result is the same bits either way (sums,
    products, quotients and roots of two values, maxima) it computes in the
    element type. Sums run over ascending indices.
  }];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
    "::mlir::tensor::TensorDialect"];
}

#endif // BN_CONVERSION_BNTOLINALG_PASSES_TD
