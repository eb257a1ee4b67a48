//===- Pixels.h - Pictures as tensors ---------------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_RUNTIME_PIXELS_H
#define BN_LIB_RUNTIME_PIXELS_H

#include "bn/Runtime/Tensor.h"

namespace bn::runtime {

/// Turns rows of interleaved pixels with `from` channels into a tensor
/// 1,`to`,H,W of planes. 1 and 3 channels are converted into each other.
Expected<Tensor> planesFromInterleaved(const uint8_t *pixels, int from, int to,
                                       int64_t height, int64_t width);

} // namespace bn::runtime

#endif // BN_LIB_RUNTIME_PIXELS_H
