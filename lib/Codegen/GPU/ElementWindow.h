//===- ElementWindow.h - Windows over images --------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_CODEGEN_GPU_ELEMENTWINDOW_H
#define BN_LIB_CODEGEN_GPU_ELEMENTWINDOW_H

#include "ElementBuilder.h"

namespace mlir::bn {

/// A sliding window over the spatial axes of an image.
struct ElementBuilder::Window {
  SmallVector<int64_t> kernel, strides, dilations, padding;
  /// Extents of the image, and of what has a value for each place of the
  /// window.
  SmallVector<int64_t> from, to;
  int64_t firstAxis;

  template <typename Op>
  Window(Op op, ArrayRef<int64_t> kernel, Value image, Value windows)
      : kernel(kernel), strides(op.getStrides()), dilations(op.getDilations()),
        padding(op.getPadding()),
        firstAxis(getFirstSpatialAxis(op.getLayout())) {
    size_t count = kernel.size();
    auto getExtents = [&](Value tensor) {
      return cast<RankedTensorType>(tensor.getType())
          .getShape()
          .slice(firstAxis, count);
    };
    from = SmallVector<int64_t>(getExtents(image));
    to = SmallVector<int64_t>(getExtents(windows));
  }

  size_t size() const { return kernel.size(); }
  /// The last position of the image that a tap reads.
  int64_t getLast(size_t i) const {
    return (to[i] - 1) * strides[i] + (kernel[i] - 1) * dilations[i] -
           padding[i];
  }
  /// Windows, at most, that one position lies in, along an axis.
  int64_t getCoverCount(size_t i) const {
    return dilations[i] == 1 ? llvm::divideCeil(kernel[i], strides[i])
                             : kernel[i];
  }
};

/// Names of taps along the spatial axes.
inline SmallVector<StringRef> getTapNames(size_t count) {
  static constexpr StringLiteral names[] = {"kz", "ky", "kx"};
  return SmallVector<StringRef>(ArrayRef(names).take_back(count));
}

} // namespace mlir::bn

#endif // BN_LIB_CODEGEN_GPU_ELEMENTWINDOW_H
