//===- GradientCheck.cpp - Gradients against differences --------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Runtime/GradientCheck.h"
#include "CounterRandom.h"
#include "Progress.h"
#include "RowSource.h"
#include "TrainingStep.h"
#include "bn/Runtime/Bench.h"
#include "bn/Runtime/Execution.h"
#include "bn/Runtime/Runner.h"

#include <algorithm>
#include <float.h>
#include <math.h>
#include <stdio.h>

using namespace bn::runtime;

namespace {

/// What was found for one tensor.
struct TensorResult {
  const char *name;
  int64_t count;       // entries it has
  int64_t checked = 0; // entries that were compared
  int64_t redrawn = 0; // entries near a kink
  double largestNumeric = 0;
  double largestError = 0; // absolute
};

class GradientCheck {
public:
  GradientCheck(const bn_trainer &trainer, const GradientCheckOptions &options)
      : trainer(trainer), options(options) {}

  Error prepare();
  Error run();
  /// Prints the table, and returns the largest relative error.
  double report() const;

private:
  Error makeBatch();
  Error readBatch(const Normalization &normalization);
  Error computeLoss(double &loss);
  Error differentiate(int32_t index, int64_t element, double scale,
                      double first, double &slope, bool &isSmooth);
  Error checkTensor(int32_t index, Progress &progress, int64_t &done);

  const bn_trainer &trainer;
  const GradientCheckOptions &options;
  ParameterStore store;
  TrainingStep step;
  int64_t rows = 0;
  Tensor data;
  std::vector<int64_t> labels;
  double centre = 0; // the loss at the parameters as they are
  std::vector<std::vector<double>> analytic;
  double largestNumeric = 0; // of all tensors so far
  std::vector<TensorResult> results;
};

} // namespace

Error GradientCheck::readBatch(const Normalization &normalization) {
  Expected<DataSet> read = readDataSet(options.data);
  if (!read)
    return read.takeError();
  if (Error error = checkLabels(read->train, trainer.class_count))
    return error;
  if (read->train.rows() < rows)
    return Error::make("expected at least %lld rows, got %lld",
                       static_cast<long long>(rows),
                       static_cast<long long>(read->train.rows()))
        .inFile(read->train.imagesPath);
  Expected<RowSource> source = RowSource::create(trainer.gradients->inputs[0],
                                                 read->train, normalization);
  if (!source)
    return source.takeError();
  std::vector<int64_t> order(static_cast<size_t>(read->train.rows()));
  for (size_t i = 0; i < order.size(); ++i)
    order[i] = static_cast<int64_t>(i);
  // Files may be sorted by class.
  shuffle(order.data(), read->train.rows(),
          CounterRandom(options.seed, RandomUse::Shuffle, 0));
  source->copy(order.data(), rows, data.data.data(), labels.data());
  return Error::success();
}

Error GradientCheck::makeBatch() {
  const bn_model &model = *trainer.gradients;
  BatchRule rule = batchRuleOf(model);
  rows = rule.dynamic ? options.batch : rule.fixed;
  if (rows < model.minimum_batch)
    return Error::make("expected --batch of at least %lld, got %lld: %s",
                       static_cast<long long>(model.minimum_batch),
                       static_cast<long long>(rows),
                       model.minimum_batch_reason ? model.minimum_batch_reason
                                                  : "a normalization needs it");
  Expected<Tensor> tensor =
      Tensor::create(ElementType::F64, shapeForBatch(model.inputs[0], rows));
  if (!tensor)
    return tensor.takeError();
  data = std::move(*tensor);
  labels.resize(static_cast<size_t>(rows));
  if (!options.data.empty()) {
    std::string warning;
    Expected<Normalization> normalization =
        chooseNormalization(*trainer.predict, options.normalize, warning);
    if (!normalization)
      return normalization.takeError();
    return readBatch(*normalization);
  }
  fillRandom(data, static_cast<uint64_t>(options.seed));
  CounterRandom random(options.seed, RandomUse::Check, -1);
  for (size_t i = 0; i < labels.size(); ++i)
    labels[i] = random.below(static_cast<int64_t>(i), trainer.class_count);
  return Error::success();
}

