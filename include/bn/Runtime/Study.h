//===- Study.h - Training runs side by side ---------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_RUNTIME_STUDY_H
#define BN_RUNTIME_STUDY_H

#include "bn/Runtime/Trainer.h"

namespace bn::runtime {

/// One run of a study.
struct StudyRun {
  std::string name;    // "with BN, 0.1"
  std::string group;   // runs whose curves share panels: "with BN"; may be ""
  std::string curve;   // its name there: "0.1"
  std::string network; // what is trained
  double factor = 0;   // the number that is varied, if there is one
  const bn_trainer *trainer = nullptr;
  TrainOptions options;
};

/// What a study is called, what is drawn of it, and where its results go.
struct StudyOptions {
  std::string name;      // "batch-size": of the files
  std::string title;     // of the picture
  std::string directory; // made if it is not there
  std::string factor;    // what the varied number is; "" without one
  /// Whether to measure how far the statistics of batches are apart.
  bool measuresSpread = false;
};

/// How far the statistics of batches are apart at one batch norm, in training
/// mode: deviations from batch to batch of a channel's mean, in running
/// standard deviations, and of its variance, in running variances; the root of
/// the mean square over the channels.
struct StatisticsSpread {
  std::string name; // of the layer
  double mean, variance;
};

/// The result of a run, by epoch.
struct StudyResult {
  StudyRun run;
  std::vector<EpochRecord> epochs;
  std::vector<StatisticsSpread> spread; // by layer
  bool isStopped = false;               // the user wants no further runs

  /// The first epoch, from 1, whose loss is not finite; 0 if there is none.
  size_t divergedIn() const;
};

/// Makes the directory of a study, if it is not there, and makes sure that the
/// results of `runs` can be written.
Error prepareStudy(const StudyOptions &options,
                   const std::vector<StudyRun> &runs);

/// Where the trained model of a run goes.
std::string modelPath(const StudyOptions &options, const StudyRun &run);

/// Trains one run, writes its model, and prints nothing but a line with its
/// last epoch.
Expected<StudyResult> runStudy(const StudyOptions &options, const StudyRun &run,
                               const char *program);

/// Prints how the runs ended.
void printStudy(const StudyOptions &options,
                const std::vector<StudyResult> &results);

/// Writes NAME.svg, the curves of all runs side by side, and NAME.jsonl, a line
/// for each epoch of each: what the run was, and the keys of a training log.
Error writeStudy(const StudyOptions &options,
                 const std::vector<StudyResult> &results);

} // namespace bn::runtime

#endif // BN_RUNTIME_STUDY_H
