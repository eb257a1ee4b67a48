//===- BNRowKernelOps.td - Kernels for a single row --------*- tablegen -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_DIALECT_BN_IR_BNROWKERNELOPS_TD
#define BN_DIALECT_BN_IR_BNROWKERNELOPS_TD

include "bn/Dialect/BN/IR/BNKernelOps.td"

//===----------------------------------------------------------------------===//
// Products on one row of the batch whose outputs have too few channels to fill
// vectors. What fills them instead are inputs (`bn.dot_kernel`) or columns of
// the output (`bn.column_kernel`). Both write the channels storage: `length`
// channels, of which those without weights hold the body of 0.
//===----------------------------------------------------------------------===//

def BN_DotKernelOp : BN_KernelOp<"dot_kernel", [AttrSizedOperandSegments]> {
  let summary = "linear layer with few outputs, by vectors of inputs";
  let description = [{
    For every output o, with all values of `input` (channels storage, without
    gaps) in a row:

        output[0, 0, o] = body(bias[o] + sum_i input[i] * weight[o, i])

    `weights` are `N / length x O x length` for N inputs and O outputs, at most
    `length`: step by step, of each output those of `length` inputs. Each output
    has a vector of partial sums, which are added up at the end.

    ```mlir
    func.func @linear(%x: memref<4x4x8xf32>, %w: memref<16x5x8xf32>,
                      %b: memref<8xf32>, %y: memref<1x1x8xf32>) {
      bn.dot_kernel input(%x : memref<4x4x8xf32>)
          weights(%w : memref<16x5x8xf32>) bias(%b : memref<8xf32>)
          output(%y : memref<1x1x8xf32>) {
      ^bb0(%value: f32):
        bn.yield %value : f32
      } {length = 8 : i64}
      return
    }
    ```
  }];
  let arguments = (ins
    BN_Buffer:$input,
    AnyMemRef:$weights,
    Optional<AnyMemRef>:$bias,
    Variadic<AnyMemRef>:$channel_operands,
    Variadic<BN_Buffer>:$tensor_operands,
    BN_Buffer:$output,
    I64Attr:$length);
  let assemblyFormat = [{
    `input` `(` $input `:` type($input) `)`
    `weights` `(` $weights `:` type($weights) `)`
    (`bias` `(` $bias^ `:` type($bias) `)`)?
    (`channels` `(` $channel_operands^ `:` type($channel_operands) `)`)?
    (`tensors` `(` $tensor_operands^ `:` type($tensor_operands) `)`)?
    `output` `(` $output `:` type($output) `)` $body attr-dict
  }];
}

def BN_ColumnKernelOp
    : BN_KernelOp<"column_kernel", [AttrSizedOperandSegments]> {
  let summary = "convolution with few outputs, by vectors of columns";
  let description = [{
    The sum, body and pooling of `bn.product_kernel`, on an input in the columns
    storage and without tensor operands. A vector holds `length` columns of the
    result next to each other; data is loaded by vectors, and each weight is
    broadcast. The columns storage has as many parts as input columns lie
    between two columns of the result (strides[1] * window[1]), so that what one
    vector reads lies next to each other.

    A register tile is `rows` rows of the result (after pooling) by one vector
    by all channels. If the result is narrower than a vector, the lanes behind
    it compute what is not stored. `weights` are `C x Kh x Kw x O`.

    ```mlir
    func.func @conv_average_pool(%x: memref<1x12x2x16xf32>,
        %w: memref<1x5x5x6xf32>, %b: memref<8xf32>, %y: memref<4x4x8xf32>) {
      bn.column_kernel input(%x : memref<1x12x2x16xf32>)
          weights(%w : memref<1x5x5x6xf32>) bias(%b : memref<8xf32>)
          output(%y : memref<4x4x8xf32>) {
      ^bb0(%value: f32):
        bn.yield %value : f32
      } {length = 8 : i64, rows = 1 : i64, extents = array<i64: 8, 8>,
         strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>,
         input_offset = array<i64: 0, 0>, output_offset = array<i64: 0, 0>,
         pool = #bn<pool average>, window = array<i64: 2, 2>}
      return
    }
    ```
  }];
  let arguments = (ins
    BN_Buffer:$input,
    AnyMemRef:$weights,
    Optional<AnyMemRef>:$bias,
    Variadic<AnyMemRef>:$channel_operands,
    BN_Buffer:$output,
    I64Attr:$length,
    I64Attr:$rows,
    DenseI64ArrayAttr:$extents,
    DenseI64ArrayAttr:$strides,
    DenseI64ArrayAttr:$dilations,
    DenseI64ArrayAttr:$input_offset,
    DenseI64ArrayAttr:$output_offset,
    BN_PoolKindAttr:$pool,
    DenseI64ArrayAttr:$window);
  let assemblyFormat = [{
    `input` `(` $input `:` type($input) `)`
    `weights` `(` $weights `:` type($weights) `)`
    (`bias` `(` $bias^ `:` type($bias) `)`)?
    (`channels` `(` $channel_operands^ `:` type($channel_operands) `)`)?
    `output` `(` $output `:` type($output) `)` $body attr-dict
  }];
  let extraClassDeclaration = [{
    /// Parts of the columns storage of the input.
    int64_t getParts() { return getStrides()[1] * getWindow()[1]; }
  }];
}

#endif // BN_DIALECT_BN_IR_BNROWKERNELOPS_TD
