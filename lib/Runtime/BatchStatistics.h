//===- BatchStatistics.h - What a batch norm saw in a batch -----*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A trainer gives new running statistics, not those of the batch; but
//
//   new = m * running + (1 - m) * batch
//
// so that calls on one batch with different running ones tell the momentum m of
// each, and a call with zeros the batch's.
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_RUNTIME_BATCHSTATISTICS_H
#define BN_LIB_RUNTIME_BATCHSTATISTICS_H

#include "BatchLoader.h"
#include "TrainingStep.h"

namespace bn::runtime {

class BatchStatistics {
public:
  /// Finds the momentums. All arguments but the batch must outlive this object.
  /// Of what is in the store only the gradients change, and the next
  /// statistics.
  static Expected<BatchStatistics> create(const bn_trainer &trainer,
                                          ParameterStore &store,
                                          TrainingStep &step,
                                          const Batch &batch);

  /// True if a running statistic keeps its value in training: a frozen batch
  /// norm's.
  bool isFrozen(int32_t parameter) const;

  /// Runs a batch, as `create` does.
  Error measure(const Batch &batch);

  /// The last batch's value for a running statistic that is not frozen.
  double value(int32_t parameter, int64_t channel) const;

private:
  Error run(const Batch &batch);
  void setRunning(double value);
  size_t indexOf(int32_t parameter) const {
    return static_cast<size_t>(parameter - trainer->trained_count);
  }

  const bn_trainer *trainer = nullptr;
  ParameterStore *store = nullptr;
  TrainingStep *step = nullptr;
  std::vector<double> momentum; // of each running statistic; 1 if frozen
};

} // namespace bn::runtime

#endif // BN_LIB_RUNTIME_BATCHSTATISTICS_H
