//===- BufferPlan.cpp - Which tensors share a buffer ----------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BufferPlan.h"

using namespace mlir;
using namespace mlir::bn;

ImageShape bn::getImageShape(Value tensor) {
  ArrayRef<int64_t> shape = getStoredShape(tensor);
  if (shape.size() == 2)
    return {shape[1], 1, 1};
  return {shape[1], shape[2], shape[3]};
}

BufferPlan::BufferPlan(ArrayRef<FusionGroup> groups, Lanes lanes,
                       const Machine &machine)
    : lanes(lanes), machine(machine) {
  // Of concatenations that grow, the largest comes last: it holds the others.
  for (const FusionGroup &group : llvm::reverse(groups))
    if (group.concat)
      placeOperands(cast<ConcatOp>(group.concat));
  for (const FusionGroup &group : groups)
    if (auto conv = dyn_cast_if_present<ConvOp>(group.product))
      addHalo(conv);
}

Value BufferPlan::getRoot(Value tensor) const {
  auto place = places.find(tensor);
  return place == places.end() ? tensor : getRoot(place->second.whole);
}

int64_t BufferPlan::getFirstChannel(Value tensor) const {
  auto place = places.find(tensor);
  return place == places.end()
             ? 0
             : place->second.channel + getFirstChannel(place->second.whole);
}

/// A kernel stores whole vectors, and the one that computes a tensor must be
/// able to store it anywhere; a model's inputs are copied by themselves.
bool BufferPlan::canPlace(Value tensor) const {
  return !isa<BlockArgument>(tensor) && !places.contains(tensor) &&
         (lanes == Lanes::batch ||
          getImageShape(tensor).channels % machine.vectorLength == 0);
}

void BufferPlan::placeOperands(ConcatOp concat) {
  Value whole = concat.getResult();
  // Other concatenations of the first operands of this one are parts of it.
  for (Operation *user : concat.getInputs().front().getUsers()) {
    auto part = dyn_cast<ConcatOp>(user);
    if (part && part != concat &&
        part.getInputs().size() < concat.getInputs().size() &&
        llvm::equal(part.getInputs(),
                    concat.getInputs().take_front(part.getInputs().size())) &&
        canPlace(part.getResult()))
      places[part.getResult()] = {whole, 0};
  }
  int64_t channel = 0;
  for (Value input : concat.getInputs()) {
    Value tensor = lookThroughReshapes(input);
    if (canPlace(tensor))
      places[tensor] = {whole, channel};
    channel += getImageShape(tensor).channels;
  }
}

void BufferPlan::addHalo(ConvOp conv) {
  Halo &halo = halos[getRoot(lookThroughReshapes(conv.getInput()))];
  for (int i = 0; i < 2; ++i) {
    halo.begin[i] = std::max(halo.begin[i], conv.getPadding()[i]);
    halo.end[i] = std::max(halo.end[i], conv.getPadding()[2 + i]);
  }
}
