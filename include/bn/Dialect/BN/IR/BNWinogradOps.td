//===- BNWinogradOps.td - Convolutions by few products -----*- tablegen -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_DIALECT_BN_IR_BNWINOGRADOPS_TD
#define BN_DIALECT_BN_IR_BNWINOGRADOPS_TD

include "bn/Dialect/BN/IR/BNOpBase.td"

//===----------------------------------------------------------------------===//
// Winograd's minimal filtering (S. Winograd, Arithmetic Complexity of
// Computations, 1980; A. Lavin and S. Gray, arXiv:1509.09308) computes a tile of
// m outputs of a filter with r taps by m + r - 1 products instead of m * r:
//
//   y = A^T [ (G g) * (B^T d) ]
//
// with the m + r - 1 inputs d of the tile, and the matrices of
// bn/Dialect/BN/IR/WinogradTransform.h; in two dimensions, with the matrices of
// the rows from the left and those of the columns from the right. The products
// of all input channels are added up before A^T.
//
// A convolution so becomes an op on its filter alone, `bn.winograd_filter`, and
// one on the batch, `bn.winograd_conv`. Both are linear in each operand, so that
// their gradients are the same products with the transposed matrices.
//
// In all of them the layout is NCHW, strides, dilations and groups are 1, and
// `output_tile` is m for rows and columns; an m of 1 is a direct sum over the
// taps of that dimension. Extents of the output are multiples of m. A transformed
// filter is a tensor of O x P x I: output channels, products of a tile (rows by
// columns) and input channels.
//===----------------------------------------------------------------------===//

/// A transformed filter.
def BN_WinogradFilter : TensorRankOf<[AnyFloat], [3]>;

def BN_WinogradFilterOp : BN_Op<"winograd_filter", [
    AllElementTypesMatch<["filter", "result"]>]> {
  let summary = "transforms the filter of a convolution";
  let description = [{
    result[o, :, i] = G filter[o, i] G^T. With `transposed`, the channels change
    places: the result is I x P x O. With `flipped`, so do the taps of the filter,
    from the last to the first. The filter of the convolution that is the
    gradient of an input is both.

    ```mlir
    func.func @filter(%w: tensor<64x32x3x3xf32>) -> tensor<64x16x32xf32> {
      %u = bn.winograd_filter %w {output_tile = array<i64: 2, 2>}
        : tensor<64x32x3x3xf32> -> tensor<64x16x32xf32>
      return %u : tensor<64x16x32xf32>
    }
    ```
  }];
  let arguments = (ins
    4DTensorOf<[AnyFloat]>:$filter,
    DenseI64ArrayAttr:$output_tile,
    UnitAttr:$transposed,
    UnitAttr:$flipped);
  let results = (outs BN_WinogradFilter:$result);
  let assemblyFormat = [{
    $filter attr-dict `:` type($filter) `->` type($result)
  }];
  let hasVerifier = 1;
}

def BN_WinogradFilterGradientOp : BN_Op<"winograd_filter_gradient", [
    AllElementTypesMatch<["gradient", "result"]>]> {
  let summary = "gradient of the filter of `bn.winograd_filter`";
  let description = [{
    result[o, i] = G^T gradient[o, :, i] G.

    ```mlir
    func.func @filter_gradient(%du: tensor<64x16x32xf32>)
        -> tensor<64x32x3x3xf32> {
      %dw = bn.winograd_filter_gradient %du {output_tile = array<i64: 2, 2>}
        : tensor<64x16x32xf32> -> tensor<64x32x3x3xf32>
      return %dw : tensor<64x32x3x3xf32>
    }
    ```
  }];
  let arguments = (ins
    BN_WinogradFilter:$gradient,
    DenseI64ArrayAttr:$output_tile);
  let results = (outs 4DTensorOf<[AnyFloat]>:$result);
  let assemblyFormat = [{
    $gradient attr-dict `:` type($gradient) `->` type($result)
  }];
  let hasVerifier = 1;
}

