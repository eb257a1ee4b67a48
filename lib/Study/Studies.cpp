//===- Studies.cpp - What the studies compare -----------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Study/Studies.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"

#include <cmath>

using namespace llvm;
using namespace mlir::bn;
namespace runtime = ::bn::runtime;

namespace {

class StudyBuilder;

/// The number that a study varies, if it does.
struct Factor {
  StringLiteral name = "";
  StringLiteral word = "";   // in the names of runs
  StringLiteral option = ""; // that sets it in other studies
  ArrayRef<double> values = {};
};

/// One of the studies.
struct StudyKind {
  StringLiteral name, title, summary;
  int64_t epochs;
  /// Of the networks, where the user chooses none.
  ArrayRef<Activation> activations;
  Factor factor;
  void (*addVariants)(StudyBuilder &);
};

constexpr Activation kRelu[] = {Activation::Relu};
constexpr Activation kBoth[] = {Activation::Relu, Activation::Sigmoid};
constexpr double kRates[] = {0.01, 0.03, 0.1, 0.3, 1, 3};
constexpr double kBatches[] = {2, 4, 8, 16, 32, 64, 128, 256, 512};
constexpr double kScales[] = {0.1, 0.3, 1, 3, 10};
constexpr double kDropouts[] = {0, 0.5};

/// Collects the variants of a study.
class StudyBuilder {
public:
  StudyBuilder(const StudyKind &kind, const StudyChoices &choices,
               ArrayRef<Activation> activations, ArrayRef<double> values,
               int64_t rows)
      : kind(kind), choices(choices), activations(activations), values(values),
        rows(rows) {}

  Study build();

  // What the studies are made of.
  void addWithAndWithout();
  void addPositions();
  void addNormalizations();
  void addDropouts();
  /// All values with and without batch norm, which `set` puts into the run.
  void addValues(function_ref<void(runtime::StudyRun &, double)> set);
  void addBatchSizes();

private:
  runtime::StudyRun &add(std::string group, std::string curve,
                         const NetworkOptions &network);
  /// Of the panels of an activation, if there are several.
  std::string getGroup(Activation activation) const;
  std::string getTitle() const;
  runtime::TrainOptions getTraining() const;

  const StudyKind &kind;
  const StudyChoices &choices;
  ArrayRef<Activation> activations;
  ArrayRef<double> values;
  int64_t rows;
  Study study;
};

} // namespace

static StringRef getWord(Activation activation) {
  return activation == Activation::Relu ? "ReLU" : "sigmoid";
}

static StringRef getWord(Normalization normalization) {
  switch (normalization) {
  case Normalization::None:
    return "no normalization";
  case Normalization::Batch:
    return "batch norm";
  case Normalization::Layer:
    return "layer norm";
  case Normalization::Instance:
    return "instance norm";
  case Normalization::Group:
    return "group norm";
  }
  llvm_unreachable("all normalizations are named");
}

static NetworkOptions makeNetwork(Activation activation, bool hasBatchNorm) {
  NetworkOptions network;
  network.activation = activation;
  if (!hasBatchNorm)
    network.normalization = Normalization::None;
  return network;
}

static std::string getWithWord(bool hasBatchNorm) {
  return hasBatchNorm ? "with BN" : "without BN";
}

static void addRates(StudyBuilder &builder) {
  builder.addValues(
      [](runtime::StudyRun &run, double value) { run.options.rate = value; });
}

static void addScales(StudyBuilder &builder) {
  builder.addValues([](runtime::StudyRun &run, double value) {
    run.options.initScale = value;
  });
}

static const StudyKind kStudies[] = {
    {"with-without", "With and without batch norm",
     "the network with and without batch norm", 40, kBoth, Factor(),
     [](StudyBuilder &builder) { builder.addWithAndWithout(); }},
    {"position", "Batch norm before or after the activation",
     "batch norm before or after the activation", 20, kBoth, Factor(),
     [](StudyBuilder &builder) { builder.addPositions(); }},
    {"batch-size", "Batch size",
     "batch sizes 2 to 512, and the spread of the batches' statistics", 15,
     kRelu, Factor{"batch size", "batch", "--batch", kBatches},
     [](StudyBuilder &builder) { builder.addBatchSizes(); }},
    {"norms", "Normalizations", "batch, layer, instance and group norm", 20,
     kRelu, Factor(),
     [](StudyBuilder &builder) { builder.addNormalizations(); }},
    {"learning-rate", "Learning rate", "learning rates 0.01 to 3", 20, kRelu,
     Factor{"learning rate", "rate", "--lr", kRates}, addRates},
    {"init", "Scale of the initial weights", "initial weights times 0.1 to 10",
     20, kRelu,
     Factor{"scale of the initial weights", "scale", "--init-scale", kScales},
     addScales},
    {"dropout", "Dropout", "dropout 0 and 0.5", 30, kRelu,
     Factor{"", "dropout", "", kDropouts},
     [](StudyBuilder &builder) { builder.addDropouts(); }},
};

