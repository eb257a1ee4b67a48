//===- TrainingPreparation.cpp - What comes before the first step -*- C++
//-*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CounterRandom.h"
#include "TrainingRun.h"
#include "bn/Runtime/Execution.h"
#include "bn/Runtime/Writers.h"

#include <algorithm>

using namespace bn::runtime;

Error TrainingRun::checkOutputs() {
  for (const std::string &path :
       {options.log, options.plot, options.save, options.checkpoint})
    if (!path.empty())
      if (Error error = checkWritable(path))
        return error;
  return Error::success();
}

Error TrainingRun::readSource() {
  Expected<SourceModel> parsed =
      SourceModel::parse({static_cast<const char *>(trainer.source),
                          static_cast<size_t>(trainer.source_bytes)});
  if (!parsed)
    return parsed.takeError();
  source = std::move(*parsed);
  return checkSource(trainer, source);
}

Error TrainingRun::readData() {
  std::string warning;
  Expected<Normalization> chosen =
      chooseNormalization(*trainer.predict, options.normalize, warning);
  if (!chosen)
    return chosen.takeError();
  normalization = std::move(*chosen);
  Expected<DataSet> read = readDataSet(options.data);
  if (!read)
    return read.takeError();
  data = std::move(*read);
  for (LabeledData *part : {&data.train, &data.test}) {
    if (part->rows() == 0)
      continue;
    if (Error error = checkLabels(*part, trainer.class_count))
      return error;
    Expected<RowSource> rows =
        RowSource::create(trainer.gradients->inputs[0], *part, normalization);
    if (!rows)
      return rows.takeError();
    (part == &data.train ? trainRows : testRows) = std::move(*rows);
  }
  if (!data.train.images.isPixels && !options.normalize.empty())
    warning = "--normalize has no effect: it is for bytes, .npy files are "
              "taken as they are";
  else if (!data.train.images.isPixels)
    warning.clear();
  if (!warning.empty() && !options.quiet)
    printWarning(trainer.predict->name, warning);
  return Error::success();
}

/// Why an epoch cannot be cut into batches this way.
static Error checkBatches(const bn_model &model, int64_t rows, int64_t batch,
                          bool dropLast) {
  auto number = [](int64_t value) { return static_cast<long long>(value); };
  BatchRule rule = batchRuleOf(model);
  int64_t last = rows % batch;
  if (!rule.dynamic && (batch != rule.fixed || (last != 0 && !dropLast)))
    return Error::make("the model takes batches of %lld rows only; use --batch "
                       "%lld --drop-last",
                       number(rule.fixed), number(rule.fixed));
  if (dropLast && rows < batch)
    return Error::make("--drop-last leaves no batch: %lld rows, --batch %lld",
                       number(rows), number(batch));
  const char *reason = model.minimum_batch_reason
                           ? model.minimum_batch_reason
                           : "a normalization needs more";
  int64_t first = std::min(rows, batch);
  if (first < model.minimum_batch)
    return Error::make("expected a batch of at least %lld rows, got %lld: %s; "
                       "use a larger --batch",
                       number(model.minimum_batch), number(first), reason);
  if (last != 0 && last < model.minimum_batch && !dropLast)
    return Error::make("the last batch of an epoch has %lld of %lld rows: %s; "
                       "use --drop-last or another --batch",
                       number(last), number(batch), reason);
  return Error::success();
}

Error TrainingRun::chooseBatches() {
  int64_t rows = data.train.rows();
  if (Error error = checkBatches(*trainer.gradients, rows, options.batch,
                                 options.dropLast))
    return error;
  trainBatch = std::min(options.batch, rows);
  // Predictions do not depend on the batch: one that keeps all threads busy.
  constexpr int64_t fewest = 256, most = 1024;
  BatchRule rule = batchRuleOf(*trainer.predict);
  testBatchIsFixed = !rule.dynamic;
  testBatch = testBatchIsFixed
                  ? rule.fixed
                  : std::clamp<int64_t>(options.batch, fewest, most);
  if (!testBatchIsFixed)
    testBatch = std::clamp<int64_t>(data.test.rows(), 1, testBatch);
  return Error::success();
}

Error TrainingRun::makeParameters() {
  Expected<ParameterStore> created = ParameterStore::create(trainer);
  if (!created)
    return created.takeError();
  store = std::move(*created);
  store.readFrom(source);
  if (options.init == "random")
    store.initialize(options.seed);
  if (options.initScale != 1)
    store.scaleWeights(options.initScale);
  setup = {options.seed, options.batch, data.train.rows(), !options.noShuffle,
           options.dropLast};
  if (options.resume.empty())
    return Error::success();
  return readCheckpoint(options.resume, trainer, setup, position, epochs,
                        store);
}

Error TrainingRun::prepare() {
  if (Error error = checkRunnable(trainer))
    return error;
  if (Error error = checkOutputs())
    return error;
  if (Error error = readSource())
    return error;
  if (Error error = readData())
    return error;
  if (Error error = chooseBatches())
    return error;
  if (Error error = makeParameters())
    return error;
  Expected<TrainingStep> created = TrainingStep::create(
      trainer, store, trainBatch, testBatch, options.threads);
  if (!created)
    return created.takeError();
  step = std::move(*created);

  int64_t rows = std::max(data.train.rows(), data.test.rows());
  for (int64_t i = 0; i < rows; ++i)
    fileOrder.push_back(i);
  order = fileOrder;
  bool isDouble = trainer.gradients->inputs[0].element_type == BN_F64;
  int64_t values;
  if (__builtin_mul_overflow(testBatch, int64_t(trainer.class_count),
                             &values) ||
      values > INT64_MAX / 8)
    return Error::make("too many classes");
  Expected<Buffer> buffer =
      Buffer::allocate(static_cast<uint64_t>(values) * (isDouble ? 8 : 4));
  if (!buffer)
    return buffer.takeError();
  logits = std::move(*buffer);

  // So that the loop allocates nothing, but for very long runs.
  constexpr int64_t manyEpochs = 4096;
  epochs.reserve(
      static_cast<size_t>(std::min<int64_t>(options.epochs, manyEpochs)));

  Expected<LearningRate> schedule = LearningRate::parse(options.schedule);
  if (!schedule)
    return schedule.takeError();
  rate = *schedule;
  int64_t epochSteps = (usableRows() + trainBatch - 1) / trainBatch;
  rate.setRun(options.rate, options.warmup, epochSteps,
              epochSteps * options.epochs);
  constexpr int digitsF32 = 9, digitsF64 = 17;
  if (Error error = log.open(options.log, position.step, position.epoch,
                             isDouble ? digitsF64 : digitsF32))
    return error;
  if (Error error =
          loader.start(trainRows.rowBytes(), std::max(trainBatch, testBatch)))
    return error;
  return placeRows();
}

/// Puts the training set on the device if there is one with room for it.
Error TrainingRun::placeRows() {
  int64_t rows = data.train.rows();
  Expected<bool> hasRoom = step.reserveRows(rows);
  if (!hasRoom)
    return hasRoom.takeError();
  isOnDevice = *hasRoom;
  if (!isOnDevice)
    return Error::success();
  loader.beginPass(trainRows, fileOrder.data(), rows, trainBatch);
  for (int64_t first = 0; first < rows; first += trainBatch) {
    const Batch &batch = loader.next();
    if (Error error = step.putRows(batch.data, batch.labels, first, batch.rows))
      return error;
  }
  return Error::success();
}
