//===- CompileOptions.cpp - What a compilation is asked for ---------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Driver/CompileOptions.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/Path.h"

#include <cmath>

using namespace mlir::bn;

llvm::StringRef mlir::bn::getStageName(Stage stage) {
  switch (stage) {
  case Stage::Import:
    return "import";
  case Stage::Optimize:
    return "optimize";
  case Stage::Lower:
    return "lower";
  case Stage::Codegen:
    return "codegen";
  }
  llvm_unreachable("all stages are named");
}

std::optional<OutputKind> mlir::bn::getOutputKind(llvm::StringRef path) {
  return llvm::StringSwitch<std::optional<OutputKind>>(
             llvm::sys::path::extension(path))
      .Case("", OutputKind::Executable)
      .Case(".o", OutputKind::Object)
      .Case(".a", OutputKind::Archive)
      .Case(".so", OutputKind::SharedLibrary)
      .Case(".s", OutputKind::Assembly)
      .Case(".ll", OutputKind::LLVMIR)
      .Case(".mlir", OutputKind::MLIR)
      .Case(".mlirbc", OutputKind::MLIRBytecode)
      .Case(".onnx", OutputKind::Onnx)
      .Case(".onnxtxt", OutputKind::OnnxText)
      .Case(".cu", OutputKind::CudaSource)
      .Case(".ptx", OutputKind::Ptx)
      .Default(std::nullopt);
}

llvm::Expected<ShapeFix> mlir::bn::parseShapeFix(llvm::StringRef text) {
  auto fail = [&] {
    return llvm::createStringError("--shape: expected NAME=1x3x224x224, got '" +
                                   text + "'");
  };
  auto [name, extents] = text.rsplit('=');
  if (name.empty() || extents.empty())
    return fail();
  ShapeFix fix{name.str(), {}};
  SmallVector<llvm::StringRef> parts;
  extents.split(parts, 'x');
  for (auto [axis, part] : llvm::enumerate(parts)) {
    int64_t extent;
    if (part == "?" && axis == 0)
      extent = ShapedType::kDynamic;
    else if (part.getAsInteger(10, extent) || extent < 1)
      return fail();
    fix.shape.push_back(extent);
  }
  return fix;
}

llvm::Expected<bool> mlir::bn::parseUseF64(llvm::StringRef text) {
  if (text != "f32" && text != "f64")
    return llvm::createStringError(
        "--element-type: expected f32 or f64, got '" + text + "'");
  return text == "f64";
}

llvm::Expected<BatchNormMode>
mlir::bn::parseBatchNormMode(llvm::StringRef text) {
  auto mode = llvm::StringSwitch<std::optional<BatchNormMode>>(text)
                  .Case("as-file", BatchNormMode::AsFile)
                  .Case("eval", BatchNormMode::Eval)
                  .Case("train", BatchNormMode::Train)
                  .Default(std::nullopt);
  if (!mode)
    return llvm::createStringError(
        "--bn-mode: expected as-file, eval or train, got '" + text + "'");
  return *mode;
}

llvm::Expected<Winograd> mlir::bn::parseWinograd(llvm::StringRef text) {
  auto choice = llvm::StringSwitch<std::optional<Winograd>>(text)
                    .Case("auto", Winograd::automatic)
                    .Case("f2", Winograd::f2)
                    .Case("off", Winograd::off)
                    .Default(std::nullopt);
  if (!choice)
    return llvm::createStringError(
        "--winograd: expected auto, f2 or off, got '" + text + "'");
  return *choice;
}

/// A number of bytes: 1000, 64K, 1.5M or 2G, in powers of 1024; 0 if it is
/// none.
static int64_t parseBytes(llvm::StringRef text) {
  unsigned shift = 0;
  for (auto [suffix, bits] : {std::pair("kK", 10), {"mM", 20}, {"gG", 30}})
    if (!text.empty() && llvm::StringRef(suffix).contains(text.back())) {
      text = text.drop_back();
      shift = bits;
      break;
    }
  double number;
  if (text.empty() || !llvm::isDigit(text.front()) ||
      text.find_first_not_of("0123456789.") != llvm::StringRef::npos ||
      text.getAsDouble(number))
    return 0;
  double bytes = std::ldexp(number, shift);
  // More than any machine has.
  constexpr double most = 0x1p60;
  return bytes >= 1 && bytes <= most ? static_cast<int64_t>(bytes) : 0;
}

