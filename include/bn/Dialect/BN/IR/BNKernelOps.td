//===- BNKernelOps.td - Planned kernels on buffers ---------*- tablegen -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_DIALECT_BN_IR_BNKERNELOPS_TD
#define BN_DIALECT_BN_IR_BNKERNELOPS_TD

include "bn/Dialect/BN/IR/BNOpBase.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"

//===----------------------------------------------------------------------===//
// Storage
//
// A kernel works on a block of B rows of the batch. Its buffers hold the
// activations of that block in one of three storages, named for what lies in the
// lanes of a vector:
//
//   batch:    C x H x W x B   one vector is the same value of several rows
//   channels: H x W x C       B = 1; one vector is several channels
//   columns:  C x H x P x V   B = 1; one vector is every P-th of some columns:
//                             column x lies in part x % P at x / P
//
// Only inputs of a model are in the columns storage; V has room for vectors that
// begin in a row and end behind it.
// H and W include the zero padding that consumers need (`halo`), and in the
// channels storage C is rounded up to whole vectors where a kernel writes it.
// A feature vector is an image of extent 1 x 1.
//===----------------------------------------------------------------------===//

def BN_Lanes : BN_I32Enum<"Lanes", "what the lanes of a vector hold", [
  I32EnumAttrCase<"batch", 0>, I32EnumAttrCase<"channels", 1>,
  I32EnumAttrCase<"columns", 2>]>;
def BN_LanesAttr : EnumAttr<BN_Dialect, BN_Lanes, "lanes">;

def BN_PoolKind : BN_I32Enum<"PoolKind", "how a window is reduced", [
  I32EnumAttrCase<"none", 0>, I32EnumAttrCase<"average", 1>,
  I32EnumAttrCase<"max", 2>]>;
def BN_PoolKindAttr : EnumAttr<BN_Dialect, BN_PoolKind, "pool">;

def BN_TileAttr : BN_Attr<"Tile", "tile"> {
  let summary = "register tile of a kernel";
  let description = [{
    The accumulators that are live in the innermost loop: `rows` x `columns`
    positions of the output (after pooling), `batch` vectors of the batch,
    `channels` output channels (in the channels storage: vectors of them). Every
    position stands for a whole pooling window. `length` is the vector length in
    elements.
  }];
  let parameters = (ins "int64_t":$rows, "int64_t":$columns, "int64_t":$batch,
                        "int64_t":$channels, "int64_t":$length);
  let assemblyFormat = "`<` struct(params) `>`";
}

def BN_Buffer : MemRefRankOf<[AnyFloat], [3, 4]>;

/// Operands and attributes that both kernels share. `body` is applied to every
/// value before the window is reduced; its first argument is the value, then
/// come those of `channel_operands`, one value per channel, then those of
/// `tensor_operands`: the values at the same position and channel of other
/// tensors, which are views without padding. Such a view of a single position
/// is repeated at every position.
class BN_KernelOp<string mnemonic, list<Trait> traits = []>
    : Op<BN_Dialect, mnemonic, !listconcat(traits, [
        SingleBlock, DeclareOpInterfaceMethods<MemoryEffectsOpInterface>])> {
  let regions = (region SizedRegion<1>:$body);
  let hasVerifier = 1;
}

