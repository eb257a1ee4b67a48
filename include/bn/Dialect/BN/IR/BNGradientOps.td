//===- BNGradientOps.td - Gradients of layers --------------*- tablegen -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_DIALECT_BN_IR_BNGRADIENTOPS_TD
#define BN_DIALECT_BN_IR_BNGRADIENTOPS_TD

include "bn/Dialect/BN/IR/BNOpBase.td"

//===----------------------------------------------------------------------===//
// The gradients that are no composition of other bn ops. `gradient` is the
// derivative of the loss by the layer's result, the result that by the layer's
// input or parameter. Attributes are those of the layer.
//===----------------------------------------------------------------------===//

def BN_ConvInputGradientOp : BN_Op<"conv_input_gradient", [
    AllElementTypesMatch<["gradient", "filter", "result"]>]> {
  let summary = "gradient of a convolution's input";
  let description = [{
    The transposed convolution: every term `input * filter` of `bn.conv` gives
    `gradient * filter` to its input position. The extents of the input are
    those of the result's type.

    ```mlir
    func.func @conv_input_gradient(%g: tensor<?x16x8x8xf32>,
        %w: tensor<16x6x5x5xf32>) -> tensor<?x6x12x12xf32> {
      %dx = bn.conv_input_gradient %g, %w {dilations = array<i64: 1, 1>,
          groups = 1 : i64, padding = array<i64: 0, 0, 0, 0>,
          strides = array<i64: 1, 1>}
        : (tensor<?x16x8x8xf32>, tensor<16x6x5x5xf32>)
        -> tensor<?x6x12x12xf32>
      return %dx : tensor<?x6x12x12xf32>
    }
    ```
  }];
  let arguments = (ins
    BN_Image:$gradient,
    BN_Image:$filter,
    DenseI64ArrayAttr:$strides,
    DenseI64ArrayAttr:$padding,
    DenseI64ArrayAttr:$dilations,
    DefaultValuedAttr<I64Attr, "1">:$groups,
    BN_DefaultLayout:$layout);
  let results = (outs BN_Image:$result);
  let assemblyFormat = [{
    $gradient `,` $filter attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def BN_ConvFilterGradientOp : BN_Op<"conv_filter_gradient", [
    AllElementTypesMatch<["gradient", "input", "result"]>]> {
  let summary = "gradient of a convolution's filter";
  let description = [{
    Every term `input * filter` of `bn.conv` gives `gradient * input` to its
    filter value; summed over the batch and all positions. The extents of the
    kernel are those of the result's type.

    ```mlir
    func.func @conv_filter_gradient(%g: tensor<?x16x8x8xf32>,
        %x: tensor<?x6x12x12xf32>) -> tensor<16x6x5x5xf32> {
      %dw = bn.conv_filter_gradient %g, %x {dilations = array<i64: 1, 1>,
          groups = 1 : i64, padding = array<i64: 0, 0, 0, 0>,
          strides = array<i64: 1, 1>}
        : (tensor<?x16x8x8xf32>, tensor<?x6x12x12xf32>)
        -> tensor<16x6x5x5xf32>
      return %dw : tensor<16x6x5x5xf32>
    }
    ```
  }];
  let arguments = (ins
    BN_Image:$gradient,
    BN_Image:$input,
    DenseI64ArrayAttr:$strides,
    DenseI64ArrayAttr:$padding,
    DenseI64ArrayAttr:$dilations,
    DefaultValuedAttr<I64Attr, "1">:$groups,
    BN_DefaultLayout:$layout);
  let results = (outs BN_Image:$result);
  let assemblyFormat = [{
    $gradient `,` $input attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def BN_BatchNormGradientOp : BN_Op<"batch_norm_gradient", [
    AllTypesMatch<["gradient", "input", "result"]>]> {
  let summary = "gradients of a batch norm with the statistics of the batch";
  let description = [{
    With x^ = (input - mean[c]) / sqrt(variance[c] + epsilon) and m values in
    channel c, whose mean and variance themselves depend on the input:

        offset_gradient[c] = sum(gradient)
        scale_gradient[c]  = sum(gradient * x^)
        result = scale[c] / sqrt(variance[c] + epsilon)
                 * (gradient - offset_gradient[c] / m
                    - x^ * scale_gradient[c] / m)

    (Ioffe and Szegedy 2015, section 3, in closed form.)

    ```mlir
    func.func @batch_norm_gradient(%g: tensor<?x3x5x7xf32>,
        %x: tensor<?x3x5x7xf32>, %c: tensor<3xf32>)
        -> (tensor<?x3x5x7xf32>, tensor<3xf32>, tensor<3xf32>) {
      %dx, %dscale, %doffset = bn.batch_norm_gradient %g, %x, scale %c, mean %c,
        variance %c {epsilon = 1.0e-05 : f64} : (tensor<?x3x5x7xf32>,
        tensor<?x3x5x7xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>)
        -> (tensor<?x3x5x7xf32>, tensor<3xf32>, tensor<3xf32>)
      return %dx, %dscale, %doffset
        : tensor<?x3x5x7xf32>, tensor<3xf32>, tensor<3xf32>
    }
    ```
  }];
  let arguments = (ins
    BN_Features:$gradient,
    BN_Features:$input,
    BN_ChannelVector:$scale,
    BN_ChannelVector:$mean,
    BN_ChannelVector:$variance,
    F64Attr:$epsilon,
    BN_DefaultLayout:$layout);
  let results = (outs
    BN_Features:$result,
    BN_ChannelVector:$scale_gradient,
    BN_ChannelVector:$offset_gradient);
  let assemblyFormat = [{
    $gradient `,` $input `,` `scale` $scale `,` `mean` $mean `,`
    `variance` $variance attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def BN_GroupNormGradientOp : BN_Op<"group_norm_gradient", [
    AllTypesMatch<["gradient", "input", "result"]>]> {
  let summary = "gradients of a group norm";
  let description = [{
    With x^ as in `bn.group_norm`, h = gradient * scale[c], and means over the m
    values of one sample and group:

        result = (h - mean(h) - x^ * mean(h * x^)) / sqrt(variance + epsilon)
        scale_gradient[c]  = sum(gradient * x^)
        offset_gradient[c] = sum(gradient)

    where the sums run over the batch and all positions.

    ```mlir
    func.func @group_norm_gradient(%g: tensor<?x6x5x7xf32>,
        %x: tensor<?x6x5x7xf32>, %c: tensor<6xf32>)
        -> (tensor<?x6x5x7xf32>, tensor<6xf32>, tensor<6xf32>) {
      %dx, %dscale, %doffset = bn.group_norm_gradient %g, %x, scale %c
        {epsilon = 1.0e-05 : f64, groups = 3 : i64} : (tensor<?x6x5x7xf32>,
        tensor<?x6x5x7xf32>, tensor<6xf32>)
        -> (tensor<?x6x5x7xf32>, tensor<6xf32>, tensor<6xf32>)
      return %dx, %dscale, %doffset
        : tensor<?x6x5x7xf32>, tensor<6xf32>, tensor<6xf32>
    }
    ```
  }];
  let arguments = (ins
    BN_Features:$gradient,
    BN_Features:$input,
    BN_ChannelVector:$scale,
    I64Attr:$groups,
    F64Attr:$epsilon,
    BN_DefaultLayout:$layout);
  let results = (outs
    BN_Features:$result,
    BN_ChannelVector:$scale_gradient,
    BN_ChannelVector:$offset_gradient);
  let assemblyFormat = [{
    $gradient `,` $input `,` `scale` $scale attr-dict `:`
    functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def BN_LayerNormGradientOp : BN_Op<"layer_norm_gradient", [
    AllTypesMatch<["gradient", "input", "result"]>,
    AllTypesMatch<["scale", "scale_gradient", "offset_gradient"]>]> {
  let summary = "gradients of a layer or RMS norm";
  let description = [{
    With x^ as in `bn.layer_norm`, h = gradient * scale, and means over the
    normalized axes:

        result = (h - mean(h) - x^ * mean(h * x^)) / sqrt(variance + epsilon)

    without the term mean(h) for `root_mean_square`. The gradients of scale and
    offset are gradient * x^ and gradient, summed over the axes before `axis`.

    ```mlir
    func.func @layer_norm_gradient(%g: tensor<?x5x7xf32>, %x: tensor<?x5x7xf32>,
        %c: tensor<5x7xf32>)
        -> (tensor<?x5x7xf32>, tensor<5x7xf32>, tensor<5x7xf32>) {
      %dx, %dscale, %doffset = bn.layer_norm_gradient %g, %x, scale %c
        {axis = 1 : i64, epsilon = 1.0e-05 : f64} : (tensor<?x5x7xf32>,
        tensor<?x5x7xf32>, tensor<5x7xf32>)
        -> (tensor<?x5x7xf32>, tensor<5x7xf32>, tensor<5x7xf32>)
      return %dx, %dscale, %doffset
        : tensor<?x5x7xf32>, tensor<5x7xf32>, tensor<5x7xf32>
    }
    ```
  }];
  let arguments = (ins
    BN_Tensor:$gradient,
    BN_Tensor:$input,
    BN_Tensor:$scale,
    I64Attr:$axis,
    F64Attr:$epsilon,
    UnitAttr:$root_mean_square);
  let results = (outs
    BN_Tensor:$result,
    BN_Tensor:$scale_gradient,
    BN_Tensor:$offset_gradient);
  let assemblyFormat = [{
    $gradient `,` $input `,` `scale` $scale attr-dict `:`
    functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def BN_MaxPoolGradientOp : BN_Op<"max_pool_gradient", [
    AllTypesMatch<["input", "result"]>]> {
  let summary = "gradient of the maximum of each window";
  let description = [{
    Each window gives its gradient to its largest value; of several equal ones
    to the first in row-major order, as PyTorch does.

    ```mlir
    func.func @max_pool_gradient(%g: tensor<?x6x12x12xf32>,
        %x: tensor<?x6x25x24xf32>) -> tensor<?x6x25x24xf32> {
      %dx = bn.max_pool_gradient %g, %x {ceil_mode = false,
          dilations = array<i64: 1, 1>, kernel = array<i64: 2, 2>,
          padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>}
        : (tensor<?x6x12x12xf32>, tensor<?x6x25x24xf32>)
        -> tensor<?x6x25x24xf32>
      return %dx : tensor<?x6x25x24xf32>
    }
    ```
  }];
  let arguments = (ins
    BN_Image:$gradient,
    BN_Image:$input,
    DenseI64ArrayAttr:$kernel,
    DenseI64ArrayAttr:$strides,
    DenseI64ArrayAttr:$padding,
    DenseI64ArrayAttr:$dilations,
    DefaultValuedAttr<BoolAttr, "false">:$ceil_mode,
    BN_DefaultLayout:$layout);
  let results = (outs BN_Image:$result);
  let assemblyFormat = [{
    $gradient `,` $input attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def BN_AveragePoolGradientOp : BN_Op<"average_pool_gradient", [
    AllElementTypesMatch<["gradient", "result"]>]> {
  let summary = "gradient of the mean of each window";
  let description = [{
    Each window gives its gradient, divided by the window's divisor, to each of
    its values. The extents of the input are those of the result's type.

    ```mlir
    func.func @average_pool_gradient(%g: tensor<?x6x12x11xf32>)
        -> tensor<?x6x24x22xf32> {
      %dx = bn.average_pool_gradient %g {ceil_mode = false,
          count_include_pad = false, dilations = array<i64: 1, 1>,
          kernel = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>,
          strides = array<i64: 2, 2>}
        : (tensor<?x6x12x11xf32>) -> tensor<?x6x24x22xf32>
      return %dx : tensor<?x6x24x22xf32>
    }
    ```
  }];
  let arguments = (ins
    BN_Image:$gradient,
    DenseI64ArrayAttr:$kernel,
    DenseI64ArrayAttr:$strides,
    DenseI64ArrayAttr:$padding,
    DenseI64ArrayAttr:$dilations,
    DefaultValuedAttr<BoolAttr, "false">:$ceil_mode,
    DefaultValuedAttr<BoolAttr, "false">:$count_include_pad,
    BN_DefaultLayout:$layout);
  let results = (outs BN_Image:$result);
  let assemblyFormat = [{
    $gradient attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def BN_ReduceMeanGradientOp : BN_Op<"reduce_mean_gradient", [
    AllTypesMatch<["input", "result"]>]> {
  let summary = "gradient of a mean over some axes";
  let description = [{
    Repeats `gradient / m` along `axes`, where m is the number of values along
    them. Of `input` only the extents are taken.

    ```mlir
    func.func @reduce_mean_gradient(%g: tensor<?x6xf32>,
        %x: tensor<?x6x7x5xf32>) -> tensor<?x6x7x5xf32> {
      %dx = bn.reduce_mean_gradient %g, %x {axes = array<i64: 2, 3>}
        : (tensor<?x6xf32>, tensor<?x6x7x5xf32>) -> tensor<?x6x7x5xf32>
      return %dx : tensor<?x6x7x5xf32>
    }
    ```
  }];
  let arguments = (ins
    BN_Tensor:$gradient,
    BN_Tensor:$input,
    DenseI64ArrayAttr:$axes,
    UnitAttr:$keep_dims);
  let results = (outs BN_Tensor:$result);
  let assemblyFormat = [{
    $gradient `,` $input attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def BN_ReluGradientOp : BN_Op<"relu_gradient", [SameOperandsAndResultType]> {
  let summary = "gradient of max(input, 0)";
  let description = [{
    `gradient` where the result of `bn.relu` is positive, else 0.

    ```mlir
    func.func @relu_gradient(%g: tensor<?x3x5xf32>, %y: tensor<?x3x5xf32>)
        -> tensor<?x3x5xf32> {
      %dx = bn.relu_gradient %g, %y : tensor<?x3x5xf32>
      return %dx : tensor<?x3x5xf32>
    }
    ```
  }];
  let arguments = (ins BN_Tensor:$gradient, BN_Tensor:$output);
  let results = (outs BN_Tensor:$result);
  let assemblyFormat = "$gradient `,` $output attr-dict `:` type($gradient)";
}

#endif // BN_DIALECT_BN_IR_BNGRADIENTOPS_TD
