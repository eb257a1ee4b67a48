//===- tiled-convolution.cu - A convolution in tiles of shared memory -----===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A 3x3 convolution of a padded image with bias and ReLU: a block computes 8x16
// pixels of 8 channels, a thread 2 pixels of 4 channels, channel by channel of
// the input, whose tile and weights lie in shared memory.
//
//===----------------------------------------------------------------------===//

#include "example.h"

constexpr int kImages = 1, kInputs = 3, kOutputs = 16, kHeight = 14,
              kWidth = 26;
constexpr int kTileHeight = 8, kTileWidth = 16, kTileOutputs = 8;
constexpr int kThreads = kTileHeight * kTileWidth / 2 * kTileOutputs / 4;
constexpr int kRowTiles = (kHeight + kTileHeight - 1) / kTileHeight;
constexpr int kColumnTiles = (kWidth + kTileWidth - 1) / kTileWidth;

enum Fault {
  kNone,
  kNoBarrierAfterLoad,
  kNoBarrierAtEnd,
  kDivergentBarrier,
  kReadPastEnd,
  kSharedPastEnd,
  kWritePastEnd,
  kEarlyReturn
};

/// The tile of an input channel with its border.
__device__ void loadTile(const float *__restrict__ image,
                         float (*tile)[kTileWidth + 2], int top, int left,
                         Fault fault) {
  for (int i = int(threadIdx.x); i < (kTileHeight + 2) * (kTileWidth + 2);
       i += kThreads) {
    int row = i / (kTileWidth + 2), column = i % (kTileWidth + 2);
    int y = top + row - 1, x = left + column - 1;
    bool inside = y >= 0 && y < kHeight && x >= 0 && x < kWidth;
    // Reads one row too far in the last image.
    if (fault == kReadPastEnd)
      inside = y >= 0 && y <= kHeight && x >= 0 && x < kWidth;
    // READ-END: convolution.cu:[[@LINE+1]]: error: read of 4 bytes at offset
    tile[row][column] = inside ? __ldg(&image[y * kWidth + x]) : 0.0f;
  }
}

__global__ void __launch_bounds__(kThreads)
    convolution(const float *__restrict__ input,
                const float *__restrict__ weights,
                const float *__restrict__ bias, float *__restrict__ output,
                Fault fault) {
  alignas(16) __shared__ float tile[kTileHeight + 2][kTileWidth + 2];
  alignas(16) __shared__ float taps[kTileOutputs][9];
  int top = int(blockIdx.x) / kColumnTiles * kTileHeight;
  int left = int(blockIdx.x) % kColumnTiles * kTileWidth;
  int firstOutput = int(blockIdx.y) * kTileOutputs;
  int thread = int(threadIdx.x);
  int group = thread / (kTileHeight * kTileWidth / 2);
  int pixel = thread % (kTileHeight * kTileWidth / 2);
  int row = pixel / (kTileWidth / 2), column = pixel % (kTileWidth / 2) * 2;
  if (fault == kEarlyReturn && top + row >= kHeight)
    return;

  float sums[4][2];
#pragma unroll
  for (int k = 0; k < 4; ++k)
    sums[k][0] = sums[k][1] = __ldg(&bias[firstOutput + group * 4 + k]);

  for (int channel = 0; channel < kInputs; ++channel) {
    const float *image =
        input + (int(blockIdx.z) * kInputs + channel) * kHeight * kWidth;
    loadTile(image, tile, top, left, fault);
    if (thread < kTileOutputs * 9)
      taps[thread / 9][thread % 9] =
          weights[((firstOutput + thread / 9) * kInputs + channel) * 9 +
                  thread % 9];
    if (fault == kSharedPastEnd && thread == 0)
      // SHARED-END: global-buffer-overflow
      // SHARED-END: convolution.cu:[[@LINE+1]]
      taps[kTileOutputs - 1 + int(gridDim.z)][0] = 1.0f;
    if (fault == kDivergentBarrier) {
      if (thread < 40)
        // DIVERGENT: convolution.cu:[[@LINE+4]]: error: not all threads of the
        // DIVERGENT-SAME: block come to this barrier
        // DIVERGENT-NEXT: in kernel convolution, block (0,0,0), thread
        // DIVERGENT: 40 threads, the first (0,0,0), at the barrier
        __syncthreads();
      else
        __syncthreads();
    } else if (fault != kNoBarrierAfterLoad) {
      // EARLY: convolution.cu:[[@LINE+3]]: error: not all threads of the
      // EARLY: 96 threads, the first (0,0,0), at the barrier
      // EARLY: 32 threads, the first (48,0,0), are done
      __syncthreads();
    }
#pragma unroll
    for (int tap = 0; tap < 9; ++tap) {
      // LOAD: convolution.cu:{{[0-9]+}}: error: read of shared memory
      // LOAD: in kernel convolution, block (0,0,0), thread (0,0,0)
      // LOAD: BN_CUDA_SCHEDULE=forward
      float left0 = tile[row + tap / 3][column + tap % 3];
      float right0 = tile[row + tap / 3][column + 1 + tap % 3];
#pragma unroll
      for (int k = 0; k < 4; ++k) {
        float weight = taps[group * 4 + k][tap];
        sums[k][0] = fmaf(left0, weight, sums[k][0]);
        sums[k][1] = fmaf(right0, weight, sums[k][1]);
      }
    }
    // END: error: race between threads of a block on shared memory
    // END: nothing orders this {{.*}} and the {{.*}} by thread
    // END: BN_CUDA_SCHEDULE=[[SCHEDULE]]
    if (fault != kNoBarrierAtEnd)
      __syncthreads();
  }

  int y = top + row, x = left + column;
#pragma unroll
  for (int k = 0; k < 4; ++k) {
    int plane = int(blockIdx.z) * kOutputs + firstOutput + group * 4 + k;
    bool isLast = plane == kImages * kOutputs - 1;
    int end = fault == kWritePastEnd && isLast ? kHeight + 1 : kHeight;
    if (y < end && x + 1 < kWidth) {
      float2 pair =
          make_float2(fmaxf(sums[k][0], 0.0f), fmaxf(sums[k][1], 0.0f));
      // WRITE-END: convolution.cu:{{.*}}: error: write of {{[48]}} bytes at
      *reinterpret_cast<float2 *>(&output[(plane * kHeight + y) * kWidth + x]) =
          pair;
    }
  }
}

