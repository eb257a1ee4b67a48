//===- Writers.h - Tensors to files -----------------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_RUNTIME_WRITERS_H
#define BN_RUNTIME_WRITERS_H

#include "bn/Runtime/Tensor.h"

namespace bn::runtime {

/// Says early, before hours of work, whether `path` cannot be written: its
/// directory is missing or closed, or it is a directory.
Error checkWritable(const std::string &path);

/// Writes all pieces one after another into a temporary file beside `path` and
/// renames it, so that `path` is either the old file or the whole new one. No
/// temporary file stays behind, not even after SIGINT, SIGTERM or SIGHUP. What
/// is not a regular file (a device, a pipe) is written directly. Not to be
/// called from two threads at once: signals know of one temporary file.
Error writeFile(const std::string &path,
                const std::vector<std::string_view> &pieces);

/// NumPy's format, version 1.
Error writeNpy(const std::string &path, const Tensor &tensor);

/// NumPy's archive, stored; the tensors' names are the arrays' names.
Error writeNpz(const std::string &path, const std::vector<Tensor> &tensors);

} // namespace bn::runtime

#endif // BN_RUNTIME_WRITERS_H
