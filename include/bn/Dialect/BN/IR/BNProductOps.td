//===- BNProductOps.td - Convolution and linear layers -----*- tablegen -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_DIALECT_BN_IR_BNPRODUCTOPS_TD
#define BN_DIALECT_BN_IR_BNPRODUCTOPS_TD

include "bn/Dialect/BN/IR/BNOpBase.td"

def BN_ConvOp : BN_InferredOp<"conv", [
    DeclareOpInterfaceMethods<BN_DifferentiableOpInterface>,
    DeclareOpInterfaceMethods<BN_AffineAbsorber>,
    AllElementTypesMatch<["input", "filter", "result"]>]> {
  let summary = "convolution of one to three spatial dimensions";
  let description = [{
    With all indices from 0, stride s, dilation d and padding p in front:

        result[n, o, y] = bias[o] + sum_{c, k}
            input[n, g(o) * Cin/G + c, y * s + k * d - p] * filter[o, c, k]

    where y and k run over the spatial positions, c over the Cin/G channels of
    the group and g(o) = floor(o / (Cout/G)). Positions outside of `input` count
    as zero. `filter` is `Cout x Cin/G x spatial` in either layout; `layout` says
    the order of `input` and `result`. `padding` holds the begin of every
    spatial dimension, then the end of every one, as ONNX's `pads` does.

    ```mlir
    func.func @conv(%x: tensor<?x6x12x12xf32>, %w: tensor<16x6x5x5xf32>,
                    %b: tensor<16xf32>) -> tensor<?x16x8x8xf32> {
      %y = bn.conv %x, %w bias %b {dilations = array<i64: 1, 1>, groups = 1 : i64,
          padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>}
        : (tensor<?x6x12x12xf32>, tensor<16x6x5x5xf32>, tensor<16xf32>)
        -> tensor<?x16x8x8xf32>
      return %y : tensor<?x16x8x8xf32>
    }
    ```
  }];
  let arguments = (ins
    BN_Image:$input,
    BN_Image:$filter,
    Optional<BN_ChannelVector>:$bias,
    DenseI64ArrayAttr:$strides,
    DenseI64ArrayAttr:$padding,
    DenseI64ArrayAttr:$dilations,
    DefaultValuedAttr<I64Attr, "1">:$groups,
    BN_DefaultLayout:$layout);
  let results = (outs BN_Image:$result);
  let assemblyFormat = [{
    $input `,` $filter (`bias` $bias^)? attr-dict `:`
    functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def BN_LinearOp : BN_InferredOp<"linear", [
    DeclareOpInterfaceMethods<BN_DifferentiableOpInterface>,
    DeclareOpInterfaceMethods<BN_AffineAbsorber>,
    AllElementTypesMatch<["input", "weight", "result"]>]> {
  let summary = "linear layer: ONNX's Gemm, and MatMul by a matrix";
  let description = [{
        result = alpha * op(input) . op(weight) + beta * bias

    `op` transposes where `transpose_input` or `transpose_weight` is set. The
    bias is one value per column of the result. An input of rank above 2 is
    multiplied along its last axis (MatMul); `transpose_input` needs rank 2.
    PyTorch's `Linear` is `transpose_weight` with a weight of `out x in`.

    ```mlir
    func.func @linear(%x: tensor<?x84xf32>, %w: tensor<10x84xf32>,
                      %b: tensor<10xf32>) -> tensor<?x10xf32> {
      %y = bn.linear %x, %w bias %b {transpose_weight}
        : (tensor<?x84xf32>, tensor<10x84xf32>, tensor<10xf32>)
        -> tensor<?x10xf32>
      return %y : tensor<?x10xf32>
    }
    ```
  }];
  let arguments = (ins
    BN_Tensor:$input,
    2DTensorOf<[AnyFloat]>:$weight,
    Optional<BN_ChannelVector>:$bias,
    UnitAttr:$transpose_input,
    UnitAttr:$transpose_weight,
    DefaultValuedAttr<F64Attr, "1.0">:$alpha,
    DefaultValuedAttr<F64Attr, "1.0">:$beta);
  let results = (outs BN_Tensor:$result);
  let assemblyFormat = [{
    $input `,` $weight (`bias` $bias^)? attr-dict `:`
    functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

#endif // BN_DIALECT_BN_IR_BNPRODUCTOPS_TD
