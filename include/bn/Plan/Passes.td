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

    A function with an op that no kernel takes is left as it is, with a remark
    that names the op: it takes the plain way.
  }];
  let options = [
    Option<"vectorLength", "vector-length", "int64_t", "4",
           "f32 values in a vector register">,
    Option<"vectorRegisters", "vector-registers", "int64_t", "16",
           "number of vector registers">,
    Option<"blockRows", "block-rows", "int64_t", "32",
           "rows of the batch in a wide block, a multiple of the vector length">
  ];
  let statistics = [
    Statistic<"numKernels", "kernels", "Number of kernels planned">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::bn::BNDialect",
                           "::mlir::math::MathDialect",
                           "::mlir::memref::MemRefDialect"];
}

def ScheduleRows : Pass<"bn-schedule-rows", "::mlir::ModuleOp"> {
  let summary = "run the block functions of a model over the rows of the batch";
  let description = [{
    Gives each function with `bn.blocks` the form of a lowered model (inputs,
    outputs, workspace, run options) and a body that covers the batch: whole wide
    blocks first, then what is left over, row by row or as one more block, as
    `bn.worthwhile_rows` says. Runs after `--bn-allocate-workspace`, which gives
    the blocks their workspace argument.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::arith::ArithDialect",
                           "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect"];
}

#endif // BN_PLAN_PASSES_TD
