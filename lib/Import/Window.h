//===- Window.h - Sliding windows of convolutions and pools -----*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_IMPORT_WINDOW_H
#define BN_LIB_IMPORT_WINDOW_H

#include "NodeContext.h"

namespace mlir::bn {

/// ONNX's window attributes with defaults filled in; `padding` holds the begins
/// of all spatial axes, then the ends.
struct Window {
  SmallVector<int64_t> kernel, strides, dilations, padding;
};

/// Reads the attributes of a window of `kernel` extents over an input of type
/// `input` (batch, channels, spatial extents); `auto_pad` is resolved. Records
/// a failure when they do not fit one another.
FailureOr<Window> readWindow(NodeContext &node, RankedTensorType input,
                             ArrayRef<int64_t> kernel);

} // namespace mlir::bn

#endif // BN_LIB_IMPORT_WINDOW_H
