//===- PrintPtx.cpp - Kernels as PTX --------------------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Target/Cuda/PrintPtx.h"
#include "bn/Target/Object/Codegen.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Target/LLVMIR/Dialect/GPU/GPUToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/NVVM/NVVMToLLVMIRTranslation.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"

using namespace mlir;
using namespace mlir::bn;

/// LLVM's highest level: loops over registers must be unrolled.
static constexpr unsigned kLevel = 3;

OwningOpRef<ModuleOp> bn::copyKernels(ModuleOp module) {
  OwningOpRef<ModuleOp> copy = ModuleOp::create(module.getLoc());
  for (auto device : module.getOps<gpu::GPUModuleOp>())
    copy->push_back(device->clone());
  return copy;
}

static FailureOr<std::unique_ptr<llvm::TargetMachine>>
createMachine(ModuleOp module, StringRef architecture) {
  LLVMInitializeNVPTXTargetInfo();
  LLVMInitializeNVPTXTarget();
  LLVMInitializeNVPTXTargetMC();
  LLVMInitializeNVPTXAsmPrinter();
  llvm::Triple triple("nvptx64-nvidia-cuda");
  std::string message;
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(triple, message);
  if (!target)
    return module.emitError(message);
  std::unique_ptr<llvm::MCSubtargetInfo> processors(
      target->createMCSubtargetInfo(triple, "", ""));
  if (!processors->isCPUStringValid(architecture))
    return module.emitError("LLVM has no PTX for the architecture '")
           << architecture << "'";
  return std::unique_ptr<llvm::TargetMachine>(target->createTargetMachine(
      triple, architecture, "", llvm::TargetOptions(), std::nullopt,
      std::nullopt, llvm::CodeGenOptLevel::Aggressive));
}

/// Functions of CUDA's device library that are instructions; upstream's
/// lowering calls them all the same.
static LogicalResult replaceLibraryCalls(ModuleOp functions) {
  WalkResult result = functions.walk([](LLVM::CallOp call) {
    StringRef name = call.getCallee().value_or("");
    if (!name.consume_front("__nv_"))
      return WalkResult::advance();
    OpBuilder b(call);
    Location loc = call.getLoc();
    ValueRange operands = call.getArgOperands();
    Value value;
    if (name == "fmaf")
      value =
          LLVM::FMAOp::create(b, loc, operands[0], operands[1], operands[2]);
    else if (name == "sqrtf")
      value = LLVM::SqrtOp::create(b, loc, operands[0]);
    else if (name == "floorf")
      value = LLVM::FFloorOp::create(b, loc, operands[0]);
    else if (name == "fabsf")
      value = LLVM::FAbsOp::create(b, loc, operands[0]);
    if (!value) {
      call.emitError("cannot be printed as PTX: it needs CUDA's library of "
                     "the device");
      return WalkResult::interrupt();
    }
    call.getResult().replaceAllUsesWith(value);
    call.erase();
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

LogicalResult bn::printPtx(ModuleOp module, StringRef architecture,
                           llvm::raw_ostream &os) {
  auto machine = createMachine(module, architecture);
  if (failed(machine))
    return failure();
  // One module of functions, which is what is translated.
  OwningOpRef<ModuleOp> functions = ModuleOp::create(module.getLoc());
  for (auto device : module.getOps<gpu::GPUModuleOp>())
    for (Operation &op : *device.getBody()) {
      Operation *copy = op.clone();
      copy->removeAttr("comment");
      functions->push_back(copy);
    }
  if (failed(replaceLibraryCalls(*functions)))
    return failure();
  registerGPUDialectTranslation(*module.getContext());
  registerNVVMDialectTranslation(*module.getContext());
  llvm::LLVMContext context;
  auto translated =
      translateAndOptimize(*functions, context, **machine, kLevel);
  if (failed(translated))
    return failure();
  os << "// Kernels of a model, made by bn-opt through LLVM. Their arguments "
        "are pointers\n// to row-major arrays of float and the number of rows, "
        "in the order of the same\n// kernels in the CUDA C++ that bn-opt "
        "makes of the model, which launches them.\n"
     << emitCode(**translated, **machine, CodeKind::Assembly)->getBuffer();
  return success();
}