static std::vector<double> compute(const std::vector<float> &input,
                                   const std::vector<float> &weights,
                                   const std::vector<float> &bias) {
  std::vector<double> output;
  for (int n = 0; n < kImages; ++n)
    for (int k = 0; k < kOutputs; ++k)
      for (int y = 0; y < kHeight; ++y)
        for (int x = 0; x < kWidth; ++x) {
          double sum = bias[k];
          for (int c = 0; c < kInputs; ++c)
            for (int tap = 0; tap < 9; ++tap) {
              int row = y + tap / 3 - 1, column = x + tap % 3 - 1;
              if (row >= 0 && row < kHeight && column >= 0 && column < kWidth)
                sum +=
                    double(input[((n * kInputs + c) * kHeight + row) * kWidth +
                                 column]) *
                    weights[(k * kInputs + c) * 9 + tap];
            }
          output.push_back(sum > 0 ? sum : 0);
        }
  return output;
}

int main(int argc, char **argv) {
  constexpr int pixels = kHeight * kWidth;
  std::vector<float> input = makeValues(kImages * kInputs * pixels, 1);
  std::vector<float> weights = makeValues(kOutputs * kInputs * 9, 2);
  std::vector<float> bias = makeValues(kOutputs, 3);
  auto run = [&](const std::string &name) {
    const std::pair<const char *, Fault> faults[] = {
        {"none", kNone},
        {"no-barrier-after-load", kNoBarrierAfterLoad},
        {"no-barrier-at-end", kNoBarrierAtEnd},
        {"divergent-barrier", kDivergentBarrier},
        {"read-past-end", kReadPastEnd},
        {"shared-past-end", kSharedPastEnd},
        {"write-past-end", kWritePastEnd},
        {"early-return", kEarlyReturn}};
    Fault fault = kNone;
    for (const auto &entry : faults)
      if (name == entry.first)
        fault = entry.second;
    float *x = upload(input), *w = upload(weights), *b = upload(bias);
    float *y = allocate<float>(kImages * kOutputs * pixels);
    launch(nullptr,
           dim3(kRowTiles * kColumnTiles, kOutputs / kTileOutputs, kImages),
           kThreads, convolution, x, w, b, y, fault);
    std::vector<float> output = download(y, kImages * kOutputs * pixels);
    for (float *memory : {x, w, b, y})
      CHECK(cudaFree(memory));
    return output;
  };
  return runExample(argc, argv, run, [&](const std::vector<float> &output) {
    return areClose(output, compute(input, weights, bias));
  });
}
