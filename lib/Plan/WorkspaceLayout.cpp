//===- WorkspaceLayout.cpp - Offsets of buffers that share memory ---------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WorkspaceLayout.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/MathExtras.h"

#include <tuple>

using namespace mlir;
using namespace mlir::bn;

static bool liveTogether(const LiveBuffer &a, const LiveBuffer &b) {
  return a.firstStep <= b.lastStep && b.firstStep <= a.lastStep;
}

FailureOr<int64_t> bn::layOutWorkspace(MutableArrayRef<LiveBuffer *> buffers) {
  // Buffers that are equal in all of this are interchangeable.
  llvm::sort(buffers, [](const LiveBuffer *a, const LiveBuffer *b) {
    return std::make_tuple(-a->bytes, a->firstStep, a->lastStep) <
           std::make_tuple(-b->bytes, b->firstStep, b->lastStep);
  });
  int64_t total = 0;
  SmallVector<LiveBuffer *> placed; // by ascending offset
  for (LiveBuffer *buffer : buffers) {
    int64_t offset = 0;
    for (LiveBuffer *other : placed) {
      if (!liveTogether(*buffer, *other))
        continue;
      if (other->offset - offset >= buffer->bytes)
        break;
      offset = std::max(offset, other->offset + other->bytes);
    }
    buffer->offset = offset;
    int64_t end;
    if (llvm::AddOverflow(offset, buffer->bytes, end))
      return failure();
    total = std::max(total, end);
    auto place = llvm::upper_bound(
        placed, buffer, [](const LiveBuffer *a, const LiveBuffer *b) {
          return a->offset < b->offset;
        });
    placed.insert(place, buffer);
  }
  return total;
}