Error GradientCheck::prepare() {
  if (Error error = checkRunnable(trainer))
    return error;
  if (trainer.gradients->inputs[0].element_type != BN_F64)
    return Error::make("gradients are checked in double precision: compile "
                       "with --element-type=f64");
  Expected<SourceModel> source =
      SourceModel::parse({static_cast<const char *>(trainer.source),
                          static_cast<size_t>(trainer.source_bytes)});
  if (!source)
    return source.takeError();
  if (Error error = checkSource(trainer, *source))
    return error;
  Expected<ParameterStore> created = ParameterStore::create(trainer);
  if (!created)
    return created.takeError();
  store = std::move(*created);
  store.readFrom(*source);
  if (options.init == "random")
    store.initialize(options.seed);
  if (Error error = makeBatch())
    return error;
  Expected<TrainingStep> made = TrainingStep::create(
      trainer, store, rows, /*testBatch=*/1, options.threads);
  if (!made)
    return made.takeError();
  step = std::move(*made);
  return Error::success();
}

Error GradientCheck::computeLoss(double &loss) {
  Error error = step.computeGradients(data.data.data(), labels.data(), rows,
                                      options.seed, /*step=*/1);
  loss = step.loss();
  return error;
}

/// Central differences with two distances, h and 2h, put together so that the
/// term in h^2 cancels. `isSmooth` says that they agree, at `first` or one of
/// some smaller h: a kink makes the differences from the right and from the
/// left of h and 2h disagree in another way than a curve does. `scale` is the
/// size of the tensor's slopes.
Error GradientCheck::differentiate(int32_t index, int64_t element, double scale,
                                   double first, double &slope,
                                   bool &isSmooth) {
  double x = store.value(index, element);
  isSmooth = false;
  for (double h = first; h > 5e-7 && !isSmooth; h *= 0.1) {
    double distance = h * fmax(1, fabs(x));
    double loss[5] = {0, 0, centre, 0, 0};
    for (int i : {0, 1, 3, 4}) {
      store.setValue(index, element, x + (i - 2) * distance);
      Error error = computeLoss(loss[i]);
      store.setValue(index, element, x);
      if (error)
        return error;
    }
    double narrow = (loss[3] - loss[1]) / (2 * distance);
    double wide = (loss[4] - loss[0]) / (4 * distance);
    double narrowBend = (loss[3] - 2 * centre + loss[1]) / distance;
    double wideBend = (loss[4] - 2 * centre + loss[0]) / (2 * distance);
    double noise = 16 * DBL_EPSILON * fmax(fabs(centre), DBL_MIN) / distance;
    double tolerance = 1e-6 * fmax(scale, fabs(narrow)) + noise;
    isSmooth = fabs(wideBend - 2 * narrowBend) <= tolerance &&
               fabs(wide - narrow) <= tolerance;
    slope = (4 * narrow - wide) / 3;
  }
  return Error::success();
}

Error GradientCheck::checkTensor(int32_t index, Progress &progress,
                                 int64_t &done) {
  TensorResult result = {trainer.parameters[index].tensor.name,
                         store.elementCount(index)};
  std::vector<int64_t> order(static_cast<size_t>(result.count));
  for (int64_t k = 0; k < result.count; ++k)
    order[static_cast<size_t>(k)] = k;
  int64_t wanted =
      options.samples ? std::min(options.samples, result.count) : result.count;
  if (wanted < result.count)
    shuffle(order.data(), result.count,
            CounterRandom(options.seed, RandomUse::Check, index));
  for (int64_t element : order) {
    if (result.checked == wanted)
      break;
    double scale = fmax(result.largestNumeric, 1e-6 * largestNumeric);
    double own =
        analytic[static_cast<size_t>(index)][static_cast<size_t>(element)];
    // What hardly changes the loss is mostly noise, the less the larger h is.
    double first = fabs(own) <= 1e-6 * largestNumeric ? 1e-2 : 1e-3;
    double slope = 0;
    bool isSmooth = false;
    if (Error error =
            differentiate(index, element, scale, first, slope, isSmooth))
      return error;
    if (!isSmooth) {
      ++result.redrawn;
      continue;
    }
    ++result.checked;
    progress.update(++done);
    result.largestNumeric = fmax(result.largestNumeric, fabs(slope));
    largestNumeric = fmax(largestNumeric, fabs(slope));
    // A NaN must not look like no error.
    double error = fabs(own - slope);
    if (!(error <= result.largestError))
      result.largestError = error;
  }
  results.push_back(result);
  return Error::success();
}

