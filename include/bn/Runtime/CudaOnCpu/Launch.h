//===- Launch.h - Launches of kernels, on the CPU ------------- -*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_RUNTIME_CUDAONCPU_LAUNCH_H
#define BN_RUNTIME_CUDAONCPU_LAUNCH_H

#include "HostFunctions.h"

#include <memory>
#include <tuple>
#include <utility>

enum cudaLaunchAttributeID {
  cudaLaunchAttributeIgnore = 0,
  cudaLaunchAttributeCooperative = 2,
  cudaLaunchAttributeClusterDimension = 4,
  cudaLaunchAttributeProgrammaticStreamSerialization = 6,
  cudaLaunchAttributePriority = 8
};

union cudaLaunchAttributeValue {
  char pad[64];
  int cooperative;
  struct {
    unsigned x, y, z;
  } clusterDim;
  int programmaticStreamSerializationAllowed;
  int priority;
};

struct cudaLaunchAttribute {
  cudaLaunchAttributeID id;
  cudaLaunchAttributeValue val;
};

struct cudaLaunchConfig_t {
  dim3 gridDim;
  dim3 blockDim;
  size_t dynamicSmemBytes;
  cudaStream_t stream;
  cudaLaunchAttribute *attrs;
  unsigned numAttrs;
};

namespace bn::cuda {

/// A kernel with its arguments; `run` is what each thread does.
class KernelCall {
public:
  explicit KernelCall(const void *kernel) : kernel(kernel) {}
  virtual ~KernelCall() = default;
  virtual void run() const = 0;
  const void *getKernel() const { return kernel; }

private:
  const void *kernel;
};

template <typename... Parameters>
class TypedKernelCall final : public KernelCall {
public:
  using Kernel = void (*)(Parameters...);

  template <typename... Arguments>
  BN_CUDA_UNCHECKED TypedKernelCall(Kernel kernel, Arguments &&...arguments)
      : KernelCall(reinterpret_cast<const void *>(kernel)), kernel(kernel),
        arguments(std::forward<Arguments>(arguments)...) {}

  BN_CUDA_UNCHECKED void run() const override {
    runWith(std::index_sequence_for<Parameters...>());
  }

private:
  template <size_t... I>
  BN_CUDA_UNCHECKED void runWith(std::index_sequence<I...>) const {
    kernel(std::get<I>(arguments)...);
  }

  Kernel kernel;
  std::tuple<Parameters...> arguments;
};

/// Runs a kernel, or notes it in the graph that the stream is capturing.
cudaError_t launch(const cudaLaunchConfig_t &config,
                   std::shared_ptr<const KernelCall> call);

} // namespace bn::cuda

template <typename... Parameters, typename... Arguments>
cudaError_t cudaLaunchKernelEx(const cudaLaunchConfig_t *config,
                               void (*kernel)(Parameters...),
                               Arguments &&...arguments) {
  static_assert(sizeof...(Parameters) == sizeof...(Arguments),
                "a launch needs one argument for each parameter");
  return bn::cuda::launch(
      *config, std::make_shared<bn::cuda::TypedKernelCall<Parameters...>>(
                   kernel, std::forward<Arguments>(arguments)...));
}

/// As many blocks as fit by threads; registers and shared memory are not known.
template <typename... Parameters>
cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(
    int *blocks, void (*)(Parameters...), int threads, size_t) {
  int most = 0;
  cudaError_t error =
      cudaDeviceGetAttribute(&most, cudaDevAttrMaxThreadsPerMultiProcessor, 0);
  *blocks = threads > 0 ? most / threads : 0;
  return error;
}

#endif // BN_RUNTIME_CUDAONCPU_LAUNCH_H
