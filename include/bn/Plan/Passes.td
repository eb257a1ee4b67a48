//===- Passes.td - From tensors to buffers -----------------*- tablegen -*-===//
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
      with known statistics, 7 with those of the batch.
    - `bn.minimum_batch`, and where it is 2 `bn.minimum_batch_reason`: a batch
      norm in training mode must see two values per channel.
  }];
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

def AllocateWorkspace : Pass<"bn-allocate-workspace", "::mlir::func::FuncOp"> {
  let summary = "Place every temporary buffer in the workspace";
  let description = [{
    Replaces each `memref.alloc` and `memref.alloca` by a `memref.view` of the
    workspace argument that `--bn-entry-point` made, and removes deallocations.
    Buffers that are never live together share bytes; the largest is placed
    first, at the lowest free offset. Every buffer is aligned to 64 bytes.

    There are two arenas: buffers of fixed size, then buffers with one row per
    row of the batch. Rows are rounded up to 64 bytes, so that a buffer at
    `fixed + batch * offset` is aligned for any batch. Their sizes are
    `bn.workspace_bytes` and `bn.workspace_bytes_per_row`.

    A buffer in a loop is one and the same in each iteration; the pass refuses
    one that survives its iteration, one in a parallel loop, and one whose size
    is neither fixed nor proportional to the batch.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::memref::MemRefDialect"];
  let statistics = [
    Statistic<"buffers", "buffers", "Buffers placed in the workspace">,
    Statistic<"sharedBytes", "shared-bytes",
              "Bytes saved by sharing, for a batch of 1">];
}

#endif // BN_PLAN_PASSES_TD
