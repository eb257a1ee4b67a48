//===- Passes.td - Passes that print CUDA C++ --------------*- tablegen -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_TARGET_CUDA_PASSES_TD
#define BN_TARGET_CUDA_PASSES_TD

include "mlir/Pass/PassBase.td"

def PrintCuda : Pass<"bn-print-cuda", "::mlir::ModuleOp"> {
  let summary = "print the module as CUDA C++ on stdout";
  let description = [{
    Prints the kernels and functions of `gpu.module` ops, and the functions of
    the module itself, which launch them, as CUDA C++. The module stays as it
    is. With a lowered model (a function with `bn.input_count`) the text also has
    its C interface.

    Values take the names of their locations (`loc("channel")`); what has none
    and one use is printed within the expression that uses it. Memrefs are flat
    pointers, workgroup memory is shared arrays, `vector<4xf32>` is `float4`,
    `index` is `int` in kernels and `int64_t` outside. An op that cannot be
    printed is an error.
  }];
}

#endif // BN_TARGET_CUDA_PASSES_TD
