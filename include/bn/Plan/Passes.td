//===- Passes.td - Passes from the graph to buffers --------*- tablegen -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_PLAN_PASSES_TD
#define BN_PLAN_PASSES_TD

include "mlir/Pass/PassBase.td"

def CountModel : Pass<"bn-count-model", "::mlir::func::FuncOp"> {
  let summary = "Record the model's parameters, operations and smallest batch";
  let description = [{
    Sets on a public function of bn ops:

    - `bn.parameter_count`: the values of the constants that layers learn:
      filters, weights, biases, and scales and offsets of normalizations (their
      running statistics are not learned). A constant with several users counts
      once. A count that is already there stays: run before folding, the pass
      counts the source model.
    - `bn.operations_per_row`: floating-point operations for one row of the
      batch: 2 per multiply-add of a product; 1 per value of an elementwise op,
      per tap of a pool and per value of a mean; 2 per value of a normalization
      with known statistics, 7 with those of the batch, 9 of their gradient; 5 and
      4 per value of the losses cross-entropy and squared error.
    - `bn.minimum_batch`, and where it is 2 `bn.minimum_batch_reason`: a batch
      norm in training mode must see two values per channel.
    - `bn.batch_statistics`, where an op reads several rows of the batch at
      once: a batch norm in training mode, or a mean over the batch.
    - with `layers`, `bn.layers`: the name of each layer, its operations for one
      row, the bytes of its parameters, and those of a row of the other tensors
      that it reads and writes.
  }];
  let options = [
    Option<"layers", "layers", "bool", "false", "describe every layer">
  ];
}

def EntryPoint : Pass<"bn-entry-point", "::mlir::func::FuncOp"> {
  let summary = "Give a model the signature of generated code";
  let description = [{
    Turns `func @f(tensors) -> tensors` into `func @f(inputs, outputs,
    workspace: memref<?xi8>, options: !llvm.ptr)` on memrefs of identity layout.
    `bn.name` attributes follow their argument or result; `bn.input_count` says
    where the outputs begin. The body stays on tensors, between
    `bufferization.to_tensor` and `materialize_in_destination`, so that results
    are computed in the caller's memory, and a result that is an argument, a
    constant or another result is copied.
  }];
  let dependentDialects = [
    "::mlir::bufferization::BufferizationDialect",
    "::mlir::LLVM::LLVMDialect", "::mlir::memref::MemRefDialect"];
}

