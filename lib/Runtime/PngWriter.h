//===- PngWriter.h - PNG pictures -------------------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_RUNTIME_PNGWRITER_H
#define BN_LIB_RUNTIME_PNGWRITER_H

#include "bn/Runtime/Tensor.h"

namespace bn::runtime {

/// Writes rows of interleaved RGB bytes as a PNG.
Error writePng(const std::string &path, const Buffer &pixels, uint32_t width,
               uint32_t height);

} // namespace bn::runtime

#endif // BN_LIB_RUNTIME_PNGWRITER_H
