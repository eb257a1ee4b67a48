//===- Study.cpp - bn-run study -------------------------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Commands.h"
#include "ModelOptions.h"
#include "bn/Study/Studies.h"

#include "llvm/ADT/StringMap.h"

#include <cstdio>
#include <unistd.h>

using namespace mlir::bn;
namespace runtime = ::bn::runtime;

namespace {

/// Trainers of the networks that are needed, each compiled once.
class Trainers {
public:
  Trainers(const CompileOptions &options, const DataShape &data)
      : options(options), data(data) {}

  /// Null after an error, which has been printed.
  const bn_trainer *get(const StudyVariant &variant);

private:
  CompileOptions options;
  DataShape data;
  CompilerSession session;
  llvm::StringMap<std::unique_ptr<LoadedTrainer>> compiled;
};

} // namespace

const bn_trainer *Trainers::get(const StudyVariant &variant) {
  const std::string &name = variant.run.network;
  std::unique_ptr<LoadedTrainer> &trainer = compiled[name];
  if (!trainer) {
    // It takes some seconds.
    bool isWatched = isatty(STDERR_FILENO);
    if (isWatched)
      std::fprintf(stderr, "Compiling %s\033[K", name.c_str());
    std::string bytes = buildNetwork(variant.network, data);
    auto loaded = session.loadTrainer(
        llvm::MemoryBufferRef(bytes, name + ".onnx"), options);
    if (isWatched)
      std::fputs("\r\033[K", stderr);
    if (failed(loaded))
      return nullptr;
    trainer = std::move(*loaded);
  }
  return &trainer->getTrainer();
}

static int fail(const runtime::Error &error) {
  runtime::printError(programName, error);
  return runtime::ExitFailed;
}

/// Trains all variants, until the user wants no more, and shows them.
static int runVariants(Study &study, Trainers &trainers) {
  std::vector<runtime::StudyResult> results;
  for (StudyVariant &variant : study.variants) {
    variant.run.trainer = trainers.get(variant);
    if (!variant.run.trainer)
      return runtime::ExitFailed;
    runtime::Expected<runtime::StudyResult> result =
        runtime::runStudy(study.options, variant.run, programName);
    if (!result)
      return fail(result.takeError());
    results.push_back(std::move(*result));
    if (results.back().isStopped)
      break;
  }
  runtime::printStudy(study.options, results);
  if (runtime::Error error = runtime::writeStudy(study.options, results))
    return fail(error);
  return runtime::ExitDone;
}

static int runStudy(const StudyChoices &choices, const std::string &directory,
                    const CompileOptions &options) {
  runtime::Expected<runtime::DataSet> data =
      runtime::readDataSet(choices.train.data);
  if (!data)
    return fail(data.takeError());
  runtime::Expected<DataShape> shape = getDataShape(*data);
  if (!shape)
    return fail(shape.takeError());
  runtime::Expected<Study> study = makeStudy(choices, data->train.rows());
  if (!study)
    return fail(study.takeError());
  *data = {};
  study->options.directory = directory;
  std::vector<runtime::StudyRun> runs;
  for (const StudyVariant &variant : study->variants)
    runs.push_back(variant.run);
  if (runtime::Error error = runtime::prepareStudy(study->options, runs))
    return fail(error);
  for (const std::string &remark : study->remarks)
    std::printf("%s\n", remark.c_str());
  std::fflush(stdout);
  Trainers trainers(options, *shape);
  return runVariants(*study, trainers);
}

static std::string describe() {
  return "Trains variants of BN-LeNet, sized for the data, from new weights, "
         "and writes into\nthe directory of -o: NAME.svg, the curves side by "
         "side, NAME.jsonl, a line for each\nepoch, and the trained models. "
         "NAME is one of\n\n" +
         describeStudies();
}

int mlir::bn::studyCommand(int argc, char **argv) {
  StudyChoices choices;
  std::string directory;
  constexpr int64_t most = int64_t(1) << 40;
  runtime::TrainOptions &train = choices.train;
  train.epochs = train.batch = 0;
  train.rate = -1;
  train.normalize = "0.5,0.5";
  std::vector<runtime::Option> table = {
      runtime::textOption("--data", "DIR", "images, as for bn-run train",
                          train.data),
      runtime::textOption("-o", "DIR", "where results go", directory),
      runtime::textOption("--values", "X,Y,...",
                          "of the number that is varied (the study's)",
                          choices.values),
      runtime::textOption("--only", "TEXT",
                          "runs whose names contain this text (all)",
                          choices.only),
      runtime::textOption("--activation", "sigmoid|relu",
                          "of the networks (relu; both where it matters)",
                          choices.activation),
      runtime::integerOption("--epochs", "N",
                             "passes over the data (the study's)", train.epochs,
                             1, most),
      runtime::integerOption("--batch", "N", "rows of a step (128)",
                             train.batch, 1, most),
      runtime::realOption("--lr", "X", "learning rate (0.1)", train.rate, 0),
      runtime::realOption("--init-scale", "X", "multiply the first weights (1)",
                          train.initScale, 0),
      runtime::textOption("--normalize", "MEAN,STD",
                          "for byte input, after division by 255 (0.5,0.5)",
                          train.normalize)};
  runtime::addStepOptions(table, train);
  ModelOptions model;
  model.addTrainingTo(table);
  model.addCommonTo(table);
  std::vector<std::string> operands;
  if (auto status = model.parseWithoutModel(
          argc, argv, "bn-run study NAME --data DIR -o DIR [options]",
          describe(), table, operands))
    return *status;
  if (operands.size() != 1)
    return failUsage("expected the NAME of one study; see --help");
  choices.name = operands.front();
  if (runtime::Error error = checkUsage(choices))
    return failUsage(error.message());
  if (runtime::Error error = runtime::checkUsage(train))
    return failUsage(error.message());
  if (directory.empty())
    return failUsage("expected -o DIR; see --help");
  const CompileOptions &options = model.getCompileOptions();
  if (options.training.optimizer != Optimizer::Sgd && train.momentum != 0)
    return failUsage("--momentum is for gradient descent");
  return runStudy(choices, directory, options);
}