llvm::Expected<TrainingOptions>
mlir::bn::parseTraining(const TrainingTexts &texts) {
  auto fail = [](llvm::StringRef option, llvm::StringRef wanted,
                 llvm::StringRef got) {
    return llvm::createStringError(option + ": expected " + wanted + ", got '" +
                                   got + "'");
  };
  TrainingOptions options;
  auto loss = llvm::StringSwitch<std::optional<Loss>>(texts.loss)
                  .Cases({"", "cross-entropy"}, Loss::CrossEntropy)
                  .Case("mse", Loss::MeanSquaredError)
                  .Default(std::nullopt);
  if (!loss)
    return fail("--loss", "cross-entropy or mse", texts.loss);
  options.loss = *loss;
  auto optimizer = llvm::StringSwitch<std::optional<Optimizer>>(texts.optimizer)
                       .Cases({"", "sgd"}, Optimizer::Sgd)
                       .Case("adam", Optimizer::Adam)
                       .Case("adamw", Optimizer::AdamW)
                       .Default(std::nullopt);
  if (!optimizer)
    return fail("--optimizer", "sgd, adam or adamw", texts.optimizer);
  options.optimizer = *optimizer;
  if (!texts.momentumConvention.empty())
    options.momentumConvention = texts.momentumConvention;
  if (options.momentumConvention != "onnx" &&
      options.momentumConvention != "torch")
    return fail("--momentum-convention", "onnx or torch",
                texts.momentumConvention);
  if (!texts.runningVariance.empty())
    options.runningVariance = texts.runningVariance;
  if (options.runningVariance != "biased" &&
      options.runningVariance != "unbiased")
    return fail("--running-var", "biased or unbiased", texts.runningVariance);
  if (!(texts.labelSmoothing >= 0.0 && texts.labelSmoothing <= 1.0))
    return llvm::createStringError(
        "--label-smoothing: expected a number from 0 to 1");
  options.labelSmoothing = texts.labelSmoothing;
  double momentum = 0.0;
  options.cumulativeAverage = texts.momentum == "cumulative";
  if (!options.cumulativeAverage && !texts.momentum.empty()) {
    bool isNumber = llvm::to_float(texts.momentum, momentum);
    if (!isNumber || !(momentum >= 0.0 && momentum <= 1.0))
      return fail("--bn-momentum", "a number from 0 to 1, or cumulative",
                  texts.momentum);
    options.momentum = momentum;
  }
  options.frozen = texts.frozen;
  options.fuse = !texts.noFusion;
  if (!texts.memoryBudget.empty()) {
    options.memoryBudget = parseBytes(texts.memoryBudget);
    if (options.memoryBudget == 0)
      return fail("--memory-budget", "a number of bytes, as 500000, 64K, 1.5M",
                  texts.memoryBudget);
    if (!options.fuse)
      return llvm::createStringError("--memory-budget chooses what is computed "
                                     "again, which --no-fusion excludes");
  }
  return options;
}

llvm::Expected<std::string>
mlir::bn::parseCudaArchitecture(llvm::StringRef text) {
  llvm::StringRef number = text;
  bool isNamed = number.consume_front("sm_");
  // Variants for one architecture, or one family, alone.
  if (number.ends_with("a") || number.ends_with("f"))
    number = number.drop_back();
  unsigned version;
  if (!isNamed || number.getAsInteger(10, version))
    return llvm::createStringError(
        "--cuda-arch: expected a name such as sm_90, got '" + text + "'");
  return text.str();
}

llvm::Error mlir::bn::checkTraining(const CompileOptions &options) {
  llvm::StringRef flag = options.training.memoryBudget ? "--memory-budget"
                         : !options.training.fuse      ? "--no-fusion"
                                                       : "";
  if (flag.empty())
    return llvm::Error::success();
  if (!isPlanned(options))
    return llvm::createStringError(flag + " is for the fast way, which -O0 and "
                                          "--element-type=f64 do not take");
  return llvm::Error::success();
}
