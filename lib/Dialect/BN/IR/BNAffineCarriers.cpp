//===- BNAffineCarriers.cpp - Ops that affine maps can pass ---------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Dialect/BN/IR/BN.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::bn;

static bool hasShift(const ChannelAffineMap &map) {
  return llvm::any_of(map.shift, [](double shift) { return shift != 0.0; });
}

static bool hasNegativeScale(const ChannelAffineMap &map) {
  return llvm::any_of(map.scale, [](double scale) { return scale < 0.0; });
}

FailureOr<ChannelAffineMap> ReluOp::moveMap(const ChannelAffineMap &map,
                                            AffineSide to,
                                            std::string &reason) {
  if (hasShift(map)) {
    reason = "a shift does not pass an activation";
    return failure();
  }
  if (hasNegativeScale(map)) {
    reason = "a negative scale does not pass an activation";
    return failure();
  }
  return map;
}

FailureOr<ChannelAffineMap> MaxPoolOp::moveMap(const ChannelAffineMap &map,
                                               AffineSide to,
                                               std::string &reason) {
  // A falling map would turn the maximum into the minimum.
  if (hasNegativeScale(map)) {
    reason = "a negative scale does not pass a maximum";
    return failure();
  }
  return map;
}

FailureOr<ChannelAffineMap> AveragePoolOp::moveMap(const ChannelAffineMap &map,
                                                   AffineSide to,
                                                   std::string &reason) {
  bool padded =
      llvm::any_of(getPadding(), [](int64_t pad) { return pad != 0; });
  if (padded && getCountIncludePad() && hasShift(map)) {
    reason = "a shift does not pass a mean that counts padded zeros";
    return failure();
  }
  return map;
}

FailureOr<ChannelAffineMap> ReduceMeanOp::moveMap(const ChannelAffineMap &map,
                                                  AffineSide to,
                                                  std::string &reason) {
  ChannelAffineMap moved = map;
  if (getKeepDims()) {
    if (!llvm::is_contained(getAxes(), map.axis))
      return moved;
  } else {
    // Axes of the input that stay, in their order, are those of the result.
    SmallVector<int64_t> kept;
    for (int64_t axis = 0; axis < getInput().getType().getRank(); ++axis)
      if (!llvm::is_contained(getAxes(), axis))
        kept.push_back(axis);
    if (to == AffineSide::Input) {
      moved.axis = kept[map.axis];
      return moved;
    }
    if (auto it = llvm::find(kept, map.axis); it != kept.end()) {
      moved.axis = it - kept.begin();
      return moved;
    }
  }
  reason = "it averages over the channels";
  return failure();
}

FailureOr<ChannelAffineMap> TransposeOp::moveMap(const ChannelAffineMap &map,
                                                 AffineSide to,
                                                 std::string &reason) {
  ChannelAffineMap moved = map;
  ArrayRef<int64_t> permutation = getPermutation();
  moved.axis = to == AffineSide::Input
                   ? permutation[map.axis]
                   : llvm::find(permutation, map.axis) - permutation.begin();
  return moved;
}

/// The number of values between neighbours along `axis`, or failure if that is
/// not static.
static FailureOr<int64_t> getStride(RankedTensorType type, int64_t axis) {
  int64_t stride = 1;
  for (int64_t extent : type.getShape().drop_front(axis + 1)) {
    if (ShapedType::isDynamic(extent))
      return failure();
    stride *= extent;
  }
  return stride;
}

FailureOr<ChannelAffineMap> ReshapeOp::moveMap(const ChannelAffineMap &map,
                                               AffineSide to,
                                               std::string &reason) {
  RankedTensorType from = getInput().getType(), onto = getType();
  if (to == AffineSide::Input)
    std::swap(from, onto);
  reason = "its shapes keep no axis for the channels";
  FailureOr<int64_t> stride = getStride(from, map.axis);
  int64_t channels = from.getDimSize(map.axis);
  if (failed(stride) || channels * *stride == 0)
    return failure();
  // The channel of the value at row-major index i is i / stride % channels. An
  // axis of the other shape can carry the map if its coordinate alone tells
  // the channel: coordinates in front of it must count whole rounds of
  // channels, and those behind it must stay inside of one channel.
  for (int64_t axis = 0; axis < onto.getRank(); ++axis) {
    FailureOr<int64_t> step = getStride(onto, axis);
    if (failed(step) || onto.isDynamicDim(axis) || *step == 0 ||
        *stride % *step != 0 ||
        onto.getDimSize(axis) * *step % (channels * *stride) != 0)
      continue;
    ChannelAffineMap moved;
    moved.axis = axis;
    for (int64_t i = 0; i < onto.getDimSize(axis); ++i) {
      int64_t channel = i * *step / *stride % channels;
      moved.scale.push_back(map.scale[channel]);
      moved.shift.push_back(map.shift[channel]);
      if (!map.magnitude.empty())
        moved.magnitude.push_back(map.magnitude[channel]);
    }
    return moved;
  }
  return failure();
}
