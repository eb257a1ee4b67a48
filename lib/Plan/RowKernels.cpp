//===- RowKernels.cpp - Kernels for products on a single row --------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowKernels.h"

#include "BufferPlan.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::bn;

/// Whether `group` is all that reads `tensor`, and it does so once: nothing
/// else wants it in another storage, or with padding.
static bool isOnlyReader(const FusionGroup &group, Value tensor,
                         ArrayRef<FusionGroup> groups) {
  int64_t reads = 0;
  for (const FusionGroup &other : groups)
    for (Value input : other.getInputs())
      reads += lookThroughReshapes(input) == tensor;
  Operation *terminator = group.getRoot()->getBlock()->getTerminator();
  for (Value result : terminator->getOperands())
    reads += lookThroughReshapes(result) == tensor;
  return reads == 1;
}

RowKernelChoices bn::getRowKernelChoices(const FusionGroup &group,
                                         ArrayRef<FusionGroup> groups,
                                         const Machine &machine) {
  ProductShape shape = getProductShape(group);
  Value input = lookThroughReshapes(group.getInput());
  RowKernelChoices choices;
  if (shape.isDepthwise || shape.groups != 1 || group.winogradOutputs > 0 ||
      !isOnlyReader(group, input, groups))
    return choices;
  bool isArgument = isa<BlockArgument>(input);
  // What a kernel stores has whole vectors of channels.
  choices.dot =
      isa<LinearOp>(group.product) &&
      (isArgument || getStoredChannels(shape.inputChannels, Lanes::channels,
                                       machine) == shape.inputChannels);
  choices.column =
      isa<ConvOp>(group.product) && isArgument && group.getInputs().size() == 1;
  return choices;
}

std::pair<RowKernel, TileChoice>
bn::chooseRowKernel(const FusionGroup &group, ArrayRef<FusionGroup> groups,
                    const Machine &machine) {
  return chooseRowKernel(getProductShape(group),
                         getRowKernelChoices(group, groups, machine), machine);
}

ColumnStorage bn::getColumnStorage(const ProductShape &product,
                                   const TileChoice &tile, int64_t width) {
  int64_t parts = product.strides[1] * product.window[1];
  int64_t results = product.extents[1] / product.window[1];
  // What the last vector of the last tap reads.
  int64_t last = (product.window[1] - 1) * product.strides[1] +
                 (product.kernel[1] - 1) * product.dilations[1];
  int64_t needed =
      std::max<int64_t>(results - tile.length, 0) + last / parts + tile.length;
  return {parts, std::max<int64_t>(needed, llvm::divideCeil(width, parts))};
}

SmallVector<float> bn::packDotWeights(const ProductShape &product,
                                      ArrayRef<float> weights, int64_t length) {
  int64_t positions = product.kernel[0] * product.kernel[1];
  int64_t channels = product.inputChannels;
  SmallVector<float> packed;
  packed.reserve(weights.size());
  for (int64_t step = 0; step < positions * channels; step += length)
    for (int64_t o = 0; o < product.outputChannels; ++o)
      for (int64_t i = step; i < step + length; ++i)
        packed.push_back(
            weights[(o * channels + i % channels) * positions + i / channels]);
  return packed;
}

SmallVector<float> bn::packColumnWeights(const ProductShape &product,
                                         ArrayRef<float> weights) {
  int64_t reduction = product.getReductionSize();
  SmallVector<float> packed;
  packed.reserve(weights.size());
  for (int64_t i = 0; i < reduction; ++i)
    for (int64_t o = 0; o < product.outputChannels; ++o)
      packed.push_back(weights[o * reduction + i]);
  return packed;
}