def ExpandCopies : Pass<"bn-expand-copies", "::mlir::func::FuncOp"> {
  let summary = "Write copies of buffers as loops";
  let description = [{
    `memref.copy` becomes a linalg op; one onto itself vanishes. Upstream lowers
    a strided copy to a call of a library that generated code does not link.
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect"];
}

def PlanKernels : Pass<"bn-plan-kernels", "::mlir::ModuleOp"> {
  let summary = "plan kernels and buffers for blocks of rows of the batch";
  let description = [{
    Partitions the graph of each public function into fusion groups and plans a
    kernel for each, on a block of rows of the batch with buffers of static
    shape. Up to two block functions are made: a wide one with rows of the batch
    in the lanes of a vector (where the estimated cost is lower and the block's
    activations stay in cache), and one for a single row with channels in the
    lanes. The function itself stays, with the names of its blocks in
    `bn.blocks`; `--bn-schedule-rows` gives it a new body.

    In the block of a single row, convolutions of stride 1 take Winograd's
    minimal filtering where that is estimated to be faster, with at most
    `winograd-points` points in each dimension of a tile: 4 are F(2x2, 3x3),
    about as exact as the direct sum, and 6 are F(4x4, 3x3) and F(2x2, 5x5). The
    error of each is measured, for the filter that it is, on values from a fixed
    seed: relative to the largest output it is at most 2e-5, and the root of the
    sum of squares over all layers at most 1e-4; otherwise the layer takes fewer
    points or the direct sum. The module attribute `bn.winograd` (see
    bn/Dialect/BN/IR/WinogradFacts.h) has what was chosen and measured.

    A function with an op that no kernel takes is left as it is, with a remark
    that names the op: it takes the plain way.
  }];
  let options = [
    Option<"vectorLength", "vector-length", "int64_t", "4",
           "f32 values in a vector register">,
    Option<"vectorRegisters", "vector-registers", "int64_t", "16",
           "number of vector registers">,
    Option<"blockRows", "block-rows", "int64_t", "32",
           "rows of the batch in a wide block, a multiple of the vector length">,
    Option<"winogradPoints", "winograd-points", "int64_t", "6",
           "largest tile of a convolution by few products, in points: 6, 4 or "
           "0 for none">
  ];
  let statistics = [
    Statistic<"numKernels", "kernels", "Number of kernels planned">,
    Statistic<"numWinograd", "winograd-products", "Convolutions by few products">
  ];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect",
                           "::mlir::arith::ArithDialect", "::mlir::bn::BNDialect",
                           "::mlir::math::MathDialect",
                           "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect"];
}

def AllocateWorkspace : Pass<"bn-allocate-workspace", "::mlir::func::FuncOp"> {
  let summary = "Place every temporary buffer in the workspace";
  let description = [{
    Replaces each `memref.alloc` and `memref.alloca` by a `memref.view` of the
    workspace argument that `--bn-entry-point` made, and removes deallocations.
    Buffers that are never live together share bytes; the largest is placed
    first, at the lowest free offset. Every buffer is aligned to 64 bytes.

    There are two arenas: buffers of fixed size, then buffers with one row per
    row of the batch. Where a function says already what workspace it needs, its
    buffers, all of fixed size, go in front of that. Rows are rounded up to 64 bytes, so that a buffer at
    `fixed + batch * offset` is aligned for any batch. Their sizes are
    `bn.workspace_bytes` and `bn.workspace_bytes_per_row`.

    A buffer in a loop is one and the same in each iteration; the pass refuses
    one that survives its iteration, one in a parallel loop, and one whose size
    is neither fixed nor proportional to the batch. In functions that are no
    entry point a `memref.alloca` of fixed size stays on the stack.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::memref::MemRefDialect"];
  let statistics = [
    Statistic<"buffers", "buffers", "Buffers placed in the workspace">,
    Statistic<"sharedBytes", "shared-bytes",
              "Bytes saved by sharing, for a batch of 1">];
}

def PlanTraining : Pass<"bn-plan-training", "::mlir::ModuleOp"> {
  let summary = "plan a training step: phases, kernels on blocks of rows, buffers";
  let description = [{
    Gives each public function on rows of a dynamic batch the form of a lowered
    model (inputs, outputs, workspace, run options). Its ops run in phases, loops
    over blocks of `vector-length` rows: an op that needs a sum over the batch
    belongs to the phase behind the one that computes the sum. Within a phase,
    ops become `bn.lane_kernel`s with as much in one body as there is code for.
    A tensor that a later phase reads is kept in the workspace, or computed again
    there if that takes few ops and no transcendental function. Where the
    workspace for `batch` rows and one thread would be larger than
    `memory-budget`, more is computed again, what costs least per byte first,
    until it fits; a budget that is too small is an error that names the smallest
    one. Without `fuse` every op is a kernel in a phase of its own, and every
    tensor is kept: what the fusion is compared with.

    Behind an activation and an average pooling, the sums of a batch norm's
    gradient are taken over the pooled positions: the gradient of a pooling is its
    adjoint, so with t the derivative of the activation, g the gradient of the
    pooled tensor and x the input they are the sums of g * pool(t) and, but for
    the deviation, of g * pool(t * (x - mean)). Both pooled tensors are known in the
    forward pass, which reads x anyway.

    With `winograd`, a convolution of stride 1 and the gradients of its input and
    filter take Winograd's minimal filtering where that is estimated to be faster
    for `batch` rows: tiles of 2 x 2 outputs for kernels of up to 3 x 3, as exact
    as the direct sum, and of 1 x 2 for kernels of up to 5 columns. The transform
    of a filter runs once per step, in parallel.

    Sums are added up in the lanes of four shards of the blocks, whatever the
    number of threads, and merged behind the phase; those with too many values
    for that are a `bn.batch_sum_kernel` over positions. Ops on tensors without
    rows stay on tensors, between the phases: they take the plain way.

    A function that is the step of an optimizer becomes one loop over vectors.
    A function with an op that has no kernel is left as it is, with a remark.

    A function that takes sums over the batch gets `bn.training_plan` (see
    bn/Dialect/BN/IR/TrainingPlanFacts.h): for each normalization the passes over its
    tensors, without and with fusion, what is kept and what is computed again,
    and the workspace.
  }];
  let options = [
    Option<"vectorLength", "vector-length", "int64_t", "4",
           "f32 values in a vector register">,
    Option<"fuse", "fuse", "bool", "true",
           "join ops to kernels, and compute tensors again">,
    Option<"winograd", "winograd", "bool", "true",
           "convolutions by few products, where that is faster">,
    Option<"memoryBudget", "memory-budget", "int64_t", "0",
           "bytes of workspace for `batch` rows and one thread; 0: no limit">,
    Option<"batch", "batch", "int64_t", "128",
           "rows of the batch for which the budget holds, and costs are "
           "estimated">
  ];
  let statistics = [
    Statistic<"numKernels", "kernels", "Number of kernels planned">,
    Statistic<"numWinograd", "winograd-products", "Convolutions by few products">,
    Statistic<"numPooledSums", "pooled-sums", "Gradients summed over pooled positions">
  ];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::bn::BNDialect",
                           "::mlir::bufferization::BufferizationDialect",
                           "::mlir::math::MathDialect",
                           "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect",
                           "::mlir::tensor::TensorDialect",
                           "::mlir::vector::VectorDialect"];
}

def ScheduleRows : Pass<"bn-schedule-rows", "::mlir::ModuleOp"> {
  let summary = "run the block functions of a model over the rows of the batch";
  let description = [{
    Gives each function with `bn.blocks` the form of a lowered model (inputs,
    outputs, workspace, run options) and a body that covers the batch: whole wide
    blocks first, then what is left over, row by row or as one more block, as
    `bn.worthwhile_rows` says. Several blocks run on the caller's threads, each
    thread with a workspace of its own. Runs after `--bn-allocate-workspace`,
    which gives the blocks their workspace argument.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::arith::ArithDialect",
                           "::mlir::bn::BNDialect",
                           "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect"];
}

#endif // BN_PLAN_PASSES_TD
