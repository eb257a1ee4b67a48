//===- Trainer.h - Training from the command line ---------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The front end that trainer executables and `bn-run train` share. Exit status
// as in Runner.h.
//
//===----------------------------------------------------------------------===//

#ifndef BN_RUNTIME_TRAINER_H
#define BN_RUNTIME_TRAINER_H

#include "bn/Runtime/Abi.h"
#include "bn/Runtime/Options.h"

namespace bn::runtime {

/// What a training run was asked for. The fields are the options of the same
/// name; what is fixed when a trainer is compiled is not among them.
struct TrainOptions {
  std::string data; // a directory
  int64_t epochs = 10;
  int64_t batch = 128;
  double rate = 0.1; // --lr
  double momentum = 0;
  double weightDecay = 0;
  int64_t seed = 0;
  int64_t threads = 0; // all
  bool nesterov = false;
  std::string schedule = "constant";
  int64_t warmup = 0; // steps
  bool dropLast = false;
  bool noShuffle = false;
  bool logStats = false;
  std::string normalize;
  std::string init = "file";
  double initScale = 1; // of the weights
  std::string log;
  std::string plot;
  std::string save;
  std::string checkpoint;
  std::string resume;
  /// Prints nothing but errors: for several runs in one program.
  bool quiet = false;
  /// What the progress bar calls the run; a quiet run has no bar without.
  std::string label;
};

/// Adds the rows of the option table for how to take steps: all that several
/// runs side by side have in common.
void addStepOptions(std::vector<Option> &table, TrainOptions &options);

/// Adds the rows of the option table that fill `options`.
void addTrainOptions(std::vector<Option> &table, TrainOptions &options);

/// Says what is wrong with the options whatever the model and the files are:
/// wrong usage.
Error checkUsage(const TrainOptions &options);

/// What one epoch came to. Accuracies are from 0 to 1.
struct EpochRecord {
  double trainLoss;     // mean of the losses of its batches
  double trainAccuracy; // during its own steps
  double testAccuracy;  // in prediction mode afterwards; NaN without a test set
  double examplesPerSecond;
};

/// Trains as `options` say, with messages on behalf of `program`, and returns
/// all epochs, those before --resume too. Stops after a step at SIGINT and
/// SIGTERM, which is no error: files are written as at the end.
Expected<std::vector<EpochRecord>> train(const bn_trainer &trainer,
                                         const TrainOptions &options,
                                         const char *program);

/// The same with errors printed to stderr. Returns the exit status.
int runTraining(const bn_trainer &trainer, const TrainOptions &options,
                const char *program);

/// The `main` of a trainer executable.
int runTrainerCommandLine(const bn_trainer &trainer, int argc, char **argv);

} // namespace bn::runtime

#endif // BN_RUNTIME_TRAINER_H
