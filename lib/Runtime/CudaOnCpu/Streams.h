//===- Streams.h - Work in the order of streams --------------- -*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_RUNTIME_CUDAONCPU_STREAMS_H
#define BN_LIB_RUNTIME_CUDAONCPU_STREAMS_H

#include "bn/Runtime/CudaOnCpu/HostFunctions.h"

#include <functional>

namespace bn::cuda {

/// Notes an error for cudaGetLastError, and returns it.
cudaError_t setLastError(cudaError_t error);

using Work = std::function<cudaError_t()>;

/// Does `work` now, or notes it if the stream is being captured.
cudaError_t submit(cudaStream_t stream, Work work);

/// The error of a call that no stream may be captured during, or cudaSuccess.
cudaError_t checkNoCapture();

} // namespace bn::cuda

#endif // BN_LIB_RUNTIME_CUDAONCPU_STREAMS_H
