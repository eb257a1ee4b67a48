//===- Json.h - Pieces of JSON ----------------------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_RUNTIME_JSON_H
#define BN_LIB_RUNTIME_JSON_H

#include <stdint.h>
#include <string>
#include <vector>

namespace bn::runtime {

/// A quoted string, escaped as JSON wants it.
std::string jsonString(const std::string &text);

/// A number with `digits` significant digits; null when it is not finite.
std::string jsonNumber(double value, int digits = 9);

/// "[1,2,3]"
std::string jsonList(const std::vector<int64_t> &values);

} // namespace bn::runtime

#endif // BN_LIB_RUNTIME_JSON_H
