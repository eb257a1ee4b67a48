//===- Studies.h - What the studies compare ---------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_STUDY_STUDIES_H
#define BN_STUDY_STUDIES_H

#include "bn/Runtime/Study.h"
#include "bn/Study/Network.h"

#include "llvm/ADT/StringRef.h"

#include <optional>
#include <string>
#include <vector>

namespace mlir::bn {

/// What a user chose; a study has values of its own for the rest.
struct StudyChoices {
  std::string name;
  std::string activation; // "sigmoid", "relu" or none
  std::string values;     // of the number that is varied: "0.1,1"
  std::string only;       // part of the names of the runs; all if empty
  /// No epochs, no batch and a negative rate are the study's own.
  ::bn::runtime::TrainOptions train;
};

struct StudyVariant {
  ::bn::runtime::StudyRun run; // without its trainer
  NetworkOptions network;
};

struct Study {
  ::bn::runtime::StudyOptions options; // without its directory
  std::vector<StudyVariant> variants;
  /// What was left out, and why.
  std::vector<std::string> remarks;
};

/// A line for each study: its name, what it compares, its epochs.
std::string describeStudies();

/// The study for a data set of `rows` training rows. What fails is wrong usage.
::bn::runtime::Expected<Study> makeStudy(const StudyChoices &choices,
                                         int64_t rows);

/// The same errors, before any data is read.
::bn::runtime::Error checkUsage(const StudyChoices &choices);

} // namespace mlir::bn

#endif // BN_STUDY_STUDIES_H
