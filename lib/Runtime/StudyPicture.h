//===- StudyPicture.h - The curves of a study -------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_RUNTIME_STUDYPICTURE_H
#define BN_LIB_RUNTIME_STUDYPICTURE_H

#include "bn/Runtime/Plot.h"
#include "bn/Runtime/Study.h"

namespace bn::runtime {

/// A row of panels for each group: loss and test accuracy by epoch, and what
/// the runs came to by the varied number, or without one the training accuracy.
/// Where the spread of statistics was measured, a row for that.
std::vector<Panel> makePanels(const StudyOptions &options,
                              const std::vector<StudyResult> &results);

} // namespace bn::runtime

#endif // BN_LIB_RUNTIME_STUDYPICTURE_H
