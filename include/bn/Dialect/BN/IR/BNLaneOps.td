//===- BNLaneOps.td - Kernels of the training step ---------*- tablegen -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_DIALECT_BN_IR_BNLANEOPS_TD
#define BN_DIALECT_BN_IR_BNLANEOPS_TD

include "bn/Dialect/BN/IR/BNOpBase.td"
include "mlir/IR/SymbolInterfaces.td"

//===----------------------------------------------------------------------===//
// Storage
//
// A training step works on blocks of L rows of the batch, where L is the vector
// length: a tensor of N rows of shape S is a buffer of ceil(N / L) x S x L
// values, so that one vector holds the same value of L rows ("lanes"). The last
// block may hold fewer rows; what is in the lanes without a row is finite, and
// no kernel lets it into a sum over the batch.
//
// Parameters, and all other tensors without a batch, are stored as they are.
//===----------------------------------------------------------------------===//

/// A kernel whose body says in bn ops on tensors what it computes.
class BN_TensorKernelOp<string mnemonic, list<Trait> traits = []>
    : Op<BN_Dialect, mnemonic, !listconcat(traits, [
        SingleBlock, IsolatedFromAbove, AttrSizedOperandSegments,
        DeclareOpInterfaceMethods<MemoryEffectsOpInterface>])> {
  let regions = (region SizedRegion<1>:$body);
  let hasVerifier = 1;
}

def BN_LaneKernelOp : BN_TensorKernelOp<"lane_kernel"> {
  let summary = "computes one block of rows";
  let description = [{
    The body states what is computed, on tensors with a dynamic batch; each
    argument stands for an input, each yielded value for an output.

    An argument of type `tensor<?xSxf32>` is a block of rows, its buffer
    `memref<SxLxf32>`; one of static type is a parameter, stored as it is. A
    yielded value with a batch is stored in a buffer `SxL` likewise. A yielded
    value without one is a sum over the batch, of which this block gives its
    part:

      - of `bn.batch_statistics`: the buffers (f64, one value per channel) get
        the mean of this block's values, and the sum of their squared deviations
        from it;
      - of all others: the parts of the L rows are added to a buffer `SxL`.

    `rows` is the number of rows in the block, from 1 to L; `batch` that of the
    whole call. `first`, the place of the block's first row in the batch, is
    there if the body has a `bn.dropout`, which gives every row other zeros.

    `scratch` (one extent, f32) is memory of the caller for what is transformed;
    bodies with a Winograd op need what `getWinogradScratch` says at least
    (bn/Dialect/BN/IR/WinogradTransform.h).

    ```mlir
    func.func @kernel(%x: memref<6x12x12x16xf32>, %w: memref<16x6x5x5xf32>,
        %y: memref<16x8x8x16xf32>, %mean: memref<16xf64>,
        %squares: memref<16xf64>, %rows: index, %batch: index) {
      bn.lane_kernel rows(%rows of %batch)
          inputs(%x, %w : memref<6x12x12x16xf32>, memref<16x6x5x5xf32>)
          outputs(%y, %mean, %squares
            : memref<16x8x8x16xf32>, memref<16xf64>, memref<16xf64>) {
      ^bb0(%a: tensor<?x6x12x12xf32>, %b: tensor<16x6x5x5xf32>):
        %c = bn.conv %a, %b {dilations = array<i64: 1, 1>,
            padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>}
          : (tensor<?x6x12x12xf32>, tensor<16x6x5x5xf32>)
          -> tensor<?x16x8x8xf32>
        %m, %v = bn.batch_statistics %c
          : (tensor<?x16x8x8xf32>) -> (tensor<16xf32>, tensor<16xf32>)
        bn.yield %c, %m, %v
          : tensor<?x16x8x8xf32>, tensor<16xf32>, tensor<16xf32>
      }
      return
    }
    func.func @dropout(%x: memref<84x16xf32>, %seed: memref<2xi64>,
        %y: memref<84x16xf32>, %rows: index, %batch: index, %first: index) {
      bn.lane_kernel rows(%rows of %batch from %first)
          inputs(%x, %seed : memref<84x16xf32>, memref<2xi64>)
          outputs(%y : memref<84x16xf32>) {
      ^bb0(%a: tensor<?x84xf32>, %b: tensor<2xi64>):
        %c = bn.dropout %a seed %b {ratio = 0.5 : f64, stream = 1 : i64}
          : (tensor<?x84xf32>, tensor<2xi64>) -> tensor<?x84xf32>
        bn.yield %c : tensor<?x84xf32>
      }
      return
    }
    ```
  }];
  let arguments = (ins
    Index:$rows, Index:$batch, Optional<Index>:$first,
    Variadic<AnyMemRef>:$inputs,
    Variadic<AnyMemRef>:$outputs,
    Optional<AnyMemRef>:$scratch);
  let assemblyFormat = [{
    `rows` `(` $rows `of` $batch (`from` $first^)? `)`
    (`inputs` `(` $inputs^ `:` type($inputs) `)`)?
    (`outputs` `(` $outputs^ `:` type($outputs) `)`)?
    (`scratch` `(` $scratch^ `:` type($scratch) `)`)? $body attr-dict
  }];
}