runtime::StudyRun &StudyBuilder::add(std::string group, std::string curve,
                                     const NetworkOptions &network) {
  runtime::StudyRun run;
  run.name = group.empty() ? curve : group + ", " + curve;
  run.group = std::move(group);
  run.curve = std::move(curve);
  run.network = getNetworkName(network);
  run.options = getTraining();
  study.variants.push_back({std::move(run), network});
  return study.variants.back().run;
}

runtime::TrainOptions StudyBuilder::getTraining() const {
  runtime::TrainOptions options = choices.train;
  runtime::TrainOptions standard;
  options.init = "random";
  if (options.epochs == 0)
    options.epochs = kind.epochs;
  if (options.batch == 0)
    options.batch = standard.batch;
  if (options.rate < 0)
    options.rate = standard.rate;
  return options;
}

std::string StudyBuilder::getGroup(Activation activation) const {
  return activations.size() > 1 ? getWord(activation).str() : "";
}

void StudyBuilder::addWithAndWithout() {
  for (Activation activation : activations)
    for (bool hasBatchNorm : {true, false})
      add(getGroup(activation), getWithWord(hasBatchNorm),
          makeNetwork(activation, hasBatchNorm));
}

void StudyBuilder::addPositions() {
  for (Activation activation : activations) {
    NetworkOptions network = makeNetwork(activation, true);
    std::string group = getGroup(activation);
    add(group, "BN before", network);
    network.normalizesLast = true;
    add(group, "BN after", network);
    add(group, "without BN", makeNetwork(activation, false));
  }
}

void StudyBuilder::addNormalizations() {
  for (Activation activation : activations) {
    NetworkOptions network = makeNetwork(activation, true);
    for (Normalization normalization :
         {Normalization::Batch, Normalization::Layer, Normalization::Instance,
          Normalization::Group, Normalization::None}) {
      network.normalization = normalization;
      add(getGroup(activation), getWord(normalization).str(), network);
    }
  }
}

void StudyBuilder::addDropouts() {
  for (bool hasBatchNorm : {true, false})
    for (double value : values) {
      NetworkOptions network = makeNetwork(activations.front(), hasBatchNorm);
      network.dropout = value;
      add("", getWithWord(hasBatchNorm) + ", dropout " + formatShort(value),
          network);
    }
}

void StudyBuilder::addValues(
    function_ref<void(runtime::StudyRun &, double)> set) {
  for (bool hasBatchNorm : {true, false})
    for (double value : values) {
      runtime::StudyRun &run =
          add(getWithWord(hasBatchNorm),
              kind.factor.word.str() + " " + formatShort(value),
              makeNetwork(activations.front(), hasBatchNorm));
      run.factor = value;
      set(run, value);
    }
}

void StudyBuilder::addBatchSizes() {
  study.options.measuresSpread = true;
  SmallVector<double> possible;
  for (double value : values) {
    if (value <= static_cast<double>(rows))
      possible.push_back(value);
    else
      study.remarks.push_back("batch " + formatShort(value) +
                              " is left out: there are " +
                              std::to_string(rows) + " training rows");
  }
  values = possible;
  addValues([](runtime::StudyRun &run, double value) {
    run.options.batch = static_cast<int64_t>(value);
    // All batches of a run are of one size.
    run.options.dropLast = true;
    // Rows are computed in blocks: one leaves nothing to a second thread.
    constexpr double block = 16;
    if (run.options.threads == 0 && value <= block)
      run.options.threads = 1;
  });
}

/// What all runs have in common stands in the picture's title.
std::string StudyBuilder::getTitle() const {
  runtime::TrainOptions training = getTraining();
  SmallVector<std::string> common;
  if (activations.size() == 1)
    common.push_back(getWord(activations.front()).str());
  if (kind.factor.option != "--lr")
    common.push_back("learning rate " + formatShort(training.rate));
  if (kind.factor.option != "--batch")
    common.push_back("batch " + std::to_string(training.batch));
  common.push_back("seed " + std::to_string(training.seed));
  return kind.title.str() + " (" + join(common, ", ") + ")";
}