def BN_ProductKernelOp
    : BN_KernelOp<"product_kernel", [AttrSizedOperandSegments]> {
  let summary = "convolution or linear layer with its epilogue";
  let description = [{
    For every channel o and position y of the values before pooling:

        value[o, y] = body(bias[o] + sum_{k, c}
            input[c, y * stride + k * dilation + input_offset] * weight[o, c, k])

    then each window of `window` positions (disjoint, without padding) is reduced
    by `pool` and stored at `output_offset`. Nothing between input and output is
    stored.

    `weights` are packed for the tile: in the batch storage
    `tiles x C x Kh x Kw x channels`, in the channels storage
    `tiles x Kh x Kw x C x (channels * length)`; `channel_starts` holds the first
    channel (or vector) of each tile. The last tile may overlap the one before,
    so that no tile is partial. `bias` and `channel_operands` hold one value per
    channel, rounded up to whole vectors in the channels storage.

    With `groups` c runs over the input channels of o's group only, C of them; a
    tile then lies in one group. With `depthwise` output channel o reads input
    channel o alone, and C is 1.

    With `prefetch` the tiles of the weights are fetched into the cache while the
    ones before them are multiplied, and with the last one what lies behind it in
    memory.

    ```mlir
    func.func @conv_relu_max_pool(%x: memref<3x10x10x32xf32>,
        %w: memref<2x3x3x3x4xf32>, %b: memref<6xf32>, %y: memref<6x4x4x32xf32>) {
      bn.product_kernel input(%x : memref<3x10x10x32xf32>)
          weights(%w : memref<2x3x3x3x4xf32>) bias(%b : memref<6xf32>)
          output(%y : memref<6x4x4x32xf32>) {
      ^bb0(%value: f32):
        %zero = arith.constant 0.0 : f32
        %relu = arith.maximumf %value, %zero : f32
        bn.yield %relu : f32
      } {lanes = #bn<lanes batch>, channel_starts = array<i64: 0, 2>,
         tile = #bn.tile<rows = 1, columns = 1, batch = 1, channels = 4, length = 8>,
         extents = array<i64: 8, 8>, strides = array<i64: 1, 1>,
         dilations = array<i64: 1, 1>, input_offset = array<i64: 0, 0>,
         output_offset = array<i64: 0, 0>, pool = #bn<pool max>,
         window = array<i64: 2, 2>}
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
    BN_LanesAttr:$lanes,
    BN_TileAttr:$tile,
    DenseI64ArrayAttr:$channel_starts,
    DenseI64ArrayAttr:$extents,
    DenseI64ArrayAttr:$strides,
    DenseI64ArrayAttr:$dilations,
    DenseI64ArrayAttr:$input_offset,
    DenseI64ArrayAttr:$output_offset,
    BN_PoolKindAttr:$pool,
    DenseI64ArrayAttr:$window,
    DefaultValuedAttr<I64Attr, "1">:$groups,
    UnitAttr:$depthwise,
    UnitAttr:$prefetch);
  let assemblyFormat = [{
    `input` `(` $input `:` type($input) `)`
    `weights` `(` $weights `:` type($weights) `)`
    (`bias` `(` $bias^ `:` type($bias) `)`)?
    (`channels` `(` $channel_operands^ `:` type($channel_operands) `)`)?
    (`tensors` `(` $tensor_operands^ `:` type($tensor_operands) `)`)?
    `output` `(` $output `:` type($output) `)` $body attr-dict
  }];
  let extraClassDeclaration = [{
    ::llvm::ArrayRef<int64_t> getKernelExtents() {
      auto shape = ::llvm::cast<::mlir::MemRefType>(getWeights().getType())
                       .getShape();
      return getLanes() == Lanes::batch ? shape.slice(2, 2) : shape.slice(1, 2);
    }
    int64_t getInputChannels() {
      auto shape = ::llvm::cast<::mlir::MemRefType>(getWeights().getType())
                       .getShape();
      return getLanes() == Lanes::batch ? shape[1] : shape[3];
    }
  }];
}

def BN_WindowKernelOp
    : BN_KernelOp<"window_kernel", [AttrSizedOperandSegments]> {
  let summary = "pooling or elementwise work";
  let description = [{
    For every channel and position y of the output, reduces `body(input[...])` by
    `pool` over the `window` positions y * stride + k + input_offset and stores it
    at `output_offset`. `pool = none` is a window of one position.

    Windows lie inside of the unpadded input, unless `clip` holds its first row
    and column and those behind its last: positions outside are then left out of
    every window. An average divides by the number of positions that are left,
    with `count_clipped` by that of the whole window.

    ```mlir
    func.func @scale_average_pool(%x: memref<6x6x8xf32>, %scale: memref<8xf32>,
                                  %y: memref<3x3x8xf32>) {
      bn.window_kernel input(%x : memref<6x6x8xf32>)
          channels(%scale : memref<8xf32>) output(%y : memref<3x3x8xf32>) {
      ^bb0(%value: f32, %factor: f32):
        %scaled = arith.mulf %value, %factor : f32
        bn.yield %scaled : f32
      } {lanes = #bn<lanes channels>, length = 8 : i64,
         extents = array<i64: 3, 3>, strides = array<i64: 2, 2>,
         input_offset = array<i64: 0, 0>, output_offset = array<i64: 0, 0>,
         pool = #bn<pool average>, window = array<i64: 2, 2>}
      return
    }
    ```
  }];
  let arguments = (ins
    BN_Buffer:$input,
    Variadic<AnyMemRef>:$channel_operands,
    Variadic<BN_Buffer>:$tensor_operands,
    BN_Buffer:$output,
    BN_LanesAttr:$lanes,
    I64Attr:$length,
    DenseI64ArrayAttr:$extents,
    DenseI64ArrayAttr:$strides,
    DenseI64ArrayAttr:$input_offset,
    DenseI64ArrayAttr:$output_offset,
    BN_PoolKindAttr:$pool,
    DenseI64ArrayAttr:$window,
    OptionalAttr<DenseI64ArrayAttr>:$clip,
    UnitAttr:$count_clipped);
  let assemblyFormat = [{
    `input` `(` $input `:` type($input) `)`
    (`channels` `(` $channel_operands^ `:` type($channel_operands) `)`)?
    (`tensors` `(` $tensor_operands^ `:` type($tensor_operands) `)`)?
    `output` `(` $output `:` type($output) `)` $body attr-dict
  }];
}

def BN_YieldOp : Op<BN_Dialect, "yield", [
    Pure, Terminator, ReturnLike,
    ParentOneOf<["ProductKernelOp", "WindowKernelOp", "DotKernelOp",
                 "ColumnKernelOp", "LaneKernelOp",
                 "BatchSumKernelOp", "FilterKernelOp",
                 "WinogradOutputKernelOp"]>]> {
  let summary = "the value of a kernel's body";
  let description = [{
    Ends the body of a kernel with the value that the kernel goes on with.

    ```mlir
    func.func @negate(%x: memref<1x1x8xf32>, %y: memref<1x1x8xf32>) {
      bn.window_kernel input(%x : memref<1x1x8xf32>)
          output(%y : memref<1x1x8xf32>) {
      ^bb0(%value: f32):
        %negative = arith.negf %value : f32
        bn.yield %negative : f32
      } {lanes = #bn<lanes channels>, length = 8 : i64,
         extents = array<i64: 1, 1>, strides = array<i64: 1, 1>,
         input_offset = array<i64: 0, 0>, output_offset = array<i64: 0, 0>,
         pool = #bn<pool none>, window = array<i64: 1, 1>}
      return
    }
    ```
  }];
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "attr-dict ($values^ `:` type($values))?";
}

def BN_PackKernelOp : Op<BN_Dialect, "pack_kernel", [
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "copies rows of a model's input into a block's storage";
  let description = [{
    Copies the rows `first_row`, `first_row + 1`, … of `source` (batch x C x H x W
    or batch x C) to `target`, whose first position is at `offset`. A block that
    reaches past the end of the batch is filled up with copies of the last row.

    ```mlir
    func.func @pack(%x: memref<?x3x8x8xf32>, %row: index,
                    %block: memref<3x10x10x32xf32>) {
      bn.pack_kernel %x[%row], %block {lanes = #bn<lanes batch>,
          length = 8 : i64, offset = array<i64: 1, 1>}
        : memref<?x3x8x8xf32>, memref<3x10x10x32xf32>
      return
    }
    ```
  }];
  let arguments = (ins
    AnyMemRef:$source, Index:$first_row, BN_Buffer:$target,
    BN_LanesAttr:$lanes, I64Attr:$length, DenseI64ArrayAttr:$offset);
  let assemblyFormat = [{
    $source `[` $first_row `]` `,` $target attr-dict `:` type($source) `,`
    type($target)
  }];
}

def BN_UnpackKernelOp : Op<BN_Dialect, "unpack_kernel", [
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "copies a block's storage to rows of a model's output";
  let description = [{
    The inverse of `bn.pack_kernel`; rows past the end of the batch are not
    written. `extents` are those of the stored image: a row of features may be
    an image that was flattened.

    ```mlir
    func.func @unpack(%block: memref<4x5x8xf32>, %y: memref<?x160xf32>,
                      %row: index) {
      bn.unpack_kernel %block, %y[%row] {lanes = #bn<lanes channels>,
          offset = array<i64: 0, 0>, extents = array<i64: 4, 5>}
        : memref<4x5x8xf32>, memref<?x160xf32>
      return
    }
    ```
  }];
  let arguments = (ins
    BN_Buffer:$source, AnyMemRef:$target, Index:$first_row,
    BN_LanesAttr:$lanes, DenseI64ArrayAttr:$offset,
    DenseI64ArrayAttr:$extents);
  let assemblyFormat = [{
    $source `,` $target `[` $first_row `]` attr-dict `:` type($source) `,`
    type($target)
  }];
}

def BN_ClearHaloOp : Op<BN_Dialect, "clear_halo", [
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "sets the zero padding of a buffer";
  let description = [{
    Sets to zero every position of `buffer` outside of the `extents` positions
    that start at `offset`.

    ```mlir
    func.func @clear_halo(%block: memref<3x10x10x32xf32>) {
      bn.clear_halo %block {lanes = #bn<lanes batch>,
          offset = array<i64: 1, 1>, extents = array<i64: 8, 8>}
        : memref<3x10x10x32xf32>
      return
    }
    ```
  }];
  let arguments = (ins
    BN_Buffer:$buffer, BN_LanesAttr:$lanes, DenseI64ArrayAttr:$offset,
    DenseI64ArrayAttr:$extents);
  let assemblyFormat = "$buffer attr-dict `:` type($buffer)";
}

#endif // BN_DIALECT_BN_IR_BNKERNELOPS_TD