def BN_WinogradConvOp : BN_Op<"winograd_conv", [
    AllElementTypesMatch<["input", "filter", "result"]>]> {
  let summary = "convolution with a transformed filter";
  let description = [{
    As `bn.conv` with the filter that was transformed. `padding` is that in front
    of rows and columns, then that behind them.

    ```mlir
    func.func @conv(%x: tensor<?x32x8x8xf32>, %u: tensor<64x16x32xf32>)
        -> tensor<?x64x8x8xf32> {
      %y = bn.winograd_conv %x, %u {kernel = array<i64: 3, 3>,
          output_tile = array<i64: 2, 2>, padding = array<i64: 1, 1, 1, 1>}
        : (tensor<?x32x8x8xf32>, tensor<64x16x32xf32>)
        -> tensor<?x64x8x8xf32>
      return %y : tensor<?x64x8x8xf32>
    }
    ```
  }];
  let arguments = (ins
    4DTensorOf<[AnyFloat]>:$input,
    BN_WinogradFilter:$filter,
    Optional<BN_ChannelVector>:$bias,
    DenseI64ArrayAttr:$kernel,
    DenseI64ArrayAttr:$output_tile,
    DenseI64ArrayAttr:$padding);
  let results = (outs 4DTensorOf<[AnyFloat]>:$result);
  let assemblyFormat = [{
    $input `,` $filter (`bias` $bias^)? attr-dict `:`
    functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def BN_WinogradConvInputGradientOp : BN_Op<"winograd_conv_input_gradient", [
    AllElementTypesMatch<["gradient", "filter", "result"]>]> {
  let summary = "gradient of the input of `bn.winograd_conv`";
  let description = [{
    Every tile of the gradient gives B [ U^T (A gradient) ] to the m + r - 1
    inputs it was computed from; the filter is `transposed`, not `flipped`. Where
    tiles are smaller than the kernel, that are fewer products than those of the
    convolution with the flipped filter, which also computes what the padding of
    the gradient gives. The rows have no tiles (an `output_tile` of 1).

    ```mlir
    func.func @input_gradient(%g: tensor<?x16x8x8xf32>,
        %u: tensor<6x30x16xf32>) -> tensor<?x6x12x12xf32> {
      %dx = bn.winograd_conv_input_gradient %g, %u {kernel = array<i64: 5, 5>,
          output_tile = array<i64: 1, 2>, padding = array<i64: 0, 0, 0, 0>}
        : (tensor<?x16x8x8xf32>, tensor<6x30x16xf32>)
        -> tensor<?x6x12x12xf32>
      return %dx : tensor<?x6x12x12xf32>
    }
    ```
  }];
  let arguments = (ins
    4DTensorOf<[AnyFloat]>:$gradient,
    BN_WinogradFilter:$filter,
    DenseI64ArrayAttr:$kernel,
    DenseI64ArrayAttr:$output_tile,
    DenseI64ArrayAttr:$padding);
  let results = (outs 4DTensorOf<[AnyFloat]>:$result);
  let assemblyFormat = [{
    $gradient `,` $filter attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def BN_WinogradConvFilterGradientOp : BN_Op<"winograd_conv_filter_gradient", [
    AllElementTypesMatch<["gradient", "input", "result"]>]> {
  let summary = "gradient of the filter of `bn.winograd_conv`";
  let description = [{
    The products of (A gradient A^T)[o] and (B^T input B)[i] of all tiles, summed
    over the batch: the gradient of the transformed filter. Only tiles of one
    output, for which this is the gradient of the filter tap by tap, may be
    `strides` apart.

    ```mlir
    func.func @transformed_filter_gradient(%g: tensor<?x64x8x8xf32>,
        %x: tensor<?x32x8x8xf32>) -> tensor<64x16x32xf32> {
      %du = bn.winograd_conv_filter_gradient %g, %x {
          kernel = array<i64: 3, 3>, output_tile = array<i64: 2, 2>,
          padding = array<i64: 1, 1, 1, 1>}
        : (tensor<?x64x8x8xf32>, tensor<?x32x8x8xf32>)
        -> tensor<64x16x32xf32>
      return %du : tensor<64x16x32xf32>
    }
    ```
  }];
  let arguments = (ins
    4DTensorOf<[AnyFloat]>:$gradient,
    4DTensorOf<[AnyFloat]>:$input,
    DenseI64ArrayAttr:$kernel,
    DenseI64ArrayAttr:$output_tile,
    DenseI64ArrayAttr:$padding,
    DefaultValuedAttr<DenseI64ArrayAttr, "{1, 1}">:$strides);
  let results = (outs BN_WinogradFilter:$result);
  let assemblyFormat = [{
    $gradient `,` $input attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

#endif // BN_DIALECT_BN_IR_BNWINOGRADOPS_TD
