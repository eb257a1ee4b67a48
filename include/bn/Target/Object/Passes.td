//===- Passes.td - From a lowered model to its C interface -*- tablegen -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_TARGET_OBJECT_PASSES_TD
#define BN_TARGET_OBJECT_PASSES_TD

include "mlir/Pass/PassBase.td"

def EmitModelTable : Pass<"bn-emit-model-table", "::mlir::ModuleOp"> {
  let summary = "Builds the C interface of a lowered model";
  let description = [{
    Expects one function with `bn.input_count`: a lowered model, whose arguments
    are the inputs, the outputs, the workspace and a pointer to the run options.
    Adds what `bn/Runtime/Abi.h` declares:

    - `SYMBOL_run`, which checks the batch and calls the function;
    - the constant table `bn_model` and what it points to;
    - `SYMBOL_model`, which returns the table, and with `entry-point` also
      `bn_get_model`.

    All other definitions of the module become internal, so that the object
    exports these names alone, whatever the model's own name is.

    Runs before the conversion to the llvm dialect, while the shapes of the
    arguments are still in their types.
  }];
  let options = [
    Option<"symbol", "symbol", "std::string", /*default=*/"\"model\"",
           "C identifier that the exported names begin with">,
    Option<"entryPoint", "entry-point", "bool", /*default=*/"false",
           "define bn_get_model, as programs and shared libraries do">,
    Option<"cpuFeatures", "cpu-features", "std::string", /*default=*/"",
           "CPU features the code needs, separated by commas">,
  ];
  let dependentDialects = ["::mlir::func::FuncDialect",
                           "::mlir::LLVM::LLVMDialect"];
}

def EmitTrainerTable : Pass<"bn-emit-trainer-table", "::mlir::ModuleOp"> {
  let summary = "Builds the C interface of a lowered training program";
  let description = [{
    Expects the lowered functions `gradients`, `predict` and `update`, whose
    arguments are those that `bn_trainer` of `bn/Runtime/Abi.h` describes; the
    parameters of `gradients` have the attributes `bn.parameter`, `bn.layer` and
    `bn.fan_in` of `--bn-make-trainable`. Adds a table `bn_model` for each, the
    table `bn_trainer`, and `SYMBOL_trainer`, which returns it, with
    `entry-point` also `bn_get_trainer`. The bytes of the source model are those
    of the module attribute `bn.source`.
  }];
  let options = [
    Option<"symbol", "symbol", "std::string", /*default=*/"\"model\"",
           "C identifier that the exported names begin with">,
    Option<"entryPoint", "entry-point", "bool", /*default=*/"false",
           "define bn_get_trainer, as programs and shared libraries do">,
    Option<"cpuFeatures", "cpu-features", "std::string", /*default=*/"",
           "CPU features the code needs, separated by commas">,
    Option<"loss", "loss", "int32_t", /*default=*/"0",
           "the loss, an enum bn_loss">,
    Option<"optimizer", "optimizer", "int32_t", /*default=*/"0",
           "the optimizer, an enum bn_optimizer">,
    Option<"labelSmoothing", "label-smoothing", "double", /*default=*/"0.0",
           "share of the target that all classes have in common">,
  ];
  let dependentDialects = ["::mlir::func::FuncDialect",
                           "::mlir::LLVM::LLVMDialect"];
}

def LowerParallel : Pass<"bn-lower-parallel", "::mlir::ModuleOp"> {
  let summary = "Calls of the caller's fork-join entry";
  let description = [{
    Makes every `bn.parallel` a call of `parallel_for` of the run options (see
    `bn/Runtime/Abi.h`), with a task function that takes the arguments from a
    struct on the caller's stack. Without options, without an entry or with one
    thread the tasks are called in order.

    Runs before the conversion to the llvm dialect: the arguments are stored as
    what that conversion makes of their types.
  }];
  let dependentDialects = ["::mlir::func::FuncDialect",
                           "::mlir::LLVM::LLVMDialect"];
}

#endif // BN_TARGET_OBJECT_PASSES_TD
