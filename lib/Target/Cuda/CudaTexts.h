//===- CudaTexts.h - Fixed parts of the text --------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_TARGET_CUDA_CUDATEXTS_H
#define BN_LIB_TARGET_CUDA_CUDATEXTS_H

#include "CudaPrinter.h"

#include "bn/Target/Cuda/PrintCuda.h"
#include "bn/Target/Object/Signature.h"

namespace mlir::bn::cuda {

/// `text` as a string literal.
std::string quote(StringRef text);

/// The functions that the text begins with, of which `helpers` are called, each
/// behind those that it calls itself.
std::string getHelperTexts(const std::set<std::string> &helpers);

/// The declarations of bn/Runtime/Abi.h without its comments.
std::string getAbiText();

/// Declares the globals of a gpu.module as arrays on the device.
LogicalResult printDeviceArrays(gpu::GPUModuleOp module, TextContext &context,
                                std::string &out);

/// Declares where the globals of `module` itself lie in the parameter file, and
/// what reads it; nothing if there are none.
LogicalResult printParameterFile(ModuleOp module,
                                 const CudaTextOptions &options,
                                 TextContext &context, std::string &out);

/// Prints a kernel, or a function that kernels call, or one that launches them.
LogicalResult printKernel(gpu::GPUFuncOp kernel, TextContext &context,
                          std::string &out);
LogicalResult printFunction(func::FuncOp func, TextContext &context,
                            bool onDevice, std::string &out);

/// Prints what lies between the C interface and the function that launches the
/// kernels of a model: memory on the device, copies, the captured graph.
void printSession(ModuleOp module, const ModelSignature &signature,
                  TextContext &context, std::string &out);

/// `text` with every `$name` replaced by what stands for it.
std::string substitute(StringRef text,
                       ArrayRef<std::pair<StringRef, std::string>> values);

/// The element type in the text.
StringRef getElementType(MemRefType type);

/// Prints the table of one model, which is called `model`.
void printModelTable(ModuleOp module, const ModelSignature &signature,
                     std::string &out);

/// The text of what a training program keeps on the device, in which names after
/// a `$` stand for what is to be substituted.
StringRef getTrainingText();

/// Prints sessions and tables of the three models of a training program, what
/// it keeps on the device, and its C interface.
LogicalResult printTrainer(ModuleOp module, const CudaTextOptions &options,
                           TextContext &context, std::string &out);

/// Prints the tables and functions of the C interface, and a small `main`.
void printInterface(ModuleOp module, const ModelSignature &signature,
                    const CudaTextOptions &options, std::string &out);

} // namespace mlir::bn::cuda

#endif // BN_LIB_TARGET_CUDA_CUDATEXTS_H
