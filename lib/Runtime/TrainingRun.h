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
#include "StopRequest.h"
#include "TrainDisplay.h"
#include "TrainLog.h"
#include "TrainingStep.h"
#include "bn/Runtime/LearningRate.h"

namespace bn::runtime {

/// One training run. What can go wrong is found in `prepare`, before the first
/// step.
class TrainingRun {
public:
  TrainingRun(const bn_trainer &trainer, const TrainOptions &options,
              const char *program)
      : trainer(trainer), options(options), program(program),
        display(options.quiet) {}

  Error prepare();
  /// All epochs that are left, with log, plot and checkpoints.
  Error run();
  /// The trained model, and what it learned.
  Error finish();

  /// New running statistics instead of training; see Recalibration.h.
  Error recalibrate();

  /// Hits in the test set, in prediction mode; -1 when the run is to stop.
  Expected<int64_t> countTestHits();
  int64_t testRowCount() const { return data.test.rows(); }

  /// Writes the model as it is now, if asked to.
  Error saveModel();

  std::vector<EpochRecord> epochs;

private:
  // TrainingPreparation.cpp
  Error checkOutputs();
  Error readSource();
  Error readData();
  Error chooseBatches();
  Error makeParameters();

  // TrainingRun.cpp
  int64_t usableRows() const;
  Error runEpoch();
  Error runStep(const Batch &batch);
  Error finishEpoch();
  /// For --log-stats; `json` becomes a member of the log's line.
  Error measureEpoch(std::string &json);
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
  std::vector<int64_t> order; // of the rows in this epoch
  std::vector<int64_t> fileOrder;
  Buffer logits;
  StopRequest stop;
  // Its thread reads from the above.
  BatchLoader loader;
};

/// The largest of each row of rows x classes logits, the first of equal ones.
int64_t countHits(const bn_trainer &trainer, const void *logits,
                  const int64_t *labels, int64_t rows);

} // namespace bn::runtime

#endif // BN_LIB_RUNTIME_TRAININGRUN_H
