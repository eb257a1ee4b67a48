//===- DeviceModel.h - What choices assume of a GPU -------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A device such as an H100, in clock cycles; all of it estimated.
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_CODEGEN_GPU_DEVICEMODEL_H
#define BN_LIB_CODEGEN_GPU_DEVICEMODEL_H

#include <cstdint>

namespace mlir::bn {

/// Rows of a dynamic batch for which kernels are chosen.
inline constexpr int64_t kAssumedBatch = 32;

inline constexpr double kProcessors = 132;

/// Multiply-adds of a processor with one thread per value, which reads both
/// factors for each of them: 32 lanes load, twice, and what they load is not
/// always there.
inline constexpr double kDirectRate = 16;

/// A thread waits that long for each term of a sum when nobody else is there.
inline constexpr double kDirectLatency = 12;

} // namespace mlir::bn

#endif // BN_LIB_CODEGEN_GPU_DEVICEMODEL_H
