//===- BufferPlan.h - Which tensors share a buffer --------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_PLAN_BUFFERPLAN_H
#define BN_LIB_PLAN_BUFFERPLAN_H

#include "bn/Plan/FusionGroups.h"
#include "bn/Plan/Machine.h"

namespace mlir::bn {

/// Channels and spatial extents of a tensor, without its batch.
struct ImageShape {
  int64_t channels, height, width;
};
ImageShape getImageShape(Value tensor);

/// Zero padding around an image: in front of and behind each spatial dimension.
struct Halo {
  int64_t begin[2] = {0, 0}, end[2] = {0, 0};
  bool isEmpty() const {
    return begin[0] == 0 && begin[1] == 0 && end[0] == 0 && end[1] == 0;
  }
};

/// Where the tensors of a graph are stored: concatenated tensors in the buffer
/// of the concatenation, at their channels, and each buffer with the padding
/// that its readers want.
class BufferPlan {
public:
  BufferPlan(ArrayRef<FusionGroup> groups, Lanes lanes, const Machine &machine);

  /// The tensor whose buffer holds `tensor`, which is none behind a reshape:
  /// itself, or a concatenation.
  Value getRoot(Value tensor) const;
  /// The first channel of `tensor` in the buffer of its root.
  int64_t getFirstChannel(Value tensor) const;
  /// The largest padding that any reader of the buffer of `root` wants.
  Halo getHalo(Value root) const { return halos.lookup(root); }

private:
  /// Part of a concatenation, which may be part of another one.
  struct Place {
    Value whole;
    int64_t channel;
  };
  void placeOperands(ConcatOp concat);
  bool canPlace(Value tensor) const;
  void addHalo(ConvOp conv);

  Lanes lanes;
  const Machine &machine;
  llvm::DenseMap<Value, Place> places;
  llvm::DenseMap<Value, Halo> halos;
};

} // namespace mlir::bn

#endif // BN_LIB_PLAN_BUFFERPLAN_H
