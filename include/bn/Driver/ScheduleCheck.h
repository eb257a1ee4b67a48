//===- ScheduleCheck.h - A model on the CPU in several thread orders  -*- C++
//-*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_DRIVER_SCHEDULECHECK_H
#define BN_DRIVER_SCHEDULECHECK_H

#include "bn/Runtime/Abi.h"

#include <string>

namespace mlir::bn {

/// A model of CUDA text that was compiled for the CPU: each run takes place
/// under several schedules of its threads, whose results must have the same
/// bits. There is one at a time.
class ScheduleCheck {
public:
  explicit ScheduleCheck(const bn_model &model);
  ScheduleCheck(const ScheduleCheck &) = delete;
  ~ScheduleCheck();

  /// The model whose runs are checked.
  const bn_model &getModel() const { return checked; }

  /// What differed first, in words; empty if nothing did.
  const std::string &getDifference() const { return difference; }

  /// What was compared, in words.
  std::string describe() const;

private:
  static int32_t run(const void *const *inputs, void *const *outputs,
                     int64_t batch, void *workspace,
                     const bn_run_options *options);
  int32_t runAll(const void *const *inputs, void *const *outputs, int64_t batch,
                 void *workspace, const bn_run_options *options);

  const bn_model &model;
  bn_model checked;
  /// A schedule that the user has chosen, to repeat a failure: the only one.
  std::string chosen;
  std::string difference;
  int64_t runs = 0;
};

} // namespace mlir::bn

#endif // BN_DRIVER_SCHEDULECHECK_H
