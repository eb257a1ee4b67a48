//===- example.h - What the CUDA examples have in common ------ -*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each example computes something and compares it with the same in double
// precision. Its first argument is a fault to plant, or `none`; the second how
// many random schedules to run, where there are such; the third a file for the
// values.
//
//===----------------------------------------------------------------------===//

#ifndef BN_TEST_CUDAONCPU_EXAMPLE_H
#define BN_TEST_CUDAONCPU_EXAMPLE_H

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <cuda_runtime.h>
#include <string>
#include <utility>
#include <vector>

inline void check(cudaError_t error, const char *call, int line) {
  if (error == cudaSuccess)
    return;
  std::fprintf(stderr, "line %d: %s: %s\n", line, call,
               cudaGetErrorString(error));
  std::exit(1);
}
#define CHECK(CALL) check(CALL, #CALL, __LINE__)

template <typename... Parameters, typename... Arguments>
void launch(cudaStream_t stream, dim3 grid, dim3 block,
            void (*kernel)(Parameters...), Arguments... arguments) {
  cudaLaunchConfig_t config = {};
  config.gridDim = grid;
  config.blockDim = block;
  config.stream = stream;
  CHECK(cudaLaunchKernelEx(&config, kernel, arguments...));
}

/// Distinct values between -1 and 1.
inline std::vector<float> makeValues(int count, unsigned seed) {
  std::vector<float> values(count);
  for (float &value : values) {
    seed = seed * 1664525u + 1013904223u;
    value = float(seed >> 8) / float(1 << 23) - 1.0f;
  }
  return values;
}

template <typename T> T *allocate(int count) {
  void *memory = nullptr;
  CHECK(cudaMalloc(&memory, count * sizeof(T)));
  return static_cast<T *>(memory);
}

inline float *upload(const std::vector<float> &values) {
  float *memory = allocate<float>(int(values.size()));
  CHECK(cudaMemcpy(memory, values.data(), values.size() * sizeof(float),
                   cudaMemcpyHostToDevice));
  return memory;
}

inline std::vector<float> download(const float *memory, int count) {
  std::vector<float> values(count);
  CHECK(cudaDeviceSynchronize());
  CHECK(cudaMemcpy(values.data(), memory, count * sizeof(float),
                   cudaMemcpyDeviceToHost));
  return values;
}

inline bool areClose(const std::vector<float> &got,
                     const std::vector<double> &want) {
  for (size_t i = 0; i < want.size(); ++i)
    if (!(std::fabs(got[i] - want[i]) <= 1e-5 + 1e-4 * std::fabs(want[i]))) {
      std::printf("wrong: value %zu is %g, expected %g\n", i, got[i], want[i]);
      return false;
    }
  return true;
}

/// Runs the example as the command line says: `run` returns its values.
template <typename Run, typename Compare>
int runExample(int argc, char **argv, Run run, Compare isRight) {
  std::string fault = argc > 1 ? argv[1] : "none";
  int schedules = argc > 2 ? std::atoi(argv[2]) : 0;
  std::vector<float> first = run(fault);
  if (!isRight(first))
    return 1;
  for (int i = 0; i < schedules; ++i) {
    std::string name = "random:" + std::to_string(i);
    setenv("BN_CUDA_SCHEDULE", name.c_str(), 1);
    std::vector<float> again = run(fault);
    if (std::memcmp(again.data(), first.data(), first.size() * sizeof(float)) !=
        0) {
      std::printf("other values with %s\n", name.c_str());
      return 1;
    }
  }
  if (argc > 3) {
    std::FILE *file = std::fopen(argv[3], "wb");
    if (!file || std::fwrite(first.data(), sizeof(float), first.size(), file) !=
                     first.size()) {
      std::printf("%s: cannot write\n", argv[3]);
      return 1;
    }
    std::fclose(file);
  }
  std::printf("right\n");
  return 0;
}

#endif // BN_TEST_CUDAONCPU_EXAMPLE_H
