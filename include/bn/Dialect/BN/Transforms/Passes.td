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
           "largest relative change that rounding folded parameters may make">,
    Option<"recordOnly", "record-only", "bool", /*default=*/"false",
           "fold nothing, and record that for each normalization">
  ];
  let statistics = [
    Statistic<"numFolded", "num-folded", "normalizations folded">,
    Statistic<"numKept", "num-kept", "normalizations that stayed">,
    Statistic<"numFlushed", "num-flushed",
              "folded values that were subnormal and became zero">
  ];
}

def BatchNormToScaleShift
    : Pass<"bn-batch-norm-to-scale-shift", "::mlir::ModuleOp"> {
  let summary = "prediction-mode batch norm to one multiply-add";
  let description = [{
    A batch norm whose parameters are constant and that no neighbour has taken
    in becomes `bn.scale_shift`, its factors computed in double and rounded
    once. Its fact in `bn.normalizations` stays as it is.
  }];
  let statistics = [
    Statistic<"numRewritten", "num-rewritten", "batch norms rewritten">
  ];
}

def ConfigureBatchNorm
    : Pass<"bn-configure-batch-norm", "::mlir::ModuleOp"> {
  let summary = "choose the statistics that batch norms train with";
  let description = [{
    Sets what a training run chooses over the file: which batch norms use the
    statistics of the batch, and how these are averaged. With
    `batch-statistics` all of them do, also those that were written out in
    prediction mode; those named by `freeze` keep their running statistics. It is
    an error if no batch norm has such a name.
  }];
  let options = [
    Option<"batchStatistics", "batch-statistics", "bool", /*default=*/"false",
           "every batch norm uses the statistics of the batch">,
    ListOption<"freeze", "freeze", "std::string",
               "names of layers that use their running statistics">,
    Option<"momentum", "momentum", "double", /*default=*/"-1.0",
           "momentum of all batch norms; negative: their own">,
    Option<"convention", "convention", "std::string", /*default=*/"\"onnx\"",
           "what that momentum multiplies: onnx or torch">,
    Option<"variance", "variance", "std::string", /*default=*/"\"\"",
           "which variance is averaged: biased or unbiased; empty: their own">
  ];
}

def ConvertElementType
    : Pass<"bn-convert-element-type", "::mlir::ModuleOp"> {
  let summary = "compute in another precision";
  let description = [{
    Gives all tensors of floats another element type: those of functions, ops
    and constants. With `to=f64` the values of f32 constants stay exactly what
    they are, and the program is the oracle that others are compared with; with
    `to=f32` they are rounded.
  }];
  let options = [
    Option<"to", "to", "std::string", /*default=*/"\"f64\"",
           "element type: f32 or f64">
  ];
}

def RaiseBatchNorm : Pass<"bn-raise-batch-norm", "::mlir::ModuleOp"> {
  let summary = "recognise batch norms that are written out";
  let description = [{
    Layers written from scratch are exported as elementwise ops. In prediction
    mode that is a subtraction of the mean, a division by sqrt(variance +
    epsilon) (or a multiplication by its inverse, or by a constant), a
    multiplication by gamma and an addition of beta, with parameters of one value
    per channel; these become `bn.batch_norm_inference`. Where constants were
    folded so far that only factors and a shift are left, they become
    `bn.scale_shift`. In training mode mean and variance are `bn.reduce_mean`
    over all axes but that of the channels; these become
    `bn.batch_norm_training`. The facts of all of them have the op `decomposed`.
  }];
  let statistics = [
    Statistic<"numRaised", "num-raised", "normalizations recognised">
  ];
}

def RecordNormalizations
    : Pass<"bn-record-normalizations", "::mlir::ModuleOp"> {
  let summary = "record normalizations that nothing is done about";
  let description = [{
    Records every normalization in `bn.normalizations` as kept, for the reason
    given. Stands where `--bn-fold-batch-norm` would, when folding is off.
  }];
  let options = [
    Option<"reason", "reason", "std::string", /*default=*/"\"\"",
           "why they stay">
  ];
}

#endif // BN_DIALECT_BN_TRANSFORMS_PASSES_TD
