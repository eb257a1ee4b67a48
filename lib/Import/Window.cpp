//===- Window.cpp - Sliding windows of convolutions and pools -------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Window.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::bn;

/// Larger kernels, strides, dilations and paddings are damage; products of two
/// of these fit 64 bits.
static constexpr int64_t kLargest = (int64_t(1) << 31) - 1;

/// Reads one attribute of `size` values from `least` up.
static FailureOr<SmallVector<int64_t>> readExtents(NodeContext &node,
                                                   StringRef name, size_t size,
                                                   int64_t least,
                                                   int64_t byDefault) {
  SmallVector<int64_t> values =
      node.getInts(name).value_or(SmallVector<int64_t>(size, byDefault));
  if (values.size() != size)
    return node.fail("expected " + Twine(size) + " values in '" + name +
                     "', got " + Twine(values.size()));
  for (int64_t value : values)
    if (value < least || value > kLargest)
      return node.fail("expected values from " + Twine(least) + " to " +
                       Twine(kLargest) + " in '" + name + "', got " +
                       Twine(value));
  return values;
}

/// The padding that gives ceil(input / stride) windows.
static void padToSame(Window &window, ArrayRef<int64_t> extents, bool lower) {
  size_t rank = extents.size();
  for (size_t i = 0; i < rank; ++i) {
    int64_t stride = window.strides[i];
    int64_t count = llvm::divideCeil(extents[i], stride);
    int64_t needed = (count - 1) * stride +
                     (window.kernel[i] - 1) * window.dilations[i] + 1 -
                     extents[i];
    int64_t total = std::max<int64_t>(needed, 0);
    int64_t small = total / 2;
    window.padding[i] = lower ? total - small : small;
    window.padding[rank + i] = total - window.padding[i];
  }
}

FailureOr<Window> bn::readWindow(NodeContext &node, RankedTensorType input,
                                 ArrayRef<int64_t> kernel) {
  if (input.getRank() < 3 || input.getRank() > 5)
    return node.fail("expected an input of rank 3 to 5, got " +
                     Twine(input.getRank()));
  ArrayRef<int64_t> extents = input.getShape().drop_front(2);
  size_t rank = extents.size();
  if (kernel.size() != rank)
    return node.fail("expected a kernel of rank " + Twine(rank) + ", got " +
                     Twine(kernel.size()));
  for (int64_t extent : kernel)
    if (extent < 1 || extent > kLargest)
      return node.fail("expected kernel extents from 1 to " + Twine(kLargest) +
                       ", got " + Twine(extent));

  auto strides = readExtents(node, "strides", rank, 1, 1);
  if (failed(strides))
    return failure();
  auto dilations = readExtents(node, "dilations", rank, 1, 1);
  if (failed(dilations))
    return failure();
  auto padding = readExtents(node, "pads", 2 * rank, 0, 0);
  if (failed(padding))
    return failure();

  Window window{SmallVector<int64_t>(kernel), *strides, *dilations, *padding};
  StringRef automatic = node.getString("auto_pad", "NOTSET");
  if (automatic == "SAME_UPPER" || automatic == "SAME_LOWER")
    padToSame(window, extents, automatic == "SAME_LOWER");
  else if (automatic == "VALID")
    window.padding.assign(2 * rank, 0);
  else if (automatic != "NOTSET")
    return node.fail("expected auto_pad to be NOTSET, SAME_UPPER, SAME_LOWER "
                     "or VALID, got '" +
                     automatic + "'");
  return window;
}
