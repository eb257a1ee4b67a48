//===- Runner.cpp - A run from options to results ---------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Runtime/Runner.h"
#include "Classes.h"
#include "FileName.h"
#include "Mistakes.h"
#include "ModelInfo.h"
#include "RunReport.h"
#include "bn/Runtime/Execution.h"
#include "bn/Runtime/Preprocess.h"
#include "bn/Runtime/Readers.h"
#include "bn/Runtime/Writers.h"

#include <stdio.h>

using namespace bn::runtime;

Error bn::runtime::checkUsage(const RunOptions &options) {
  if (!options.output.empty() && !hasEnding(options.output, ".npy") &&
      !hasEnding(options.output, ".npz"))
    return Error::make("-o: expected a file that ends in .npy or .npz, got "
                       "'%s'",
                       options.output.c_str());
  if (options.target != "cpu" && options.target != "cuda")
    return Error::make("--target: expected cpu or cuda, got '%s'",
                       options.target.c_str());
  for (const std::string &named : options.namedInputs)
    if (named.find('=') == std::string::npos)
      return Error::make("--input: expected NAME=FILE, got '%s'",
                         named.c_str());
  if (!options.normalize.empty()) {
    Expected<Normalization> parsed = parseNormalization(options.normalize);
    if (!parsed)
      return parsed.takeError();
  }
  if (!options.mistakes.empty() && options.labels.empty())
    return Error::make("--mistakes needs --labels");
  if (!options.mistakes.empty() && !hasEnding(options.mistakes, ".png"))
    return Error::make("--mistakes: expected a file that ends in .png, got "
                       "'%s'",
                       options.mistakes.c_str());
  bool hasData = !options.data.empty() || !options.namedInputs.empty();
  bool needsData = !options.output.empty() || !options.expect.empty() ||
                   !options.labels.empty() || options.top > 0;
  if (!hasData && (needsData || !options.info))
    return Error::make("no input; see --help");
  return Error::success();
}

/// Compares `expected` with the outputs, by name if all are named as outputs,
/// else in order.
static Error compareAll(const std::vector<Tensor> &expected,
                        const RunOptions &options, RunReport &report) {
  std::vector<const Tensor *> partners;
  bool allNamed = true;
  for (const Tensor &want : expected) {
    const Tensor *partner = nullptr;
    for (const Tensor &output : report.outputs)
      if (output.name == want.name)
        partner = &output;
    allNamed &= partner != nullptr;
    partners.push_back(partner);
  }
  if (!allNamed && expected.size() != report.outputs.size())
    return Error::make("expected %zu arrays, one for each output, or arrays "
                       "named as outputs; got %zu",
                       report.outputs.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    const Tensor &got = allNamed ? *partners[i] : report.outputs[i];
    report.comparisons.push_back(
        {got.name,
         compareTensors(got, expected[i], options.rtol, options.atol)});
  }
  return Error::success();
}

/// Scores have a row per row of the input, and as many columns as classes.
static Error checkScores(const RunReport &report) {
  if (report.outputs.empty() || report.outputs[0].shape.empty() ||
      report.outputs[0].shape[0] != report.rows ||
      report.outputs[0].elementCount() == 0)
    return Error::make("the first output holds no classes for %lld rows",
                       static_cast<long long>(report.rows));
  return Error::success();
}

static Error score(const RunOptions &options, const RunData &data,
                   const std::vector<int64_t> &labels, RunReport &report) {
  const Tensor &scores = report.outputs[0];
  if (static_cast<int64_t>(labels.size()) != report.rows)
    return Error::make("expected %lld labels, got %zu",
                       static_cast<long long>(report.rows), labels.size())
        .inFile(options.labels);
  int64_t classes = scores.elementCount() / report.rows;
  for (size_t i = 0; i < labels.size(); ++i)
    if (labels[i] >= classes)
      return Error::make("label %zu is %lld, the model has %lld classes", i,
                         static_cast<long long>(labels[i]),
                         static_cast<long long>(classes))
          .inFile(options.labels);
  std::vector<int64_t> predicted = predictClasses(scores);
  report.hits = 0;
  for (size_t i = 0; i < labels.size(); ++i)
    report.hits += predicted[i] == labels[i];
  if (options.mistakes.empty())
    return Error::success();
  return drawMistakes(options.mistakes, data.inputs[0], labels, predicted);
}

