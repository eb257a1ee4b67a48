//===- Passes.td - Passes that generate GPU code -----------*- tablegen -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_CODEGEN_GPU_PASSES_TD
#define BN_CODEGEN_GPU_PASSES_TD

include "mlir/Pass/PassBase.td"

def MapToGpu : Pass<"bn-map-to-gpu", "::mlir::ModuleOp"> {
  let summary = "map a model to kernels of the gpu dialect";
  let description = [{
    Replaces the model, a public function of bn ops on tensors, by a function on
    buffers that launches kernels, with the arguments of generated code (see
    `--bn-entry-point`); the last one is the stream. All buffers are those of the
    device. What is stored, and so which ops share a kernel, is decided by
    bn/Plan/StoredTensors.h.

    A stored tensor is computed by one thread per value, from an expression of
    everything in front of it that is not stored; the statistics of norms and
    long sums by one block of threads each, in a fixed order. Where a model of
    costs says so, convolutions and linear layers are products of matrices, of
    which a block computes a tile by way of shared memory. Parameters are
    constants of the device, or, if all together have more than
    `embedded-bytes`, globals of the module that kernels get as arguments.
  }];
  let options = [
    Option<"embeddedBytes", "embedded-bytes", "int64_t", "1 << 19",
           "Bytes of parameters that are constants of the device at most">,
    Option<"products", "products", "std::string", "\"auto\"",
           "How convolutions and linear layers are computed: `direct`, by one "
           "thread per value; `tiled`, if it can be; `auto`, by costs">,
    Option<"network", "network", "std::string", "\"auto\"",
           "Kernels of a model: `several`; `single`, if it can be; `auto`, by "
           "costs">
  ];
  let dependentDialects = ["::mlir::affine::AffineDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::func::FuncDialect",
                           "::mlir::gpu::GPUDialect",
                           "::mlir::LLVM::LLVMDialect",
                           "::mlir::math::MathDialect",
                           "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect",
                           "::mlir::vector::VectorDialect"];
  let statistics = [
    Statistic<"numKernels", "kernels", "kernels that were generated">
  ];
}

def PreparePtx : Pass<"bn-prepare-ptx", "::mlir::gpu::GPUModuleOp"> {
  let summary = "make kernels what the lowering to NVVM takes";
  let description = [{
    Arguments of kernels get a fixed outermost extent, on which no address
    depends, so that they can be plain pointers. Exponentials, logarithms and
    hyperbolic tangents become polynomials, instead of calls of a library of the
    device.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect",
                           "::mlir::vector::VectorDialect"];
}

#endif // BN_CODEGEN_GPU_PASSES_TD
