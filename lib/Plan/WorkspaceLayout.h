//===- WorkspaceLayout.h - Offsets of buffers that share memory -*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_PLAN_WORKSPACELAYOUT_H
#define BN_LIB_PLAN_WORKSPACELAYOUT_H

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/ArrayRef.h"

namespace mlir::bn {

/// A buffer to place: its size, and the first and last of the steps of the
/// program in which it holds values that matter.
struct LiveBuffer {
  int64_t bytes;
  int64_t firstStep;
  int64_t lastStep;
  /// The answer, from the start of the arena.
  int64_t offset = 0;
};

/// Gives each of `buffers` an offset such that two that are live in the same
/// step do not overlap: the largest first, each at the lowest offset that is
/// free. Sizes must be multiples of the alignment; then so are the offsets.
/// Returns the size of the arena, or failure if it does not fit an int64_t.
FailureOr<int64_t> layOutWorkspace(MutableArrayRef<LiveBuffer *> buffers);

} // namespace mlir::bn

#endif // BN_LIB_PLAN_WORKSPACELAYOUT_H
