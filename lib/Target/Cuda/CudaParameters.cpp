//===- CudaParameters.cpp - Parameters in the text, or beside it ----------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CudaTexts.h"

#include "bn/Dialect/BN/IR/Parameters.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::bn;
using namespace mlir::bn::cuda;

/// Parameters in the file begin at multiples of so many values: 64 bytes.
static constexpr int64_t kFileAlignment = 16;

static FailureOr<std::vector<double>> readValues(memref::GlobalOp global) {
  auto elements =
      dyn_cast_if_present<ElementsAttr>(global.getInitialValueAttr());
  if (!elements || !global.getType().getElementType().isF32())
    return global.emitOpError("cannot be printed as CUDA C++: expected initial "
                              "values of f32");
  FailureOr<std::vector<double>> values = readParameter(elements);
  if (failed(values))
    return global.emitOpError("cannot be printed as CUDA C++: the data of its "
                              "initial value is missing");
  return values;
}

static std::string declareGlobal(memref::GlobalOp global,
                                 TextContext &context) {
  std::string name = context.names.choose(global.getSymName());
  context.symbols[global.getSymName()] = name;
  return name;
}

static std::string getShapeText(MemRefType type) {
  std::string text;
  for (int64_t extent : type.getShape())
    text += (text.empty() ? "" : " x ") + std::to_string(extent);
  return text.empty() ? "1" : text;
}

LogicalResult cuda::printDeviceArrays(gpu::GPUModuleOp module,
                                      TextContext &context, std::string &out) {
  for (auto global : module.getOps<memref::GlobalOp>()) {
    FailureOr<std::vector<double>> values = readValues(global);
    if (failed(values))
      return failure();
    out += "\n/// " + getShapeText(global.getType()) + "\n";
    out += "alignas(16) __device__ const float " +
           declareGlobal(global, context) + "[" +
           std::to_string(values->size()) + "] = {";
    size_t column = 80;
    for (double value : *values) {
      std::string text = getDecimal(value, /*isFloat=*/true) + ",";
      if (column + text.size() + 1 > 80) {
        out += "\n   ";
        column = 3;
      }
      out += " " + text;
      column += text.size() + 1;
    }
    out.pop_back();
    out += "};\n";
  }
  return success();
}

std::string bn::getParameterBytes(ModuleOp module) {
  std::vector<float> values;
  for (auto global : module.getOps<memref::GlobalOp>()) {
    auto elements =
        dyn_cast_if_present<ElementsAttr>(global.getInitialValueAttr());
    FailureOr<std::vector<double>> numbers = failure();
    if (elements)
      numbers = readParameter(elements);
    if (succeeded(numbers))
      values.insert(values.end(), numbers->begin(), numbers->end());
    values.resize(llvm::alignTo(values.size(), kFileAlignment));
  }
  return std::string(reinterpret_cast<const char *>(values.data()),
                     values.size() * sizeof(float));
}

static constexpr StringLiteral fileText = R"(
/// All of them, on the device.
float *parameters = nullptr;

/// Reads the parameters and copies them to the device; once.
bool loadParameters() {
  if (parameters != nullptr)
    return true;
  FILE *file = openBeside(kParameterFile);
  if (file == nullptr)
    return false;
  std::vector<float> values(kParameterCount);
  const size_t count = fread(values.data(), sizeof(float), values.size(), file);
  const bool complete = count == values.size() && fgetc(file) == EOF;
  fclose(file);
  if (!complete) {
    fprintf(stderr, "error: %s: is not the file of this model\n",
            kParameterFile);
    return false;
  }
  float *memory = nullptr;
  const size_t bytes = values.size() * sizeof(float);
  if (!check(cudaMalloc(&memory, bytes), "memory for the parameters"))
    return false;
  if (!check(cudaMemcpy(memory, values.data(), bytes, cudaMemcpyHostToDevice),
             "copy of the parameters")) {
    cudaFree(memory);
    return false;
  }
  parameters = memory;
  return true;
}
)";

LogicalResult cuda::printParameterFile(ModuleOp module,
                                       const CudaTextOptions &options,
                                       TextContext &context, std::string &out) {
  int64_t offset = 0;
  std::string offsets;
  for (auto global : module.getOps<memref::GlobalOp>()) {
    FailureOr<std::vector<double>> values = readValues(global);
    if (failed(values))
      return failure();
    offsets += "constexpr int64_t " + declareGlobal(global, context) + " = " +
               std::to_string(offset) + "; // " +
               getShapeText(global.getType()) + "\n";
    offset = llvm::alignTo(offset + values->size(), kFileAlignment);
  }
  if (offsets.empty())
    return success();
  out +=
      "\n/// The file of the parameters, which are values of type float, and "
      "where each\n/// of them begins.\n";
  out +=
      "constexpr const char *kParameterFile = " + quote(options.parameterFile) +
      ";\n" + offsets;
  out += "constexpr size_t kParameterCount = " + std::to_string(offset) + ";\n";
  out += fileText;
  context.helpers.insert("launch");
  context.helpers.insert("openBeside");
  return success();
}
