//===- ParameterStore.h - What a training run learns ------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_RUNTIME_PARAMETERSTORE_H
#define BN_LIB_RUNTIME_PARAMETERSTORE_H

#include "bn/Runtime/SourceModel.h"

namespace bn::runtime {

/// The parameters of a trainer, their gradients and the optimizer's state, each
/// as one vector, so that one call updates all: the tensors one after another
/// on 64-byte boundaries, zeros between them. Running statistics are a vector
/// too, twice: the current ones and those that the next step writes.
class ParameterStore {
public:
  static Expected<ParameterStore> create(const bn_trainer &trainer);

  /// The values of the source model, which `checkSource` has accepted.
  void readFrom(const SourceModel &source);
  /// New values as PyTorch's layers begin with: weights and biases uniform in
  /// +-1/sqrt(fan_in), gamma and variance 1, beta and mean 0. Weights without a
  /// fan_in keep their values.
  void initialize(int64_t seed);
  /// Multiplies all weights.
  void scaleWeights(double factor);

  /// The current values of parameter `index`, trained or running statistic.
  char *parameter(int32_t index);
  /// The gradient of a trained parameter.
  char *gradient(int32_t index);
  /// Where the next values of a running statistic go.
  char *nextStatistic(int32_t index);
  void swapStatistics() { std::swap(statistics, nextStatistics); }

  int64_t elementCount(int32_t index) const;
  double value(int32_t index, int64_t element);
  double gradientValue(int32_t index, int64_t element);
  double nextValue(int32_t index, int64_t element);
  void setValue(int32_t index, int64_t element, double value);

  /// All trained parameters with what lies between them.
  int64_t trainedElements() const;
  /// Everything that a run must keep to go on from; `moments` are all zero
  /// before the first step, the second is empty without Adam.
  Buffer trained, gradients, moments[2], statistics;
  /// Whether the source model has it.
  bool isInSource(int32_t index) const {
    return trainer->parameters[index].role != BN_BATCHES_TRACKED;
  }

private:
  bool isTrained(int32_t index) const { return index < trainer->trained_count; }

  const bn_trainer *trainer = nullptr;
  bool isDouble = false;
  std::vector<size_t> offsets; // bytes, in the vector of its kind
  Buffer nextStatistics;
};

/// Fails unless all parameters have their first values in the source model.
Error checkSource(const bn_trainer &trainer, const SourceModel &source);

} // namespace bn::runtime

#endif // BN_LIB_RUNTIME_PARAMETERSTORE_H
