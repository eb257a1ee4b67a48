//===- CpuFeatures.h - What this CPU can do ---------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_RUNTIME_CPUFEATURES_H
#define BN_RUNTIME_CPUFEATURES_H

#include "bn/Runtime/Error.h"

#include <string_view>

namespace bn::runtime {

/// True if the CPU and the operating system support the feature, given by
/// LLVM's name. Names that no code generation depends on (tuning, and whatever
/// this table does not know) count as supported.
bool cpuSupports(std::string_view feature);

/// Fails when one of the comma-separated `features` is missing: "this program
/// needs avx512f, which this CPU does not have".
Error checkCpuFeatures(const char *features);

} // namespace bn::runtime

#endif // BN_RUNTIME_CPUFEATURES_H
