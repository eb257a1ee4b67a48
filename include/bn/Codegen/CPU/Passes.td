//===- Passes.td - CPU code generation ---------------------*- tablegen -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_CODEGEN_CPU_PASSES_TD
#define BN_CODEGEN_CPU_PASSES_TD

include "mlir/Pass/PassBase.td"

def LowerKernels : Pass<"bn-lower-kernels", "::mlir::func::FuncOp"> {
  let summary = "generate loops on vectors for planned kernels";
  let description = [{
    Replaces every planned kernel by scf loops around straight-line vector code.
    A product kernel becomes one register tile: all accumulators are values of
    the innermost loop, each step of the reduction loads data and weights, one of
    them as vectors, the other broadcast, and multiplies all pairs. Loops whose
    extent is no multiple of the tile repeat a part of the last tile instead of
    handling a remainder. Loops of much work whose iterations are independent
    are `scf.parallel`; see `--bn-outline-parallel`.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
                           "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
                           "::mlir::vector::VectorDialect"];
}

def OutlineParallel : Pass<"bn-outline-parallel", "::mlir::ModuleOp"> {
  let summary = "make tasks of parallel loops in functions with run options";
  let description = [{
    Each `scf.parallel` with one induction variable, counted from 0 by 1, in a
    function whose last argument points to run options becomes a private function
    of one iteration and a `bn.parallel` that calls it. Views and constants that
    the loop uses are computed again in the function; it takes only what they are
    made of.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::bn::BNDialect",
                           "::mlir::memref::MemRefDialect"];
}

def ProfileKernels : Pass<"bn-profile-kernels", "::mlir::ModuleOp"> {
  let summary = "count the time that each layer takes";
  let description = [{
    Reads the CPU's clock in front of and behind each planned kernel, and in each
    public function. The ticks are added up, by the layers' names, in the global
    `bn_profile_ticks`; see bn/Codegen/CPU/Profile.h. The module gets the names
    as `bn.profile`. A module without kernels stays as it is.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::LLVM::LLVMDialect",
                           "::mlir::memref::MemRefDialect"];
}

def ShareKernels : Pass<"bn-share-kernels", "::mlir::ModuleOp"> {
  let summary = "make kernels that are equal but for their buffers one function";
  let description = [{
    Each class of two or more `bn.lane_kernel`s, `bn.batch_sum_kernel`s or
    `bn.filter_kernel`s with the same body, attributes and operand types becomes a
    private function of their operands and calls of it. Residual networks repeat
    a few shapes of layers many times: what is generated for a kernel is much
    code, and takes most of the time to compile.
  }];
  let statistics = [
    Statistic<"numShared", "shared", "Kernels that became calls of another's code">
  ];
  let dependentDialects = ["::mlir::func::FuncDialect"];
}

def LowerLaneKernels : Pass<"bn-lower-lane-kernels", "::mlir::func::FuncOp"> {
  let summary = "generate loops on vectors for the kernels of a training step";
  let description = [{
    Replaces `bn.lane_kernel`, `bn.batch_sum_kernel`, `bn.merge_lanes` and
    `bn.merge_statistics` by scf loops around vector code. A vector holds one
    value of as many rows as it has lanes, so that no loop has a remainder of
    lanes; parameters are broadcast in their natural order.

    Convolutions, linear layers and the gradients of their inputs and weights are
    register tiles as in `bn-lower-kernels`. Elementwise ops, pooling and batch
    norm are computed where their values are used, in front of what reduces them
    or behind a product in its registers. Lanes without a row are masked where a
    sum over the batch takes them in.

    See bn/Plan/LaneKernels.h for the bodies that are supported; others are
    errors.
  }];
  let options = [
    Option<"vectorRegisters", "vector-registers", "int64_t", "16",
           "Number of vector registers">
  ];
  let dependentDialects = ["::mlir::affine::AffineDialect",
                           "::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
                           "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
                           "::mlir::vector::VectorDialect"];
}

def ExpandVectorMath : Pass<"bn-expand-vector-math"> {
  let summary = "expand exp and tanh of f32 vectors to arithmetic";
  let description = [{
    `math.exp` on vectors of f32 becomes a range reduction and a polynomial of
    degree 5: 2^r * p(f) for x * log2(e) = r + f. Its relative error is at most
    2e-7 where the result is a normal number (3e-6 on a CPU without fused
    multiply-add, where f is rounded twice); results below about 2^-126.5 become
    zero, and results above 2^127.5 infinity. NaN stays NaN. With the flag `afn`
    log2(e) is one float instead of two, which adds |x| * 1.4e-8 to the relative
    error, and the product of 2^r and p may become a multiply-add with what
    follows. A sigmoid made of either has an absolute error of at most 2e-7.

    `math.tanh` becomes upstream's rational approximation (absolute error at most
    2.5e-7). Scalars are left alone.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
                           "::mlir::vector::VectorDialect"];
}

#endif // BN_CODEGEN_CPU_PASSES_TD
