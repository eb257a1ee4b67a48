//===- BNWinogradKernelOps.td - Transforms of image tiles --*- tablegen -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_DIALECT_BN_IR_BNWINOGRADKERNELOPS_TD
#define BN_DIALECT_BN_IR_BNWINOGRADKERNELOPS_TD

include "bn/Dialect/BN/IR/BNKernelOps.td"

//===----------------------------------------------------------------------===//
// A convolution of stride 1 in the channels storage by few products (see
// BNWinogradOps.td) is three kernels on a block of tiles:
//
//   bn.winograd_input_kernel    the input of each tile, transformed: V
//   bn.product_kernel           M = U V, a group of channels for each point
//   bn.winograd_output_kernel   the outputs of M, with the epilogue
//
// V and M are images with a position for each tile. Point (y, x) of a tile with
// n columns of points has the channels from (y * n + x) * `channels` on; behind
// the last there may be channels that nothing uses.
//
// Tile (i, j) computes the `output_tile` outputs from (i, j) * output_tile on.
// Where extents are no multiple of it, the last tiles are moved back so that
// they are whole, and store only what no tile before them does. `first_row` is
// that of the first tile of the block.
//===----------------------------------------------------------------------===//

def BN_WinogradInputKernelOp : Op<BN_Dialect, "winograd_input_kernel", [
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "transforms the input of a block of tiles";
  let description = [{
    output[i, j, :] = B^T d B for the values d of `input` from
    (i + first_row, j) * output_tile + input_offset on, in vectors of `length`
    channels; the last may overlap the one before. `extents` are those of the
    convolution's result.

    ```mlir
    func.func @input(%x: memref<10x10x32xf32>, %v: memref<4x4x512xf32>,
                     %row: index) {
      bn.winograd_input_kernel input(%x : memref<10x10x32xf32>)
          first_row(%row) output(%v : memref<4x4x512xf32>)
          {length = 16 : i64, channels = 32 : i64, kernel = array<i64: 3, 3>,
           output_tile = array<i64: 2, 2>, extents = array<i64: 8, 8>,
           input_offset = array<i64: 0, 0>}
      return
    }
    ```
  }];
  let arguments = (ins
    BN_Buffer:$input,
    Index:$first_row,
    BN_Buffer:$output,
    I64Attr:$length,
    I64Attr:$channels,
    DenseI64ArrayAttr:$kernel,
    DenseI64ArrayAttr:$output_tile,
    DenseI64ArrayAttr:$extents,
    DenseI64ArrayAttr:$input_offset);
  let assemblyFormat = [{
    `input` `(` $input `:` type($input) `)` `first_row` `(` $first_row `)`
    `output` `(` $output `:` type($output) `)` attr-dict
  }];
  let hasVerifier = 1;
}

def BN_WinogradOutputKernelOp
    : BN_KernelOp<"winograd_output_kernel", [AttrSizedOperandSegments]> {
  let summary = "computes the outputs of a block of tiles from products";
  let description = [{
    For every output of the block, stores body(bias + A^T M A) at
    `output_offset`. `body` and its operands are those of `bn.product_kernel`.

    ```mlir
    func.func @output(%m: memref<4x4x512xf32>, %b: memref<32xf32>,
                      %y: memref<8x8x32xf32>, %row: index) {
      bn.winograd_output_kernel input(%m : memref<4x4x512xf32>)
          first_row(%row) bias(%b : memref<32xf32>)
          output(%y : memref<8x8x32xf32>) {
      ^bb0(%value: f32):
        bn.yield %value : f32
      } {length = 16 : i64, channels = 32 : i64, kernel = array<i64: 3, 3>,
         output_tile = array<i64: 2, 2>, extents = array<i64: 8, 8>,
         output_offset = array<i64: 0, 0>}
      return
    }
    ```
  }];
  let arguments = (ins
    BN_Buffer:$input,
    Index:$first_row,
    Optional<AnyMemRef>:$bias,
    Variadic<AnyMemRef>:$channel_operands,
    Variadic<BN_Buffer>:$tensor_operands,
    BN_Buffer:$output,
    I64Attr:$length,
    I64Attr:$channels,
    DenseI64ArrayAttr:$kernel,
    DenseI64ArrayAttr:$output_tile,
    DenseI64ArrayAttr:$extents,
    DenseI64ArrayAttr:$output_offset);
  let assemblyFormat = [{
    `input` `(` $input `:` type($input) `)` `first_row` `(` $first_row `)`
    (`bias` `(` $bias^ `:` type($bias) `)`)?
    (`channels` `(` $channel_operands^ `:` type($channel_operands) `)`)?
    (`tensors` `(` $tensor_operands^ `:` type($tensor_operands) `)`)?
    `output` `(` $output `:` type($output) `)` $body attr-dict
  }];
}

#endif // BN_DIALECT_BN_IR_BNWINOGRADKERNELOPS_TD
