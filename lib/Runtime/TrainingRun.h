//===- TrainingRun.h - A run from options to results ------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_RUNTIME_TRAININGRUN_H
#define BN_LIB_RUNTIME_TRAININGRUN_H

#include "BatchLoader.h"
#include "Checkpoint.h"
#include "LayerStatistics.h"
#include "StopRequest.h"
#include "TrainDisplay.h"
#include "TrainLog.h"
#include "TrainingStep.h"
#include "bn/Runtime/LearningRate.h"
#include "bn/Runtime/Study.h"

namespace bn::runtime {

/// Statistics of a batch norm's input over a data set.
struct EstimatedNormalization {
  std::string name;                     // of the layer
  int32_t runningMean, runningVariance; // parameters that hold the model's own
  std::vector<double> mean, variance;   // by channel
};

/// One training run. What can go wrong is found in `prepare`, before the first
/// step.
class TrainingRun {
public:
  TrainingRun(const bn_trainer &trainer, const TrainOptions &options,
              const char *program)
      : trainer(trainer), options(options), program(program),
        display(options.quiet, options.label) {}

  Error prepare();
  /// All epochs that are left, with log, plot and checkpoints.
  Error run();
  /// The trained model, and what it learned.
  Error finish();
  /// All three.
  Error runWhole();
  /// Whether the user wants the program to end.
  bool isStopped() const { return stop.isMade(); }

  /// Instead of training: statistics of the training data, at the inputs of
  /// all batch norms that take those of a batch, of which there must be one.
  Expected<std::vector<EstimatedNormalization>> estimateStatistics();
  /// Makes them the running ones.
  Error recalibrate();
  /// The current value of a parameter.
  double parameterValue(int32_t index, int64_t element) {
    return store.value(index, element);
  }

  /// How far the statistics of batches are apart.
  Expected<std::vector<StatisticsSpread>> measureSpread();

  /// Hits in the test set, in prediction mode; -1 when the run is to stop.
  Expected<int64_t> countTestHits();
  int64_t testRowCount() const { return data.test.rows(); }

  /// Writes the model as it is now, if asked to.
  Error saveModel();

  std::vector<EpochRecord> epochs;

private:
  /// Gives `order` the rows of the training set as pass `number` shuffles them.
  void shuffleRows(int64_t number);

  // TrainingPreparation.cpp
  Error checkOutputs();
  Error readSource();
  Error readData();
  Error chooseBatches();
  Error makeParameters();
  Error placeRows();

  // TrainingRun.cpp
  int64_t usableRows() const;
  Error runEpoch();
  Error runStep();
  Error finishEpoch();
  Expected<std::vector<LayerStatistics>> measureEpoch();
  void showLayers(const std::vector<LayerStatistics> &layers);
  Error saveCheckpoint();

  // TrainingResults.cpp
  Error plot() const;
  void showNormalizations();

  const bn_trainer &trainer;
  const TrainOptions &options;
  const char *program;
  TrainDisplay display;
  TrainLog log;
  SourceModel source;
  DataSet data;
  Normalization normalization;
  RowSource trainRows, testRows;
  int64_t trainBatch = 0, testBatch = 0;
  bool testBatchIsFixed = false;
  ParameterStore store;
  TrainingStep step;
  LearningRate rate;
  TrainingSetup setup = {};
  TrainingPosition position;
  bool warnedOfLoss = false;
  /// The training set is on the device, which takes the rows of a step by their
  /// numbers.
  bool isOnDevice = false;
  std::vector<int64_t> order; // of the rows in this epoch
  std::vector<int64_t> fileOrder;
  Buffer logits;
  StopRequest stop;
  // Its thread reads from the above.
  BatchLoader loader;
};

class BatchStatistics;

/// The batch norms that take the statistics of a batch, of which there must be
/// one, with zeros for each channel.
Expected<std::vector<EstimatedNormalization>>
findNormalizations(const bn_trainer &trainer, const ParameterStore &store,
                   const BatchStatistics &statistics);

/// The largest of each row of rows x classes logits, the first of equal ones.
int64_t countHits(const bn_trainer &trainer, const void *logits,
                  const int64_t *labels, int64_t rows);

} // namespace bn::runtime

#endif // BN_LIB_RUNTIME_TRAININGRUN_H
