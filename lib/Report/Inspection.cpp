//===- Inspection.cpp - The normalization layers of a model ---------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Report/Inspection.h"
#include "bn/Dialect/BN/IR/BN.h"
#include "bn/Dialect/BN/IR/Parameters.h"

#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

using namespace mlir;
using namespace mlir::bn;

static std::string getName(Operation *op) {
  StringRef name = getSourceName(op->getLoc());
  return name.empty() ? op->getName().getStringRef().str() : name.str();
}

/// The values of `parameter`, none if it is not constant.
static std::vector<double> readValues(Value parameter) {
  FailureOr<std::vector<double>> values = readParameter(parameter);
  return succeeded(values) ? *values : std::vector<double>();
}

Inspection::Inspection(ModuleOp module) {
  llvm::SmallPtrSet<Operation *, 16> counted;
  module.walk([&](Operation *op) {
    int64_t count = 0;
    for (Value parameter : getLearnedParameters(op)) {
      Operation *constant = parameter.getDefiningOp();
      // A shared constant is learned once.
      if (getConstantElements(parameter) && counted.insert(constant).second)
        count += cast<ShapedType>(parameter.getType()).getNumElements();
    }
    bool isNormalization = isa<NormalizationOpInterface>(op);
    if (isNormalization)
      addNormalization(op);
    if (!count && !isNormalization)
      return;
    parameters += count;
    if (isNormalization)
      normalizationParameters += count;
    std::string kind = isNormalization ? normalizations.back().kind
                                       : op->getName().stripDialect().str();
    layers.push_back({getName(op), kind, count});
  });
}

void Inspection::addNormalization(Operation *op) {
  auto norm = cast<NormalizationOpInterface>(op);
  InspectedNormalization info;
  info.name = getName(op);
  info.kind = norm.getSourceOpType().str();
  info.channels = norm.getChannelCount();
  auto readCommon = [&](auto layer) {
    info.epsilon = layer.getEpsilon().convertToDouble();
    info.gamma = readValues(layer.getScale());
    if (layer.getOffset())
      info.beta = readValues(layer.getOffset());
  };
  if (auto inference = dyn_cast<BatchNormInferenceOp>(op)) {
    readCommon(inference);
    if (auto momentum = op->getAttrOfType<FloatAttr>(BNDialect::kMomentumAttr))
      info.momentum = momentum.getValueAsDouble();
    info.runningMean = readValues(inference.getMean());
    info.runningVariance = readValues(inference.getVariance());
  } else if (auto training = dyn_cast<BatchNormTrainingOp>(op)) {
    readCommon(training);
    info.momentum = training.getMomentum().convertToDouble();
    info.runningMean = readValues(training.getRunningMean());
    info.runningVariance = readValues(training.getRunningVariance());
  } else if (auto groupNorm = dyn_cast<GroupNormOp>(op)) {
    readCommon(groupNorm);
    info.groups = groupNorm.getGroups();
    info.hasRunning = false;
  } else if (auto layerNorm = dyn_cast<LayerNormOp>(op)) {
    readCommon(layerNorm);
    info.hasBeta = layerNorm.getOffset() != nullptr;
    info.hasRunning = false;
  }
  normalizations.push_back(std::move(info));
}

void Inspection::addFacts(ModuleOp optimized) {
  auto facts =
      optimized->getAttrOfType<ArrayAttr>(BNDialect::kNormalizationsAttr);
  if (!facts)
    return;
  for (auto fact : facts.getAsRange<NormalizationAttr>())
    for (InspectedNormalization &info : normalizations)
      if (fact.getName() == info.name) {
        info.status = fact.getStatus().str();
        info.into = fact.getInto().str();
      }
}

static void printValues(llvm::raw_ostream &os, StringRef name,
                        ArrayRef<double> values, bool all) {
  constexpr size_t shown = 5;
  os << llvm::formatv("  {0,-13}", name);
  if (values.empty())
    os << " not constant";
  for (double value : all ? values : values.take_front(shown))
    os << llvm::format(" %.6g", value);
  if (!all && values.size() > shown)
    os << " ...";
  os << "\n";
}

void Inspection::printText(llvm::raw_ostream &os, bool all) const {
  for (const InspectedNormalization &info : normalizations) {
    os << llvm::formatv("{0} ({1}): {2} channels, epsilon ", info.name,
                        info.kind, info.channels)
       << llvm::format("%g", info.epsilon);
    if (info.momentum)
      os << llvm::format(", momentum %g", *info.momentum);
    if (info.groups)
      os << ", " << *info.groups << " groups";
    os << ", " << info.status << (info.into.empty() ? "" : " " + info.into)
       << "\n";
    printValues(os, "gamma", info.gamma, all);
    if (info.hasBeta)
      printValues(os, "beta", info.beta, all);
    if (!info.hasRunning)
      continue;
    printValues(os, "running mean", info.runningMean, all);
    printValues(os, "running var", info.runningVariance, all);
  }
  if (!normalizations.empty())
    os << "\n";
  os << "parameters\n";
  for (const LayerParameters &layer : layers)
    os << llvm::formatv("  {0,-20} {1,-20} {2,10}\n", layer.name, layer.kind,
                        layer.count);
  os << llvm::formatv("  {0,-41} {1,10}\n", "total", parameters)
     << llvm::formatv("  {0,-41} {1,10}", "of normalizations (gamma, beta)",
                      normalizationParameters);
  if (parameters)
    os << llvm::format(", %.2f %%", 100.0 * double(normalizationParameters) /
                                        double(parameters));
  os << "\n";
}

void Inspection::printJson(llvm::raw_ostream &os) const {
  auto text = [](StringRef name) {
    return llvm::json::isUTF8(name) ? name.str() : llvm::json::fixUTF8(name);
  };
  llvm::json::OStream json(os);
  auto values = [&](StringRef key, ArrayRef<double> list) {
    json.attributeArray(key, [&] {
      for (double value : list)
        if (std::isfinite(value))
          json.value(value);
        else
          json.value(nullptr);
    });
  };
  json.object([&] {
    json.attribute("parameters", parameters);
    json.attribute("normalization_parameters", normalizationParameters);
    json.attributeArray("layers", [&] {
      for (const InspectedNormalization &info : normalizations)
        json.object([&] {
          json.attribute("name", text(info.name));
          json.attribute("kind", info.kind);
          json.attribute("channels", info.channels);
          json.attribute("epsilon", info.epsilon);
          json.attribute("momentum", info.momentum
                                         ? llvm::json::Value(*info.momentum)
                                         : llvm::json::Value(nullptr));
          if (info.groups)
            json.attribute("groups", *info.groups);
          values("gamma", info.gamma);
          values("beta", info.beta);
          values("running_mean", info.runningMean);
          values("running_var", info.runningVariance);
          json.attribute("status", info.status);
          json.attribute("into", text(info.into));
        });
    });
    json.attributeArray("parameters_by_layer", [&] {
      for (const LayerParameters &layer : layers)
        json.object([&] {
          json.attribute("name", text(layer.name));
          json.attribute("kind", layer.kind);
          json.attribute("parameters", layer.count);
        });
    });
  });
  os << "\n";
}