Study StudyBuilder::build() {
  study.options.name = kind.name;
  study.options.title = getTitle();
  study.options.factor = kind.factor.name;
  kind.addVariants(*this);
  return std::move(study);
}

std::string mlir::bn::describeStudies() {
  std::string text;
  for (const StudyKind &kind : kStudies)
    text += ("  " + kind.name + std::string(15 - kind.name.size(), ' ') +
             kind.summary + " (" + Twine(kind.epochs) + " epochs)\n")
                .str();
  return text;
}

static runtime::Expected<const StudyKind *> findStudy(StringRef name) {
  for (const StudyKind &kind : kStudies)
    if (kind.name == name)
      return &kind;
  std::string names =
      join(map_range(kStudies, [](const StudyKind &kind) { return kind.name; }),
           ", ");
  return runtime::Error::make("unknown study '%s'; expected one of %s",
                              name.str().c_str(), names.c_str());
}

static runtime::Error parseValues(const StudyKind &kind, StringRef text,
                                  SmallVectorImpl<double> &values) {
  if (text.empty()) {
    values.assign(kind.factor.values.begin(), kind.factor.values.end());
    return runtime::Error::success();
  }
  if (kind.factor.values.empty())
    return runtime::Error::make("--values: the study '%s' varies no number",
                                kind.name.data());
  bool isDropout = kind.factor.word == "dropout",
       isBatch = kind.factor.word == "batch";
  for (StringRef part : split(text, ',')) {
    double value;
    bool isRight = !part.trim().getAsDouble(value) && std::isfinite(value) &&
                   (isDropout ? value >= 0 && value < 1 : value > 0) &&
                   (!isBatch || (value == std::floor(value) && value < 1e9));
    if (!isRight)
      return runtime::Error::make("--values: expected %s, got '%s'",
                                  isDropout ? "numbers from 0 to below 1"
                                  : isBatch ? "whole numbers of at least 1"
                                            : "numbers above 0",
                                  part.str().c_str());
    values.push_back(value);
  }
  return runtime::Error::success();
}

static runtime::Error parseActivations(const StudyKind &kind, StringRef text,
                                       ArrayRef<Activation> &activations) {
  static constexpr Activation sigmoid[] = {Activation::Sigmoid};
  activations = text.empty()     ? kind.activations
                : text == "relu" ? ArrayRef(kRelu)
                                 : ArrayRef(sigmoid);
  if (text.empty() || text == "relu" || text == "sigmoid")
    return runtime::Error::success();
  return runtime::Error::make("--activation: expected sigmoid or relu, got "
                              "'%s'",
                              text.str().c_str());
}

/// An option for the very number that the study varies says nothing.
static runtime::Error checkFactor(const StudyKind &kind,
                                  const runtime::TrainOptions &train) {
  bool isGiven = (kind.factor.option == "--batch" && train.batch != 0) ||
                 (kind.factor.option == "--lr" && train.rate >= 0) ||
                 (kind.factor.option == "--init-scale" && train.initScale != 1);
  if (!isGiven)
    return runtime::Error::success();
  return runtime::Error::make("%s: the study '%s' varies it; use --values",
                              kind.factor.option.data(), kind.name.data());
}

static runtime::Expected<Study> selectRuns(Study study, StringRef only) {
  SmallVector<std::string> names;
  for (const StudyVariant &variant : study.variants)
    names.push_back("'" + variant.run.name + "'");
  erase_if(study.variants, [&](const StudyVariant &variant) {
    return !StringRef(variant.run.name).contains(only);
  });
  if (!study.variants.empty() || names.empty())
    return study;
  return runtime::Error::make("--only: expected a part of %s; got '%s'",
                              join(names, ", ").c_str(), only.str().c_str());
}

runtime::Expected<Study> mlir::bn::makeStudy(const StudyChoices &choices,
                                             int64_t rows) {
  runtime::Expected<const StudyKind *> kind = findStudy(choices.name);
  if (!kind)
    return kind.takeError();
  SmallVector<double> values;
  if (runtime::Error error = parseValues(**kind, choices.values, values))
    return error;
  ArrayRef<Activation> activations;
  if (runtime::Error error =
          parseActivations(**kind, choices.activation, activations))
    return error;
  if (runtime::Error error = checkFactor(**kind, choices.train))
    return error;
  Study study =
      StudyBuilder(**kind, choices, activations, values, rows).build();
  return selectRuns(std::move(study), choices.only);
}

runtime::Error mlir::bn::checkUsage(const StudyChoices &choices) {
  runtime::Expected<Study> study = makeStudy(choices, /*rows=*/INT64_MAX);
  return study ? runtime::Error::success() : study.takeError();
}