Error GradientCheck::run() {
  if (Error error = computeLoss(centre))
    return error;
  if (!isfinite(centre))
    return Error::make("the loss is not finite");
  int64_t total = 0, done = 0;
  for (int32_t i = 0; i < trainer.trained_count; ++i) {
    std::vector<double> values;
    for (int64_t k = 0, e = store.elementCount(i); k < e; ++k)
      values.push_back(store.gradientValue(i, k));
    total += options.samples
                 ? std::min<int64_t>(options.samples,
                                     static_cast<int64_t>(values.size()))
                 : static_cast<int64_t>(values.size());
    analytic.push_back(std::move(values));
  }
  Progress progress(std::max<int64_t>(total, 1), /*wanted=*/true);
  for (int32_t i = 0; i < trainer.trained_count; ++i)
    if (Error error = checkTensor(i, progress, done))
      return error;
  return Error::success();
}

double GradientCheck::report() const {
  printf("%-28s %9s %9s %9s %10s %10s\n", "tensor", "entries", "checked",
         "redrawn", "largest", "error");
  double worst = 0;
  const char *culprit = "";
  for (const TensorResult &result : results) {
    double scale = result.largestNumeric + 1e-6 * largestNumeric;
    double error = result.largestError == 0 ? 0 : result.largestError / scale;
    // Nothing compared is nothing shown.
    if (result.checked == 0)
      error = INFINITY;
    printf("%-28s %9lld %9lld %9lld %10.3g %10.3g\n", result.name,
           static_cast<long long>(result.count),
           static_cast<long long>(result.checked),
           static_cast<long long>(result.redrawn), result.largestNumeric,
           error);
    if (!(error <= worst)) {
      worst = error;
      culprit = result.name;
    }
  }
  printf("largest relative error: %.3g%s%s\n", worst, *culprit ? ", of " : "",
         culprit);
  return worst;
}

void bn::runtime::addGradientCheckOptions(std::vector<Option> &table,
                                          GradientCheckOptions &options) {
  constexpr int64_t mostThreads = 1024, most = int64_t(1) << 40;
  const Option rows[] = {
      textOption("--data", "DIR", "data set (default: random data)",
                 options.data),
      integerOption("--batch", "N", "rows (8)", options.batch, 1, most),
      integerOption("--samples", "N",
                    "entries to compare of each tensor (200); 0: all",
                    options.samples, 0, most),
      realOption("--tolerance", "X", "largest relative error (1e-4)",
                 options.tolerance, 0),
      integerOption("--seed", "N", "of random data and entries (0)",
                    options.seed, 0, INT64_MAX),
      textOption("--init", "file|random",
                 "check at the model's weights (file) or at new ones",
                 options.init),
      textOption("--normalize", "MEAN,STD",
                 "for byte input, after division by 255 (default: the model's)",
                 options.normalize),
      integerOption("--threads", "N", "threads to use (default: all)",
                    options.threads, 1, mostThreads)};
  table.insert(table.end(), rows, rows + sizeof rows / sizeof *rows);
}

Error bn::runtime::checkUsage(const GradientCheckOptions &options) {
  if (options.init != "file" && options.init != "random")
    return Error::make("--init: expected file or random, got '%s'",
                       options.init.c_str());
  if (options.normalize.empty())
    return Error::success();
  Expected<Normalization> parsed = parseNormalization(options.normalize);
  return parsed ? Error::success() : parsed.takeError();
}

int bn::runtime::runGradientCheck(const bn_trainer &trainer,
                                  const GradientCheckOptions &options,
                                  const char *program) {
  GradientCheck check(trainer, options);
  Error error = check.prepare();
  if (!error)
    error = check.run();
  if (error) {
    printError(program, error);
    return ExitFailed;
  }
  return check.report() <= options.tolerance ? ExitDone : ExitFailed;
}