def BN_BatchSumKernelOp : BN_TensorKernelOp<"batch_sum_kernel"> {
  let summary = "computes some rows of a sum over the whole batch";
  let description = [{
    As `bn.lane_kernel`, but the inputs with a batch hold all blocks
    (`memref<?xSxLxf32>`), the one yielded value is a sum over the batch
    (`bn.conv_filter_gradient`, `bn.winograd_conv_filter_gradient`, `bn.linear`
    with `transpose_input`), and its positions from `begin` to `end` are stored in
    `output` as they are. These are output channels of a filter; for a transformed
    one, output channels of each row of products; and columns of a linear layer's
    weight: a begin and an end there are multiples of L, or the number of columns.
    The order of summation does not depend on them.

    ```mlir
    func.func @kernel(%g: memref<?x84x16xf32>, %x: memref<?x120x16xf32>,
        %dw: memref<84x120xf32>, %begin: index, %end: index, %batch: index) {
      bn.batch_sum_kernel positions(%begin to %end) batch(%batch)
          inputs(%g, %x : memref<?x84x16xf32>, memref<?x120x16xf32>)
          outputs(%dw : memref<84x120xf32>) {
      ^bb0(%a: tensor<?x84xf32>, %b: tensor<?x120xf32>):
        %c = bn.linear %a, %b {transpose_input}
          : (tensor<?x84xf32>, tensor<?x120xf32>) -> tensor<84x120xf32>
        bn.yield %c : tensor<84x120xf32>
      }
      return
    }
    ```
  }];
  let arguments = (ins
    Index:$begin, Index:$end, Index:$batch,
    Variadic<AnyMemRef>:$inputs,
    Variadic<AnyMemRef>:$outputs,
    Optional<AnyMemRef>:$scratch);
  let assemblyFormat = [{
    `positions` `(` $begin `to` $end `)` `batch` `(` $batch `)`
    (`inputs` `(` $inputs^ `:` type($inputs) `)`)?
    (`outputs` `(` $outputs^ `:` type($outputs) `)`)?
    (`scratch` `(` $scratch^ `:` type($scratch) `)`)? $body attr-dict
  }];
}

def BN_FilterKernelOp : Op<BN_Dialect, "filter_kernel", [
    SingleBlock, IsolatedFromAbove,
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "transforms some output channels of a filter";
  let description = [{
    The body is one `bn.winograd_filter` or `bn.winograd_filter_gradient`, whose
    result's positions along its first axis, from `begin` to `end`, are stored in
    `output`. `lanes` is the length of the vectors.

    ```mlir
    func.func @kernel(%w: memref<64x32x3x3xf32>, %u: memref<64x16x32xf32>,
        %begin: index, %end: index) {
      bn.filter_kernel positions(%begin to %end) input(%w)
          output(%u : memref<64x32x3x3xf32>, memref<64x16x32xf32>) {
      ^bb0(%a: tensor<64x32x3x3xf32>):
        %b = bn.winograd_filter %a {output_tile = array<i64: 2, 2>}
          : tensor<64x32x3x3xf32> -> tensor<64x16x32xf32>
        bn.yield %b : tensor<64x16x32xf32>
      } {lanes = 16 : i64}
      return
    }
    ```
  }];
  let arguments = (ins
    Index:$begin, Index:$end, AnyMemRef:$input, AnyMemRef:$output,
    I64Attr:$lanes);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    `positions` `(` $begin `to` $end `)` `input` `(` $input `)`
    `output` `(` $output `:` type($input) `,` type($output) `)` $body attr-dict
  }];
  let hasVerifier = 1;
}

