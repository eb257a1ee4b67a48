//===- PrintCuda.cpp - Kernels and their launches as CUDA C++ -------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Target/Cuda/PrintCuda.h"
#include "CudaTexts.h"
#include "bn/Target/Cuda/Passes.h"
#include "bn/Target/Object/TrainerSignature.h"

namespace mlir::bn {
#define GEN_PASS_DEF_PRINTCUDA
#include "bn/Target/Cuda/Passes.h.inc"
} // namespace mlir::bn

using namespace mlir;
using namespace mlir::bn;
using namespace mlir::bn::cuda;

static constexpr StringLiteral modelText =
    R"(// A model as CUDA C++, made by bn-opt. It is compiled to a library, which
// bn-run takes, or to a program that reads raw values, by
//
//   nvcc -O3 -fmad=false -arch=sm_90 -shared -Xcompiler -fPIC FILE.cu -o FILE.so
//   nvcc -O3 -fmad=false -arch=sm_90 -DBN_MODEL_MAIN FILE.cu -o FILE
//
// Sums have a fixed order and every multiply-add is written as one, so that the
// result has the same bits every time; hence -fmad=false.

)";

static constexpr StringLiteral trainerText =
    R"(// Training of a model as CUDA C++, made by bn-opt: one step is a CUDA graph, and
// parameters stay on the device. bn-run trains with this text, or with the
// library that is made of it by
//
//   nvcc -O3 -fmad=false -arch=sm_90 -shared -Xcompiler -fPIC FILE.cu -o FILE.so
//
// Sums have a fixed order and every multiply-add is written as one, so that the
// result has the same bits every time; hence -fmad=false.

)";

/// Prints what runs on the device: arrays, functions, kernels.
static LogicalResult printDevice(gpu::GPUModuleOp module, TextContext &context,
                                 std::string &out) {
  if (failed(printDeviceArrays(module, context, out)))
    return failure();
  for (auto func : module.getOps<func::FuncOp>())
    if (failed(printFunction(func, context, /*onDevice=*/true, out)))
      return failure();
  for (auto kernel : module.getOps<gpu::GPUFuncOp>())
    if (failed(printKernel(kernel, context, out)))
      return failure();
  return success();
}

static LogicalResult checkOps(ModuleOp module) {
  for (Operation &op : *module.getBody())
    if (!isa<gpu::GPUModuleOp, func::FuncOp, memref::GlobalOp>(op))
      return op.emitOpError("cannot be printed as CUDA C++");
  for (auto device : module.getOps<gpu::GPUModuleOp>())
    for (Operation &op : *device.getBody())
      if (!isa<gpu::GPUFuncOp, func::FuncOp, memref::GlobalOp>(op))
        return op.emitOpError("cannot be printed as CUDA C++");
  return success();
}

LogicalResult mlir::bn::printCuda(ModuleOp module,
                                  const CudaTextOptions &options,
                                  llvm::raw_ostream &os) {
  if (failed(checkOps(module)))
    return failure();
  TextContext context;
  std::string body;
  if (failed(printParameterFile(module, options, context, body)))
    return failure();
  // Each function behind its kernels: those of another may have their names.
  for (Operation &op : *module.getBody()) {
    if (auto device = dyn_cast<gpu::GPUModuleOp>(op))
      if (failed(printDevice(device, context, body)))
        return failure();
    if (auto func = dyn_cast<func::FuncOp>(op))
      if (failed(printFunction(func, context, /*onDevice=*/false, body)))
        return failure();
  }

  std::string interface;
  bool isModel = isLowered(module), trains = isTrainer(module);
  if (trains) {
    if (failed(printTrainer(module, options, context, interface)))
      return failure();
  } else if (isModel) {
    FailureOr<ModelSignature> signature = getModelSignature(module);
    if (failed(signature))
      return failure();
    printSession(module, *signature, context, interface);
    printInterface(module, *signature, options, interface);
  }

  if (isModel)
    os << (trains ? trainerText : modelText);
  os << "#include <cuda_runtime.h>\n\n";
  if (isModel)
    os << "#include <dlfcn.h>\n#include <unistd.h>\n\n";
  os << "#include <cmath>\n#include <cstdint>\n#include <cstdio>\n";
  if (isModel)
    os << "#include <cstdlib>\n"
       << (trains ? "#include <map>\n" : "")
       << "#include <mutex>\n#include <string>\n#include <vector>\n\n"
       << getAbiText();
  os << "\nnamespace {\n" << getHelperTexts(context.helpers) << body;
  if (isModel)
    os << interface;
  else
    os << "\n} // namespace\n";
  return success();
}

namespace {

struct PrintCuda : public bn::impl::PrintCudaBase<PrintCuda> {
  void runOnOperation() override {
    std::string text;
    llvm::raw_string_ostream stream(text);
    if (failed(printCuda(getOperation(), CudaTextOptions(), stream)))
      return signalPassFailure();
    llvm::outs() << text;
  }
};

} // namespace