static Error checkOutputs(const bn_model &model, const RunOptions &options) {
  if (options.output.empty())
    return Error::success();
  if (model.output_count != 1 && hasEnding(options.output, ".npy"))
    return Error::make("the model has %d outputs; give -o an .npz file",
                       model.output_count);
  return checkWritable(options.output);
}

static Error writeOutputs(const RunOptions &options,
                          const std::vector<Tensor> &outputs) {
  if (options.output.empty())
    return Error::success();
  if (hasEnding(options.output, ".npy"))
    return writeNpy(options.output, outputs[0]);
  return writeNpz(options.output, outputs);
}

/// What goes wrong is found before the model runs, as far as possible.
static Expected<int> runData(const bn_model &model, const RunOptions &options) {
  if (Error error = checkOutputs(model, options))
    return error;
  if (!options.mistakes.empty())
    if (Error error = checkWritable(options.mistakes))
      return error;
  Expected<RunData> data = loadRunData(model, options);
  if (!data)
    return data.takeError();
  if (!options.expect.empty()) {
    Expected<std::vector<Tensor>> expected =
        isDirectory(options.expect)
            ? readTestDirectory(options.expect, "output")
            : readTensorFile(options.expect);
    if (!expected)
      return expected.takeError();
    if (expected->empty())
      return Error::make("nothing to compare with").inFile(options.expect);
    data->expected = std::move(*expected);
  }
  std::vector<int64_t> labels;
  if (!options.labels.empty()) {
    Expected<std::vector<int64_t>> read = readLabels(options.labels);
    if (!read)
      return read.takeError();
    labels = std::move(*read);
  }
  Expected<int64_t> rows = countRows(model, data->inputs);
  if (!rows)
    return rows.takeError();
  Expected<std::vector<Tensor>> outputs =
      execute(model, data->inputs, options.threads, /*showProgress=*/true);
  if (!outputs)
    return outputs.takeError();

  RunReport report = {*outputs, *rows, options.top, {}, -1};
  if (Error error = writeOutputs(options, *outputs))
    return error;
  if (!data->expected.empty())
    if (Error error = compareAll(data->expected, options, report))
      return std::move(error).inFile(options.expect);
  if (options.top || !options.labels.empty())
    if (Error error = checkScores(report))
      return error;
  if (!options.labels.empty())
    if (Error error = score(options, *data, labels, report))
      return error;
  if (options.json)
    printf("{%s%s%s}\n", options.info ? modelInfoJson(model).c_str() : "",
           options.info ? "," : "", reportJson(report).c_str());
  else
    printReport(report, options.output.empty());
  return allEqual(report) ? ExitDone : ExitFailed;
}

int bn::runtime::runModel(const bn_model &model, const RunOptions &options,
                          const char *program) {
  if (options.target != "cpu") {
    printError(program,
               Error::make("--target=cuda is not supported by this version"));
    return ExitFailed;
  }
  bool hasData = !options.data.empty() || !options.namedInputs.empty();
  if (options.info && !options.json)
    printModelInfo(model);
  else if (options.info && !hasData)
    printf("{%s}\n", modelInfoJson(model).c_str());
  if (!hasData)
    return ExitDone;
  Error runnable = checkRunnable(model);
  if (runnable) {
    printError(program, runnable);
    return ExitFailed;
  }
  Expected<int> status = runData(model, options);
  if (status)
    return *status;
  printError(program, status.takeError());
  return ExitFailed;
}
