//===- graph.cu - A captured graph of two streams -------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A step of momentum on two halves of a vector, each half on a stream of its
// own, captured once and launched for each step. What the host does wrong can
// be chosen.
//
//===----------------------------------------------------------------------===//

#include "example.h"

constexpr int kHalf = 300, kCount = 2 * kHalf, kThreads = 64, kSteps = 4;

__global__ void __launch_bounds__(kThreads)
    step(float *__restrict__ values, float *__restrict__ velocity,
         const float *__restrict__ rate, int count) {
  int i = int(blockIdx.x * blockDim.x + threadIdx.x);
  if (i < count) {
    // UNINITIALIZED: graph.cu:[[@LINE+3]]: error: read of byte
    // FREED: graph.cu:[[@LINE+2]]: error: read of allocation 3 (2400 bytes),
    // FREED-SAME: which is freed
    velocity[i] = fmaf(0.5f, velocity[i], values[i]);
    values[i] = fmaf(-rate[0], velocity[i], values[i]);
  }
}

__global__ void __launch_bounds__(kThreads)
    countLarge(const float *__restrict__ values, int *large) {
  __shared__ int counts[kThreads / 32];
  int i = int(blockIdx.x * blockDim.x + threadIdx.x);
  unsigned votes =
      __ballot_sync(0xffffffffu, i < kCount && fabsf(values[i]) > 0.25f);
  if (threadIdx.x % 32 == 0)
    counts[threadIdx.x / 32] = __popc(votes);
  __syncthreads();
  if (threadIdx.x == 0)
    atomicAdd(large, counts[0] + counts[1]);
}

/// One step in `stream`, half of it in `other`.
static void makeStep(cudaStream_t stream, cudaStream_t other, cudaEvent_t fork,
                     cudaEvent_t join, float *values, float *velocity,
                     float *rate, int *large) {
  int blocks = (kHalf + kThreads - 1) / kThreads;
  CHECK(cudaMemsetAsync(large, 0, sizeof(int), stream));
  CHECK(cudaEventRecord(fork, stream));
  CHECK(cudaStreamWaitEvent(other, fork));
  launch(stream, blocks, kThreads, step, values, velocity, rate, kHalf);
  launch(other, blocks, kThreads, step, values + kHalf, velocity + kHalf, rate,
         kHalf);
  CHECK(cudaEventRecord(join, other));
  CHECK(cudaStreamWaitEvent(stream, join));
  launch(stream, (kCount + kThreads - 1) / kThreads, kThreads, countLarge,
         values, large);
}

static std::vector<float> run(const std::vector<float> &input,
                              const std::string &fault) {
  cudaStream_t stream, other;
  cudaEvent_t fork, join;
  CHECK(cudaStreamCreate(&stream));
  CHECK(cudaStreamCreate(&other));
  CHECK(cudaEventCreateWithFlags(&fork, cudaEventDisableTiming));
  CHECK(cudaEventCreateWithFlags(&join, cudaEventDisableTiming));
  float *values = upload(input), *rate = upload({0.25f});
  float *velocity = allocate<float>(kCount);
  int *large = allocate<int>(1);
  if (fault != "uninitialized")
    CHECK(cudaMemset(velocity, 0, kCount * sizeof(float)));
  if (fault == "host-access")
    // HOST: graph.cu:[[@LINE+1]]: error: host code's write of allocation 1
    values[1] = 2.0f;
  if (fault == "copy-past-end")
    CHECK(cudaMemcpy(velocity, input.data(), (kCount + 1) * sizeof(float),
                     cudaMemcpyHostToDevice));
  if (fault == "wrong-direction")
    CHECK(cudaMemcpy(velocity, input.data(), kCount * sizeof(float),
                     cudaMemcpyDeviceToHost));

  cudaGraph_t graph;
  cudaGraphExec_t executable;
  CHECK(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal));
  makeStep(stream, other, fork, join, values, velocity, rate, large);
  if (fault == "synchronize-in-capture")
    CHECK(cudaStreamSynchronize(stream));
  CHECK(cudaStreamEndCapture(stream, &graph));
  CHECK(cudaGraphInstantiate(&executable, graph, 0));
  size_t nodes = 0;
  CHECK(cudaGraphGetNodes(graph, nullptr, &nodes));
  if (nodes != 4) {
    std::printf("wrong: %zu nodes\n", nodes);
    std::exit(1);
  }
  if (fault == "use-after-free")
    CHECK(cudaFree(velocity));
  for (int i = 0; i < kSteps; ++i)
    CHECK(cudaGraphLaunch(executable, stream));
  CHECK(cudaStreamSynchronize(stream));

  std::vector<float> output = download(values, kCount);
  int count = 0, want = 0;
  CHECK(cudaMemcpy(&count, large, sizeof(int), cudaMemcpyDeviceToHost));
  for (float value : output)
    want += fabsf(value) > 0.25f;
  if (count != want) {
    std::printf("wrong: counted %d, expected %d\n", count, want);
    std::exit(1);
  }
  CHECK(cudaGraphExecDestroy(executable));
  CHECK(cudaGraphDestroy(graph));
  for (void *memory :
       {(void *)values, (void *)velocity, (void *)rate, (void *)large})
    CHECK(cudaFree(memory));
  CHECK(cudaEventDestroy(fork));
  CHECK(cudaEventDestroy(join));
  CHECK(cudaStreamDestroy(stream));
  CHECK(cudaStreamDestroy(other));
  return output;
}

int main(int argc, char **argv) {
  std::vector<float> input = makeValues(kCount, 6);
  std::vector<double> want(input.begin(), input.end());
  std::vector<double> velocity(kCount);
  for (int i = 0; i < kSteps; ++i)
    for (int k = 0; k < kCount; ++k) {
      velocity[k] = 0.5 * velocity[k] + want[k];
      want[k] -= 0.25 * velocity[k];
    }
  return runExample(
      argc, argv, [&](const std::string &fault) { return run(input, fault); },
      [&](const std::vector<float> &output) { return areClose(output, want); });
}
