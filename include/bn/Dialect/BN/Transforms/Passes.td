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

def FuseTraining : Pass<"bn-fuse-training", "::mlir::func::FuncOp"> {
  let summary = "take batch norms in training apart, so that they can be fused";
  let description = [{
    A batch norm with the statistics of the batch, and its gradient, read their
    input twice: once for sums over the batch, once for what needs these sums.
    Each becomes two ops: `bn.batch_statistics` and `bn.batch_norm_inference`,
    `bn.batch_norm_parameter_gradient` and `bn.batch_norm_input_gradient`; new
    running statistics are `bn.running_statistics`. The first can then be computed
    where the input is produced, the second where its result is consumed.

    The bias of a layer in front of such a batch norm changes nothing but the
    mean: it is dropped from the layer and added to the mean that the running
    mean takes in. Its gradient, a sum that is zero, becomes a constant.
  }];
  let statistics = [
    Statistic<"numTakenApart", "num-taken-apart", "batch norms taken apart">,
    Statistic<"numBiases", "num-biases", "biases dropped">
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
    `bn.batch_norm_training`. A group norm is written as an instance norm of the
    groups between two reshapes, then a multiplication and an addition by
    channel; these become `bn.group_norm`. The facts of all of them have the op
    `decomposed`.
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

def MakeTrainable : Pass<"bn-make-trainable", "::mlir::ModuleOp"> {
  let summary = "a model as the functions of its training";
  let description = [{
    Replaces the module's one model by three functions:

      - `@gradients(data, parameters)` computes the logits in training mode and
        the new values of the running statistics (`bn.new_value_of`);
        `--bn-differentiate` makes it what its name says.
      - `@predict(data, parameters)` computes the logits in prediction mode: batch
        norms with the running statistics, no dropout.
      - `@update(parameters, gradients, state, settings)` does one step of the
        optimizer on all parameters as one vector.

    Parameters are the initializers of the source that a layer multiplies by or
    adds, as arguments with `bn.parameter` and what else is known of them:
    trained ones in the order of their first use, then running statistics. One
    that is used several times is one argument. A running statistic of a frozen
    batch norm gets its own value as the new one. Elementwise constants that are
    no initializers stay constants.

    With `cumulative-average` the new running statistics are the means of those of
    all batches so far, each with the same weight, whatever the momentum. The
    number of these batches is one more statistic of each layer
    (`LAYER.num_batches_tracked`), which starts from 0: what the file has for
    running statistics does not count.
  }];
  let options = [
    Option<"optimizer", "optimizer", "std::string", /*default=*/"\"sgd\"",
           "sgd, adam or adamw">,
    Option<"cumulativeAverage", "cumulative-average", "bool",
           /*default=*/"false",
           "running statistics are means over all batches">
  ];
  let statistics = [
    Statistic<"numTrained", "num-trained", "trained parameters">,
    Statistic<"numStatistics", "num-statistics", "running statistics">
  ];
  let dependentDialects = ["::mlir::bn::BNDialect",
                           "::mlir::func::FuncDialect"];
}

def Differentiate : Pass<"bn-differentiate", "::mlir::ModuleOp"> {
  let summary = "the loss of a model and its gradients";
  let description = [{
    Works on the function `@gradients` of `--bn-make-trainable`. It gets the
    arguments `labels` (i64, one per row) and `seed` (two i64, for dropout)
    behind its data, and the results become the loss, the number of hits, the
    gradient of each trained parameter (`bn.gradient_of`), and the new running
    statistics. Each op builds its own gradient (DifferentiableOpInterface), from
    the loss backwards; where a value is used several times the gradients are
    added. A parameter that the loss does not depend on has the gradient zero.
    Ops without a gradient are reported, all at once.
  }];
  let options = [
    Option<"loss", "loss", "std::string", /*default=*/"\"cross-entropy\"",
           "cross-entropy or mse">,
    Option<"labelSmoothing", "label-smoothing", "double", /*default=*/"0.0",
           "share of the target that is spread over all classes">
  ];
  let statistics = [
    Statistic<"numGradients", "num-gradients", "gradients built">
  ];
  let dependentDialects = ["::mlir::bn::BNDialect"];
}

#endif // BN_DIALECT_BN_TRANSFORMS_PASSES_TD
