//===- Profile.h - How generated code counts its time -----------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_CODEGEN_CPU_PROFILE_H
#define BN_CODEGEN_CPU_PROFILE_H

#include "llvm/ADT/StringRef.h"

namespace mlir::bn {

/// The array of counters, of 64 bits each: the ticks of the CPU's clock that
/// were spent in the kernels of each layer, and last those of the whole model.
inline constexpr llvm::StringLiteral kProfileTicks = "bn_profile_ticks";

} // namespace mlir::bn

#endif // BN_CODEGEN_CPU_PROFILE_H
