//===- TrainingStep.h - Calls of a trainer's three models -------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_RUNTIME_TRAININGSTEP_H
#define BN_LIB_RUNTIME_TRAININGSTEP_H

#include "ParameterStore.h"

namespace bn::runtime {

/// What the command line says about the optimizer.
struct OptimizerSettings {
  double momentum = 0; // SGD
  double weightDecay = 0;
  bool nesterov = false; // SGD
};

/// Runs a trainer's models on a parameter store. Allocates in `create` only.
class TrainingStep {
public:
  /// Batches will have at most `trainBatch` rows for gradients and `testBatch`
  /// for predictions. `trainer` and `store` must outlive this object.
  static Expected<TrainingStep> create(const bn_trainer &trainer,
                                       ParameterStore &store,
                                       int64_t trainBatch, int64_t testBatch,
                                       int64_t threads);

  /// A whole step: loss and hits of a batch, an update, new statistics. A
  /// trainer of a device keeps there what it learns.
  Error train(const void *data, const int64_t *labels, int64_t rows,
              int64_t seed, const OptimizerSettings &settings, double rate,
              int64_t step);
  /// Whether there is a device that `rows` rows of a data set fit on; they are
  /// put there, and chosen for a step by their numbers.
  Expected<bool> reserveRows(int64_t rows);
  Error putRows(const void *data, const int64_t *labels, int64_t first,
                int64_t rows);
  Error trainRows(const int64_t *numbers, int64_t rows, int64_t seed,
                  const OptimizerSettings &settings, double rate, int64_t step);
  /// Copies what a device has learned to the store.
  Error fetch();

  /// Loss, hits and gradients of a batch; new statistics go to the store's next
  /// ones. `seed` is that of the run, `step` counts from 1.
  Error computeGradients(const void *data, const int64_t *labels, int64_t rows,
                         int64_t seed, int64_t step);
  double loss() const;
  int64_t hits() const { return hitCount; }

  /// Step `step` of the optimizer, with the gradients just computed.
  Error update(const OptimizerSettings &settings, double rate, int64_t step);

  /// The logits of a batch in prediction mode: rows x class_count.
  Error predict(const void *data, int64_t rows, void *logits);

private:
  Error loadDevice();
  Error checkStep(int32_t status, int64_t rows);

  const bn_trainer *trainer = nullptr;
  ParameterStore *store = nullptr;
  bool isDouble = false;
  bn_run_options options = {};
  Buffer workspace;
  std::vector<const void *> inputs;
  std::vector<void *> outputs;
  double lossValue = 0; // or a float in its first bytes
  int64_t hitCount = 0;
  /// Whether the device has what the store had, and whether it has learned more
  /// since.
  bool isLoaded = false, isAhead = false;
};

/// Fails where the library cannot run the trainer.
Error checkRunnable(const bn_trainer &trainer);

} // namespace bn::runtime

#endif // BN_LIB_RUNTIME_TRAININGSTEP_H
