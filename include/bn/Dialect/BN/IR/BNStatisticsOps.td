//===- BNStatisticsOps.td - Batch norm in training, taken apart *- tablegen -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_DIALECT_BN_IR_BNSTATISTICSOPS_TD
#define BN_DIALECT_BN_IR_BNSTATISTICSOPS_TD

include "bn/Dialect/BN/IR/BNOpBase.td"

//===----------------------------------------------------------------------===//
// What batch norm with the statistics of the batch is made of, and its
// gradient: a reduction over the batch, then an op by value that needs its
// result. The values are normalized by `bn.batch_norm_inference`, whose mean and
// variance are those of the batch here.
//===----------------------------------------------------------------------===//

def BN_BatchStatisticsOp : BN_Op<"batch_statistics"> {
  let summary = "mean and variance of each channel of a batch";
  let description = [{
    Over the m values of channel c:

        mean[c]     = sum(input) / m
        variance[c] = sum((input - mean[c])^2) / m

    ```mlir
    func.func @batch_statistics(%x: tensor<?x3x5x7xf32>)
        -> (tensor<3xf32>, tensor<3xf32>) {
      %mean, %variance = bn.batch_statistics %x
        : (tensor<?x3x5x7xf32>) -> (tensor<3xf32>, tensor<3xf32>)
      return %mean, %variance : tensor<3xf32>, tensor<3xf32>
    }
    ```
  }];
  let arguments = (ins BN_Features:$input, BN_DefaultLayout:$layout);
  let results = (outs BN_ChannelVector:$mean, BN_ChannelVector:$variance);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def BN_RunningStatisticsOp : BN_Op<"running_statistics"> {
  let summary = "running statistics after one more batch";
  let description = [{
    The last two results of `bn.batch_norm_training`, which has the formulas:
    blends the running statistics with `mean` and `variance` of the batch
    `input`, of which only the number m of values per channel is taken.

    ```mlir
    func.func @running_statistics(%x: tensor<?x3x5x7xf32>, %c: tensor<3xf32>)
        -> (tensor<3xf32>, tensor<3xf32>) {
      %mean, %variance = bn.batch_statistics %x
        : (tensor<?x3x5x7xf32>) -> (tensor<3xf32>, tensor<3xf32>)
      %new_mean, %new_variance = bn.running_statistics %x, mean %mean,
        variance %variance, running_mean %c, running_variance %c
        {momentum = 0.9 : f64} : (tensor<?x3x5x7xf32>, tensor<3xf32>,
        tensor<3xf32>, tensor<3xf32>, tensor<3xf32>)
        -> (tensor<3xf32>, tensor<3xf32>)
      return %new_mean, %new_variance : tensor<3xf32>, tensor<3xf32>
    }
    ```
  }];
  let arguments = (ins
    BN_Features:$input,
    BN_ChannelVector:$mean,
    BN_ChannelVector:$variance,
    BN_ChannelVector:$running_mean,
    BN_ChannelVector:$running_variance,
    F64Attr:$momentum,
    DefaultValuedAttr<BN_MomentumConventionAttr,
                      "::mlir::bn::MomentumConvention::onnx">:$convention,
    DefaultValuedAttr<BN_RunningVarianceAttr,
                      "::mlir::bn::RunningVariance::biased">:$variance_bias,
    BN_DefaultLayout:$layout);
  let results = (outs
    BN_ChannelVector:$new_running_mean,
    BN_ChannelVector:$new_running_variance);
  let assemblyFormat = [{
    $input `,` `mean` $mean `,` `variance` $variance `,`
    `running_mean` $running_mean `,` `running_variance` $running_variance
    attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def BN_BatchNormParameterGradientOp : BN_Op<"batch_norm_parameter_gradient"> {
  let summary = "gradients of gamma and beta: the sums of the batch";
  let description = [{
    With x^ = (input - mean[c]) / sqrt(variance[c] + epsilon), over the values
    of channel c:

        scale_gradient[c]  = sum(gradient * x^)
        offset_gradient[c] = sum(gradient)

    ```mlir
    func.func @parameter_gradient(%g: tensor<?x3x5x7xf32>,
        %x: tensor<?x3x5x7xf32>, %c: tensor<3xf32>)
        -> (tensor<3xf32>, tensor<3xf32>) {
      %dscale, %doffset = bn.batch_norm_parameter_gradient %g, %x, mean %c,
        variance %c {epsilon = 1.0e-05 : f64} : (tensor<?x3x5x7xf32>,
        tensor<?x3x5x7xf32>, tensor<3xf32>, tensor<3xf32>)
        -> (tensor<3xf32>, tensor<3xf32>)
      return %dscale, %doffset : tensor<3xf32>, tensor<3xf32>
    }
    ```
  }];
  let arguments = (ins
    BN_Features:$gradient,
    BN_Features:$input,
    BN_ChannelVector:$mean,
    BN_ChannelVector:$variance,
    F64Attr:$epsilon,
    BN_DefaultLayout:$layout);
  let results = (outs
    BN_ChannelVector:$scale_gradient,
    BN_ChannelVector:$offset_gradient);
  let assemblyFormat = [{
    $gradient `,` $input `,` `mean` $mean `,` `variance` $variance attr-dict
    `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def BN_BatchNormInputGradientOp : BN_Op<"batch_norm_input_gradient", [
    AllTypesMatch<["gradient", "input", "result"]>]> {
  let summary = "gradient of the input of a batch norm, given the sums";
  let description = [{
    The first result of `bn.batch_norm_gradient`, from its other two.

    ```mlir
    func.func @input_gradient(%g: tensor<?x3x5x7xf32>,
        %x: tensor<?x3x5x7xf32>, %c: tensor<3xf32>) -> tensor<?x3x5x7xf32> {
      %dx = bn.batch_norm_input_gradient %g, %x, scale %c, mean %c, variance %c,
        scale_gradient %c, offset_gradient %c {epsilon = 1.0e-05 : f64}
        : (tensor<?x3x5x7xf32>, tensor<?x3x5x7xf32>, tensor<3xf32>,
        tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>)
        -> tensor<?x3x5x7xf32>
      return %dx : tensor<?x3x5x7xf32>
    }
    ```
  }];
  let arguments = (ins
    BN_Features:$gradient,
    BN_Features:$input,
    BN_ChannelVector:$scale,
    BN_ChannelVector:$mean,
    BN_ChannelVector:$variance,
    BN_ChannelVector:$scale_gradient,
    BN_ChannelVector:$offset_gradient,
    F64Attr:$epsilon,
    BN_DefaultLayout:$layout);
  let results = (outs BN_Features:$result);
  let assemblyFormat = [{
    $gradient `,` $input `,` `scale` $scale `,` `mean` $mean `,`
    `variance` $variance `,` `scale_gradient` $scale_gradient `,`
    `offset_gradient` $offset_gradient attr-dict `:`
    functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

#endif // BN_DIALECT_BN_IR_BNSTATISTICSOPS_TD
