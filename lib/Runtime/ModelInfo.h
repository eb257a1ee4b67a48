//===- ModelInfo.h - What --info tells --------------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_RUNTIME_MODELINFO_H
#define BN_LIB_RUNTIME_MODELINFO_H

#include "bn/Runtime/Abi.h"

#include <string>

namespace bn::runtime {

/// Signature, memory, operations and preprocessing, as lines of text.
void printModelInfo(const bn_model &model);

/// The same as members of a JSON object, without braces.
std::string modelInfoJson(const bn_model &model);

} // namespace bn::runtime

#endif // BN_LIB_RUNTIME_MODELINFO_H
