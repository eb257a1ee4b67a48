//===- FileName.h - Endings of file names -----------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_RUNTIME_FILENAME_H
#define BN_LIB_RUNTIME_FILENAME_H

#include <string_view>

namespace bn::runtime {

/// True if `path` ends in `ending`, such as ".npz".
inline bool hasEnding(std::string_view path, std::string_view ending) {
  return path.size() >= ending.size() &&
         path.substr(path.size() - ending.size()) == ending;
}

} // namespace bn::runtime

#endif // BN_LIB_RUNTIME_FILENAME_H
