//===- Passes.td - Passes over the bn graph ----------------*- tablegen -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_DIALECT_BN_TRANSFORMS_PASSES_TD
#define BN_DIALECT_BN_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def FoldBatchNorm : Pass<"bn-fold-batch-norm", "::mlir::ModuleOp"> {
  let summary = "fold prediction-mode batch norms into their neighbours";
  let description = [{
    A prediction-mode batch norm computes y = a * x + c per channel. The pass
    moves that map against the data flow into the parameters of a convolution or
    linear layer, or along it into the next one, past ops that let it pass
    (reshapes, transposes, pooling without padded zeros). The same is done with
    `bn.scale_shift` and with elementwise ops by constants per channel, such as
    the bias after a matrix product. New parameters are computed in double,
    rounded once, and are constants of their own: the old ones may be shared.

    What became of each normalization, and why it stayed, is recorded in the
    module attribute `bn.normalizations`.
  }];
  let options = [
    Option<"tolerance", "tolerance", "double", /*default=*/"1.0e-05",
           "largest relative change that rounding folded parameters may make">
  ];
  let statistics = [
    Statistic<"numFolded", "num-folded", "normalizations folded">,
    Statistic<"numKept", "num-kept", "normalizations that stayed">,
    Statistic<"numFlushed", "num-flushed",
              "folded values that were subnormal and became zero">
  ];
}

#endif // BN_DIALECT_BN_TRANSFORMS_PASSES_TD
