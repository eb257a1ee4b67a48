//===- Device.cpp - The device that the CPU pretends to be ----------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Grid.h"
#include "Streams.h"

#include <cstdio>
#include <unistd.h>

using namespace bn::cuda;

namespace {

struct ErrorText {
  cudaError_t error;
  const char *name, *text;
};

} // namespace

#define ERROR(NAME, TEXT)                                                      \
  { NAME, #NAME, TEXT }
static const ErrorText errors[] = {
    ERROR(cudaSuccess, "no error"),
    ERROR(cudaErrorInvalidValue, "invalid argument"),
    ERROR(cudaErrorMemoryAllocation, "out of memory"),
    ERROR(cudaErrorInitializationError, "initialization error"),
    ERROR(cudaErrorInvalidConfiguration, "invalid configuration argument"),
    ERROR(cudaErrorInvalidSymbol, "invalid device symbol"),
    ERROR(cudaErrorInvalidDevicePointer, "invalid device pointer"),
    ERROR(cudaErrorInvalidMemcpyDirection, "invalid copy direction for memcpy"),
    ERROR(cudaErrorInsufficientDriver,
          "CUDA driver version is insufficient for CUDA runtime version"),
    ERROR(cudaErrorNoDevice, "no CUDA-capable device is detected"),
    ERROR(cudaErrorInvalidDevice, "invalid device ordinal"),
    ERROR(cudaErrorInvalidResourceHandle, "invalid resource handle"),
    ERROR(cudaErrorIllegalState,
          "the operation cannot be performed in the present state"),
    ERROR(cudaErrorNotReady, "device not ready"),
    ERROR(cudaErrorCooperativeLaunchTooLarge,
          "too many blocks in cooperative launch"),
    ERROR(cudaErrorNotSupported, "operation not supported"),
    ERROR(cudaErrorStreamCaptureUnsupported,
          "operation not permitted when stream is capturing"),
    ERROR(cudaErrorStreamCaptureInvalidated,
          "operation failed due to a previous error during capture"),
    ERROR(cudaErrorStreamCaptureUnmatched,
          "capture was not ended in the same stream as it began")};
#undef ERROR

static const ErrorText *findError(cudaError_t error) {
  for (const ErrorText &entry : errors)
    if (entry.error == error)
      return &entry;
  return nullptr;
}

const char *cudaGetErrorName(cudaError_t error) {
  const ErrorText *entry = findError(error);
  return entry ? entry->name : "cudaErrorUnknown";
}

const char *cudaGetErrorString(cudaError_t error) {
  const ErrorText *entry = findError(error);
  return entry ? entry->text : "unknown error";
}

static cudaError_t checkDevice(int device) {
  return device == 0 ? cudaSuccess : setLastError(cudaErrorInvalidDevice);
}

cudaError_t cudaGetDeviceCount(int *count) {
  *count = 1;
  return cudaSuccess;
}
cudaError_t cudaGetDevice(int *device) {
  *device = 0;
  return cudaSuccess;
}
cudaError_t cudaSetDevice(int device) { return checkDevice(device); }

cudaError_t cudaDriverGetVersion(int *version) {
  *version = CUDART_VERSION;
  return cudaSuccess;
}
cudaError_t cudaRuntimeGetVersion(int *version) {
  *version = CUDART_VERSION;
  return cudaSuccess;
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp *properties, int device) {
  if (cudaError_t error = checkDevice(device))
    return error;
  cudaDeviceProp &p = *properties;
  p = {};
  std::snprintf(p.name, sizeof(p.name), "CPU (CUDA on the CPU)");
  p.totalGlobalMem = size_t(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE);
  // The rest is as on a device of compute capability 9.0.
  p.major = 9;
  p.sharedMemPerBlock = 48 << 10;
  p.sharedMemPerBlockOptin = 227 << 10;
  p.sharedMemPerMultiprocessor = 228 << 10;
  p.totalConstMem = 64 << 10;
  p.regsPerBlock = 65536;
  p.warpSize = warpLanes;
  p.maxThreadsPerBlock = maxBlockThreads;
  p.maxThreadsDim[0] = p.maxThreadsDim[1] = maxBlockThreads;
  p.maxThreadsDim[2] = 64;
  p.maxGridSize[0] = 0x7fffffff;
  p.maxGridSize[1] = p.maxGridSize[2] = 65535;
  p.multiProcessorCount = multiprocessors;
  p.maxThreadsPerMultiProcessor = maxMultiprocessorThreads;
  p.l2CacheSize = 50 << 20;
  p.cooperativeLaunch = p.concurrentKernels = p.asyncEngineCount = 1;
  p.unifiedAddressing = 1;
  return cudaSuccess;
}

cudaError_t cudaDeviceGetAttribute(int *value, cudaDeviceAttr attribute,
                                   int device) {
  cudaDeviceProp properties;
  if (cudaError_t error = cudaGetDeviceProperties(&properties, device))
    return error;
  switch (attribute) {
  case cudaDevAttrMaxThreadsPerBlock:
    *value = properties.maxThreadsPerBlock;
    return cudaSuccess;
  case cudaDevAttrMaxSharedMemoryPerBlock:
    *value = properties.sharedMemPerBlock;
    return cudaSuccess;
  case cudaDevAttrWarpSize:
    *value = properties.warpSize;
    return cudaSuccess;
  case cudaDevAttrMultiProcessorCount:
    *value = properties.multiProcessorCount;
    return cudaSuccess;
  case cudaDevAttrMaxThreadsPerMultiProcessor:
    *value = properties.maxThreadsPerMultiProcessor;
    return cudaSuccess;
  case cudaDevAttrComputeCapabilityMajor:
    *value = properties.major;
    return cudaSuccess;
  case cudaDevAttrComputeCapabilityMinor:
    *value = properties.minor;
    return cudaSuccess;
  case cudaDevAttrCooperativeLaunch:
    *value = properties.cooperativeLaunch;
    return cudaSuccess;
  }
  return setLastError(cudaErrorInvalidValue);
}

cudaError_t cudaDeviceReset() { return cudaDeviceSynchronize(); }
