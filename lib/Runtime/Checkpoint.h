//===- Checkpoint.h - State to go on from -----------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One file: a header, the epochs so far, then the vectors of the parameter
// store as they lie in memory, and a checksum of all. It fits the trainer that
// wrote it, on a machine of the same byte order.
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_RUNTIME_CHECKPOINT_H
#define BN_LIB_RUNTIME_CHECKPOINT_H

#include "ParameterStore.h"
#include "bn/Runtime/Trainer.h"

namespace bn::runtime {

/// How far a run has come. Only numbers: it is stored as it is.
struct TrainingPosition {
  int64_t step = 0;  // done, over the whole run
  int64_t epoch = 0; // finished ones
  // Of the epoch that has begun:
  int64_t epochSteps = 0;
  int64_t epochRows = 0;
  int64_t epochHits = 0;
  double lossSum = 0;
  double seconds = 0;
};

/// What makes the position mean the same data again.
struct TrainingSetup {
  int64_t seed;
  int64_t batch;
  int64_t rows;
  int64_t shuffled; // 0 or 1
  int64_t dropLast; // 0 or 1
};

Error writeCheckpoint(const std::string &path, const bn_trainer &trainer,
                      const TrainingSetup &setup,
                      const TrainingPosition &position,
                      const std::vector<EpochRecord> &epochs,
                      const ParameterStore &store);

/// Fails, and changes nothing, unless the file is whole and was written by the
/// same trainer with the same setup.
Error readCheckpoint(const std::string &path, const bn_trainer &trainer,
                     const TrainingSetup &setup, TrainingPosition &position,
                     std::vector<EpochRecord> &epochs, ParameterStore &store);

} // namespace bn::runtime

#endif // BN_LIB_RUNTIME_CHECKPOINT_H
