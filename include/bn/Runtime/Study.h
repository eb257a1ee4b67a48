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

/// One run of a study, named as the picture's legend names it.
struct StudyRun {
  std::string name;
  const bn_trainer *trainer = nullptr;
  TrainOptions options;
};

/// What a study is called, and where its results go.
struct StudyOptions {
  std::string name;      // "batch-size": of the files
  std::string title;     // of the picture
  std::string directory; // made if it is not there
};

/// The result of a run, by epoch.
struct StudyResult {
  std::string name;
  std::vector<EpochRecord> epochs;
};

/// Makes the directory of a study, if it is not there.
Error makeStudyDirectory(const StudyOptions &options);

/// Trains one run without printing anything but a line with its last epoch.
Expected<StudyResult> runStudy(const StudyRun &run, const char *program);

/// Writes NAME.svg, loss, training and test accuracy of all runs as curves side
/// by side, and NAME.jsonl, a line for each epoch of each: `run` and the keys
/// of a training log.
Error writeStudy(const StudyOptions &options,
                 const std::vector<StudyResult> &results);

} // namespace bn::runtime

#endif // BN_RUNTIME_STUDY_H
