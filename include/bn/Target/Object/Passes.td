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

#endif // BN_TARGET_OBJECT_PASSES_TD
