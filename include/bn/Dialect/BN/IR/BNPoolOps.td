//===- BNPoolOps.td - Pooling and reductions ---------------*- tablegen -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_DIALECT_BN_IR_BNPOOLOPS_TD
#define BN_DIALECT_BN_IR_BNPOOLOPS_TD

include "bn/Dialect/BN/IR/BNOpBase.td"

/// Attributes of a sliding window; `padding` as in `bn.conv`. The extent of the
/// result is that of ONNX, rounded up with `ceil_mode`; the last window then
/// starts inside of the input or its front padding.
class BN_WindowOp<string mnemonic> : BN_InferredOp<mnemonic, [
    DeclareOpInterfaceMethods<BN_DifferentiableOpInterface>,
    DeclareOpInterfaceMethods<BN_AffineCarrier>,
    AllElementTypesMatch<["input", "result"]>]> {
  let results = (outs BN_Image:$result);
  let assemblyFormat = [{
    $input attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def BN_MaxPoolOp : BN_WindowOp<"max_pool"> {
  let summary = "maximum of each window";
  let description = [{
    The largest input value under each window; padding never wins.

    ```mlir
    func.func @max_pool(%x: tensor<?x6x25x24xf32>) -> tensor<?x6x12x12xf32> {
      %y = bn.max_pool %x {ceil_mode = false, dilations = array<i64: 1, 1>,
          kernel = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>,
          strides = array<i64: 2, 2>}
        : (tensor<?x6x25x24xf32>) -> tensor<?x6x12x12xf32>
      return %y : tensor<?x6x12x12xf32>
    }
    ```
  }];
  let arguments = (ins
    BN_Image:$input,
    DenseI64ArrayAttr:$kernel,
    DenseI64ArrayAttr:$strides,
    DenseI64ArrayAttr:$padding,
    DenseI64ArrayAttr:$dilations,
    DefaultValuedAttr<BoolAttr, "false">:$ceil_mode,
    BN_DefaultLayout:$layout);
}

def BN_AveragePoolOp : BN_WindowOp<"average_pool"> {
  let summary = "mean of each window";
  let description = [{
    The sum of the input values under each window, divided by their number;
    with `count_include_pad` padded positions count in the divisor (those that
    only `ceil_mode` adds never do).

    ```mlir
    func.func @average_pool(%x: tensor<?x6x24x22xf32>) -> tensor<?x6x12x11xf32> {
      %y = bn.average_pool %x {ceil_mode = false, count_include_pad = false,
          dilations = array<i64: 1, 1>, kernel = array<i64: 2, 2>,
          padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>}
        : (tensor<?x6x24x22xf32>) -> tensor<?x6x12x11xf32>
      return %y : tensor<?x6x12x11xf32>
    }
    ```
  }];
  let arguments = (ins
    BN_Image:$input,
    DenseI64ArrayAttr:$kernel,
    DenseI64ArrayAttr:$strides,
    DenseI64ArrayAttr:$padding,
    DenseI64ArrayAttr:$dilations,
    DefaultValuedAttr<BoolAttr, "false">:$ceil_mode,
    DefaultValuedAttr<BoolAttr, "false">:$count_include_pad,
    BN_DefaultLayout:$layout);
}

def BN_ReduceMeanOp : BN_InferredOp<"reduce_mean", [
    DeclareOpInterfaceMethods<BN_DifferentiableOpInterface>,
    DeclareOpInterfaceMethods<BN_AffineCarrier>,
    AllElementTypesMatch<["input", "result"]>]> {
  let summary = "mean over some axes";
  let description = [{
    The mean over `axes` (sorted, each from 0 to rank - 1); with `keep_dims` they
    stay with extent 1. Global average pooling is the mean over the spatial axes.

    ```mlir
    func.func @global_average_pool(%x: tensor<?x6x7x5xf32>)
        -> tensor<?x6x1x1xf32> {
      %y = bn.reduce_mean %x {axes = array<i64: 2, 3>, keep_dims}
        : (tensor<?x6x7x5xf32>) -> tensor<?x6x1x1xf32>
      return %y : tensor<?x6x1x1xf32>
    }
    ```
  }];
  let arguments = (ins
    BN_Tensor:$input,
    DenseI64ArrayAttr:$axes,
    UnitAttr:$keep_dims);
  let results = (outs BN_Tensor:$result);
  let assemblyFormat = [{
    $input attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def BN_ReduceSumOp : BN_InferredOp<"reduce_sum", [
    AllElementTypesMatch<["input", "result"]>]> {
  let summary = "sum over some axes";
  let description = [{
    The sum over `axes`, as `bn.reduce_mean` without the division.

    ```mlir
    func.func @bias_gradient(%g: tensor<?x6x7x5xf32>) -> tensor<6xf32> {
      %db = bn.reduce_sum %g {axes = array<i64: 0, 2, 3>}
        : (tensor<?x6x7x5xf32>) -> tensor<6xf32>
      return %db : tensor<6xf32>
    }
    ```
  }];
  let arguments = (ins
    BN_Tensor:$input,
    DenseI64ArrayAttr:$axes,
    UnitAttr:$keep_dims);
  let results = (outs BN_Tensor:$result);
  let assemblyFormat = [{
    $input attr-dict `:` functional-type(operands, results)
  }];
}

#endif // BN_DIALECT_BN_IR_BNPOOLOPS_TD