def BN_MergeLanesOp : Op<BN_Dialect, "merge_lanes", [
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "adds up what lane kernels have summed";
  let description = [{
    Adds the L lanes of all shards: `parts` is `shards x S x L`, `target` is `S`.
    The positions from `begin` to `end` of the target, in row-major order, are
    computed, in an order that does not depend on them.

    ```mlir
    func.func @merge(%parts: memref<4x16x6x5x5x16xf32>,
        %dw: memref<16x6x5x5xf32>, %begin: index, %end: index) {
      bn.merge_lanes %parts, %dw positions(%begin to %end)
        : memref<4x16x6x5x5x16xf32>, memref<16x6x5x5xf32>
      return
    }
    ```
  }];
  let arguments = (ins
    AnyMemRef:$parts, AnyMemRef:$target, Index:$begin, Index:$end);
  let assemblyFormat = [{
    $parts `,` $target `positions` `(` $begin `to` $end `)` attr-dict `:`
    type($parts) `,` type($target)
  }];
}

def BN_MergeStatisticsOp : Op<BN_Dialect, "merge_statistics", [
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "statistics of a batch from those of its blocks";
  let description = [{
    `means` and `squares` (`blocks x C`, f64) hold what `bn.lane_kernel` stores
    for `bn.batch_statistics`; each row has `positions` values per channel, the
    last block as many rows as are left of `batch`. Merged in the order of the
    blocks (Chan, Golub and LeVeque 1979).

    ```mlir
    func.func @merge(%means: memref<?x16xf64>, %squares: memref<?x16xf64>,
        %mean: memref<16xf32>, %variance: memref<16xf32>, %batch: index) {
      bn.merge_statistics %means, %squares, %mean, %variance batch(%batch)
        {length = 16 : i64, positions = 64 : i64}
        : memref<?x16xf64>, memref<?x16xf64>, memref<16xf32>, memref<16xf32>
      return
    }
    ```
  }];
  let arguments = (ins
    AnyMemRef:$means, AnyMemRef:$squares, AnyMemRef:$mean, AnyMemRef:$variance,
    Index:$batch, I64Attr:$length, I64Attr:$positions);
  let assemblyFormat = [{
    $means `,` $squares `,` $mean `,` $variance `batch` `(` $batch `)` attr-dict
    `:` type($means) `,` type($squares) `,` type($mean) `,` type($variance)
  }];
}

def BN_ParallelOp : Op<BN_Dialect, "parallel", [
    DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "calls a function once for each task, on the caller's threads";
  let description = [{
    Calls `callee(arguments..., i, worker)` once for each i from 0 to `count`,
    through the fork-join entry of the options (see bn/Runtime/Abi.h); without
    one, in order. Returns when all are done.

    ```mlir
    func.func private @task(%x: memref<?xf32>, %i: index, %worker: index) {
      return
    }
    func.func @run(%x: memref<?xf32>, %n: index, %options: !llvm.ptr) {
      bn.parallel @task(%x) count(%n) options(%options : !llvm.ptr)
        : memref<?xf32>
      return
    }
    ```
  }];
  let arguments = (ins
    FlatSymbolRefAttr:$callee, Variadic<AnyType>:$arguments, Index:$count,
    AnyType:$options);
  let assemblyFormat = [{
    $callee `(` $arguments `)` `count` `(` $count `)` `options` `(` $options `:` type($options) `)`
    attr-dict (`:` type($arguments)^)?
  }];
}

#endif // BN_DIALECT_BN_IR_BNLANEOPS_TD
