//===- WindowShape.cpp - Geometry of kernels without a product ------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WindowShape.h"

#include "BufferPlan.h"

using namespace mlir;
using namespace mlir::bn;

WindowShape bn::getWindowShape(const FusionGroup &group) {
  WindowShape shape;
  ImageShape input = getImageShape(group.getInput());
  ImageShape output = getImageShape(group.getResult());
  auto take = [&](auto pool) {
    for (int i = 0; i < 2; ++i) {
      shape.kernel[i] = pool.getKernel()[i];
      shape.strides[i] = pool.getStrides()[i];
      shape.padding[i] = pool.getPadding()[i];
    }
  };
  if (auto pool = dyn_cast_if_present<MaxPoolOp>(group.pool)) {
    take(pool);
  } else if (auto pool = dyn_cast_if_present<AveragePoolOp>(group.pool)) {
    take(pool);
    shape.countPadding = pool.getCountIncludePad();
  } else if (group.pool) {
    shape.kernel[0] = shape.strides[0] = input.height;
    shape.kernel[1] = shape.strides[1] = input.width;
  }
  auto reaches = [&](int i, int64_t in, int64_t out) {
    return shape.padding[i] > 0 ||
           (out - 1) * shape.strides[i] + shape.kernel[i] > in;
  };
  shape.isClipped = group.pool && (reaches(0, input.height, output.height) ||
                                   reaches(1, input.width, output.width));
  return shape;
}
