//===- BNNormalizationOps.td - Normalization layers --------*- tablegen -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_DIALECT_BN_IR_BNNORMALIZATIONOPS_TD
#define BN_DIALECT_BN_IR_BNNORMALIZATIONOPS_TD

include "bn/Dialect/BN/IR/BNOpBase.td"

def BN_BatchNormInferenceOp : BN_Op<"batch_norm_inference", [
    DeclareOpInterfaceMethods<BN_DifferentiableOpInterface>,
    DeclareOpInterfaceMethods<BN_AffineAbsorber>,
    DeclareOpInterfaceMethods<BN_NormalizationOpInterface>,
    AllTypesMatch<["input", "result"]>]> {
  let summary = "batch norm with constant statistics (prediction mode)";
  let description = [{
    Per channel c:

        result = scale[c] * (input - mean[c]) / sqrt(variance[c] + epsilon)
                 + offset[c]

    (Ioffe and Szegedy 2015, algorithm 2, line 11; `scale` is gamma and `offset`
    is beta). Channels are axis 1 in NCHW, the last axis in NHWC.

    ```mlir
    func.func @predict(%x: tensor<2x2x2x2xf32>, %c: tensor<2xf32>)
        -> tensor<2x2x2x2xf32> {
      %y = bn.batch_norm_inference %x, scale %c, offset %c, mean %c, variance %c
        {epsilon = 1.0e-05 : f64} : (tensor<2x2x2x2xf32>, tensor<2xf32>,
        tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<2x2x2x2xf32>
      return %y : tensor<2x2x2x2xf32>
    }
    ```
  }];
  let arguments = (ins
    BN_Features:$input,
    BN_ChannelVector:$scale,
    BN_ChannelVector:$offset,
    BN_ChannelVector:$mean,
    BN_ChannelVector:$variance,
    F64Attr:$epsilon,
    BN_DefaultLayout:$layout);
  let results = (outs BN_Features:$result);
  let assemblyFormat = [{
    $input `,` `scale` $scale `,` `offset` $offset `,` `mean` $mean `,`
    `variance` $variance attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def BN_BatchNormTrainingOp : BN_InferredOp<"batch_norm_training", [
    DeclareOpInterfaceMethods<BN_DifferentiableOpInterface>,
    DeclareOpInterfaceMethods<BN_NormalizationOpInterface>,
    AllTypesMatch<["input", "result"]>]> {
  let summary = "batch norm with the statistics of the batch (training mode)";
  let description = [{
    Over the m values of channel c (batch and spatial positions):

        batch_mean     = sum(input) / m
        batch_variance = sum((input - batch_mean)^2) / m
        result = scale[c] * (input - batch_mean) / sqrt(batch_variance + epsilon)
                 + offset[c]

    (Ioffe and Szegedy 2015, algorithm 1). The running statistics are new ones,
    by two independent choices. `convention` says what `momentum` multiplies:

        onnx:  new = momentum * running + (1 - momentum) * batch
        torch: new = (1 - momentum) * running + momentum * batch

    and `variance_bias` whether the variance that is averaged divides by m
    (`biased`, as ONNX says) or by m - 1 (`unbiased`, as PyTorch stores it). The
    variance that normalizes always divides by m.

    A channel must have at least two values: with one the variance is zero and
    the result is `offset` whatever the input. Statistics are computed in the
    element type of `scale` or wider.

    ```mlir
    func.func @train(%x: tensor<2x2x2x2xf32>, %c: tensor<2xf32>)
        -> (tensor<2x2x2x2xf32>, tensor<2xf32>, tensor<2xf32>) {
      %y, %mean, %var, %running_mean, %running_var =
        bn.batch_norm_training %x, scale %c, offset %c,
          running_mean %c, running_variance %c
          {epsilon = 1.0e-05 : f64, momentum = 0.9 : f64} :
          (tensor<2x2x2x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>,
           tensor<2xf32>)
          -> (tensor<2x2x2x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>,
              tensor<2xf32>)
      return %y, %running_mean, %running_var
        : tensor<2x2x2x2xf32>, tensor<2xf32>, tensor<2xf32>
    }
    ```
  }];
  let arguments = (ins
    BN_Features:$input,
    BN_ChannelVector:$scale,
    BN_ChannelVector:$offset,
    BN_ChannelVector:$running_mean,
    BN_ChannelVector:$running_variance,
    F64Attr:$epsilon,
    F64Attr:$momentum,
    DefaultValuedAttr<BN_MomentumConventionAttr,
                      "::mlir::bn::MomentumConvention::onnx">:$convention,
    DefaultValuedAttr<BN_RunningVarianceAttr,
                      "::mlir::bn::RunningVariance::biased">:$variance_bias,
    BN_DefaultLayout:$layout);
  let results = (outs
    BN_Features:$result,
    BN_ChannelVector:$batch_mean,
    BN_ChannelVector:$batch_variance,
    BN_ChannelVector:$new_running_mean,
    BN_ChannelVector:$new_running_variance);
  let assemblyFormat = [{
    $input `,` `scale` $scale `,` `offset` $offset `,`
    `running_mean` $running_mean `,` `running_variance` $running_variance
    attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def BN_ScaleShiftOp : BN_Op<"scale_shift", [
    DeclareOpInterfaceMethods<BN_DifferentiableOpInterface>,
    DeclareOpInterfaceMethods<BN_AffineAbsorber>,
    AllTypesMatch<["input", "result"]>]> {
  let summary = "one multiply-add per value, by channel";
  let description = [{
    Per channel c: `result = scale[c] * input + shift[c]`: what remains of a
    prediction-mode batch norm that no neighbour could absorb.

    ```mlir
    func.func @scale_shift(%x: tensor<?x3x5x7xf32>, %c: tensor<3xf32>)
        -> tensor<?x3x5x7xf32> {
      %y = bn.scale_shift %x, scale %c, shift %c : (tensor<?x3x5x7xf32>,
        tensor<3xf32>, tensor<3xf32>) -> tensor<?x3x5x7xf32>
      return %y : tensor<?x3x5x7xf32>
    }
    ```
  }];
  let arguments = (ins
    BN_Features:$input,
    BN_ChannelVector:$scale,
    BN_ChannelVector:$shift,
    BN_DefaultLayout:$layout);
  let results = (outs BN_Features:$result);
  let assemblyFormat = [{
    $input `,` `scale` $scale `,` `shift` $shift attr-dict `:`
    functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

#endif // BN_DIALECT_BN_IR_BNNORMALIZATIONOPS_TD
