//===- row-sums.cu - A model written by hand as CUDA text -----------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// "Reads" 4x4 pictures: score k of a picture is the sum of its row k.
//
//===----------------------------------------------------------------------===//

#include "bn/Runtime/Abi.h"

#include <cstdio>
#include <cuda_runtime.h>

namespace {

constexpr int kSide = 4, kPixels = kSide * kSide;

/// A block reads a picture into shared memory and adds up its rows.
__global__ void __launch_bounds__(kPixels)
    rowSums(const float *__restrict__ x, float *__restrict__ y) {
  __shared__ float picture[kPixels];
  const int thread = static_cast<int>(threadIdx.x);
  const int image = static_cast<int>(blockIdx.x);
  picture[thread] = x[image * kPixels + thread];
  if (thread < kSide)
    y[image * kSide + thread] = 0.0f;
  __syncthreads();
  if (thread < kSide) {
    float sum = 0.0f;
    for (int column = 0; column < kSide; ++column)
      sum += picture[thread * kSide + column];
    y[image * kSide + thread] = sum;
  }
}

bool check(cudaError_t error) {
  if (error != cudaSuccess)
    fprintf(stderr, "error: %s\n", cudaGetErrorString(error));
  return error == cudaSuccess;
}

int32_t run(const void *const *inputs, void *const *outputs, int64_t batch,
            void *, const bn_run_options *) {
  const size_t pictures = static_cast<size_t>(batch) * kPixels * sizeof(float);
  const size_t scores = static_cast<size_t>(batch) * kSide * sizeof(float);
  void *x = nullptr, *y = nullptr;
  cudaLaunchConfig_t config = {};
  config.gridDim = dim3(static_cast<unsigned>(batch));
  config.blockDim = dim3(kPixels);
  const bool done =
      check(cudaMalloc(&x, pictures)) && check(cudaMalloc(&y, scores)) &&
      check(cudaMemcpy(x, inputs[0], pictures, cudaMemcpyHostToDevice)) &&
      check(cudaLaunchKernelEx(&config, rowSums, static_cast<const float *>(x),
                               static_cast<float *>(y))) &&
      check(cudaMemcpy(outputs[0], y, scores, cudaMemcpyDeviceToHost));
  return check(cudaFree(x)) && check(cudaFree(y)) && done ? BN_OK
                                                          : BN_BAD_BATCH;
}

const int64_t xShape[] = {BN_DYNAMIC, 1, kSide, kSide};
const int64_t yShape[] = {BN_DYNAMIC, kSide};
const bn_tensor_spec inputs[] = {{"x", BN_F32, 4, xShape}};
const bn_tensor_spec outputs[] = {{"y", BN_F32, 2, yShape}};
const bn_model model = {BN_ABI_VERSION,
                        1,
                        1,
                        0,
                        "row-sums",
                        "",
                        inputs,
                        outputs,
                        nullptr,
                        0,
                        0,
                        0,
                        1,
                        nullptr,
                        0,
                        kPixels,
                        run};

} // namespace

extern "C" const bn_model *bn_get_model(void) { return &model; }
