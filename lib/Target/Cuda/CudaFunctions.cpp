//===- CudaFunctions.cpp - Functions as CUDA C++ --------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CudaTexts.h"

using namespace mlir;
using namespace mlir::bn;
using namespace mlir::bn::cuda;

bool cuda::isWritten(Value memref) {
  for (OpOperand &use : memref.getUses()) {
    Operation *user = use.getOwner();
    if (auto launch = dyn_cast<gpu::LaunchFuncOp>(user)) {
      auto kernel = SymbolTable::lookupNearestSymbolFrom<gpu::GPUFuncOp>(
          launch, launch.getKernel());
      unsigned first = launch.getKernelOperands().getBeginOperandIndex();
      unsigned index = use.getOperandNumber() - first;
      if (!kernel || isWritten(kernel.getArgument(index)))
        return true;
      continue;
    }
    if (auto call = dyn_cast<func::CallOp>(user)) {
      auto callee = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(
          call, call.getCalleeAttr());
      if (!callee || isWritten(callee.getArgument(use.getOperandNumber())))
        return true;
      continue;
    }
    if (auto view = dyn_cast<memref::ViewOp>(user)) {
      if (isWritten(view))
        return true;
      continue;
    }
    if (!isExpression(user))
      return true;
  }
  return false;
}

bool cuda::usesBatch(func::FuncOp func) {
  return func.walk([](memref::DimOp) { return WalkResult::interrupt(); })
      .wasInterrupted();
}

std::string FunctionPrinter::getType(Type type) {
  if (type.isF32())
    return "float";
  if (type.isF64())
    return "double";
  if (type.isInteger(1))
    return "bool";
  if (type.isInteger(8))
    return "char";
  if (type.isInteger(32))
    return "int";
  if (type.isInteger(64))
    return "int64_t";
  if (type.isIndex())
    return onDevice ? "int" : "int64_t";
  auto vector = dyn_cast<VectorType>(type);
  if (vector && vector.getRank() == 1 && vector.getDimSize(0) == 4 &&
      vector.getElementType().isF32())
    return "float4";
  return "";
}

std::string FunctionPrinter::getParameter(Value argument) {
  Type type = argument.getType();
  // A model's function has an argument for a workspace, needed or not.
  std::string name;
  if (onDevice || !argument.use_empty())
    name = declare(argument, "argument");
  auto memref = dyn_cast<MemRefType>(type);
  if (!memref)
    return (isa<LLVM::LLVMPointerType>(type) ? "cudaStream_t" : getType(type)) +
           " " + name;
  StringRef qualifier = isWritten(argument) ? "" : "const ";
  // Shared memory is handed on within a block; pointers of the host may alias.
  bool isRestricted =
      onDevice && !memref.getMemorySpace() &&
      !argument.getParentRegion()->getParentOp()->hasAttr("in_place");
  // Compilers warn of what nobody reads.
  bool isUnused = !onDevice && argument.use_empty();
  return qualifier.str() + getType(memref.getElementType()) + " *" +
         (isRestricted ? "__restrict__ " : "") +
         (isUnused ? "/*" + name + "*/" : name);
}

/// Prints the comment that `op` carries for its readers.
static void printComment(Operation *op, std::string &out) {
  out += "\n";
  if (auto lines = op->getAttrOfType<ArrayAttr>("comment"))
    for (auto line : lines.getAsRange<StringAttr>())
      out += "/// " + line.getValue().str() + "\n";
}

/// Prints "NAME(parameters...) {" behind `before`, in lines of legal length.
static void printHeading(StringRef before, StringRef name,
                         ArrayRef<std::string> parameters, std::string &out) {
  std::string line = before.str() + name.str() + "(";
  size_t shift = std::min<size_t>(line.size(), 40);
  if (line.size() > 40)
    shift = 4;
  for (auto [i, parameter] : llvm::enumerate(parameters)) {
    std::string text = parameter + (i + 1 < parameters.size() ? ", " : ") {");
    if (line.size() + text.size() > 80) {
      out += StringRef(line).rtrim().str() + "\n";
      line = std::string(shift, ' ');
    }
    line += text;
  }
  out += line + (parameters.empty() ? ") {" : "") + "\n";
}

LogicalResult cuda::printKernel(gpu::GPUFuncOp kernel, TextContext &context,
                                std::string &out) {
  std::string name = context.names.choose(kernel.getName());
  context.symbols[kernel.getName()] = name;
  std::string body;
  FunctionPrinter printer(context, /*onDevice=*/true, body);
  SmallVector<std::string> parameters;
  for (Value argument : kernel.getArguments().take_front(
           kernel.getFunctionType().getNumInputs()))
    parameters.push_back(printer.getParameter(argument));
  printer.indent();
  for (Value array : kernel.getWorkgroupAttributions()) {
    auto type = cast<MemRefType>(array.getType());
    printer.printLine("alignas(16) __shared__ " +
                      printer.getType(type.getElementType()) + " " +
                      printer.declare(array, "shared") + "[" +
                      std::to_string(type.getNumElements()) + "];");
  }
  if (failed(printer.printBlock(kernel.getBody().front())))
    return failure();
  printComment(kernel, out);
  out += "__global__ void";
  if (auto size = kernel.getKnownBlockSize()) {
    int64_t threads = 1;
    for (int32_t extent : *size)
      threads *= extent;
    out += " __launch_bounds__(" + std::to_string(threads) + ")";
  }
  out += "\n";
  printHeading("", name, parameters, out);
  out += body + "}\n";
  return success();
}

LogicalResult cuda::printFunction(func::FuncOp func, TextContext &context,
                                  bool onDevice, std::string &out) {
  if (func.isExternal())
    return func.emitOpError("cannot be printed as CUDA C++: it has no body");
  std::string name = context.names.choose(func.getName());
  context.symbols[func.getName()] = name;
  std::string body;
  FunctionPrinter printer(context, onDevice, body);
  bool hasBatch = !onDevice && usesBatch(func);
  if (hasBatch)
    printer.reserve("batch");
  SmallVector<std::string> parameters;
  for (Value argument : func.getArguments())
    parameters.push_back(printer.getParameter(argument));
  if (hasBatch)
    parameters.push_back("int64_t batch");
  printer.indent();
  if (failed(printer.printBlock(func.getBody().front())))
    return failure();
  printComment(func, out);
  std::string type = "bool";
  if (onDevice)
    type = func.getNumResults() ? printer.getType(func.getResultTypes()[0])
                                : "void";
  // A call of its own would keep a thread's arrays from being registers.
  printHeading((onDevice ? "__device__ __forceinline__ " : "") + type + " ",
               name, parameters, out);
  out += body + "}\n";
  return success();
}
