//===- Streams.cpp - Streams, events and graphs, on the CPU ---------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Streams.h"
#include "Memory.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <set>
#include <utility>
#include <vector>

using namespace bn::cuda;
using Clock = std::chrono::steady_clock;

struct CUgraph_st {
  std::vector<Work> work;
};

struct CUgraphExec_st {
  std::vector<Work> work;
};

namespace {

/// A capture, with all streams that have joined it.
struct Capture {
  std::unique_ptr<CUgraph_st> graph = std::make_unique<CUgraph_st>();
  cudaStream_t origin;
  cudaStreamCaptureMode mode;
  bool valid = true;
};

} // namespace

struct CUstream_st {
  std::shared_ptr<Capture> capture;
};

struct CUevent_st {
  Clock::time_point time;
  bool recorded = false;
  /// Set if it was recorded while its stream was captured.
  std::weak_ptr<Capture> capture;
};

static std::set<cudaStream_t> streams;
static cudaError_t lastError = cudaSuccess;

cudaError_t bn::cuda::setLastError(cudaError_t error) {
  if (error != cudaSuccess)
    lastError = error;
  return error;
}

cudaError_t cudaPeekAtLastError() { return lastError; }
cudaError_t cudaGetLastError() { return std::exchange(lastError, cudaSuccess); }

static bool isStream(cudaStream_t stream) {
  return !stream || streams.count(stream);
}

static bool isCapturing(cudaStream_t stream) {
  return stream && stream->capture;
}

cudaError_t bn::cuda::submit(cudaStream_t stream, Work work) {
  if (!isStream(stream))
    return setLastError(cudaErrorInvalidResourceHandle);
  if (!isCapturing(stream))
    return work();
  stream->capture->graph->work.push_back(std::move(work));
  return cudaSuccess;
}

/// A call that a capture does not allow makes it useless.
static cudaError_t invalidate(Capture &capture) {
  capture.valid = false;
  return setLastError(cudaErrorStreamCaptureUnsupported);
}

cudaError_t bn::cuda::checkNoCapture() {
  for (cudaStream_t stream : streams)
    if (isCapturing(stream) &&
        stream->capture->mode != cudaStreamCaptureModeRelaxed)
      return invalidate(*stream->capture);
  return cudaSuccess;
}

cudaError_t cudaStreamCreate(cudaStream_t *stream) {
  *stream = new CUstream_st;
  streams.insert(*stream);
  return cudaSuccess;
}
cudaError_t cudaStreamCreateWithFlags(cudaStream_t *stream, unsigned) {
  return cudaStreamCreate(stream);
}
cudaError_t cudaStreamCreateWithPriority(cudaStream_t *stream, unsigned, int) {
  return cudaStreamCreate(stream);
}

cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  if (!streams.erase(stream))
    return setLastError(cudaErrorInvalidResourceHandle);
  delete stream;
  return cudaSuccess;
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  if (!isStream(stream))
    return setLastError(cudaErrorInvalidResourceHandle);
  if (isCapturing(stream))
    return invalidate(*stream->capture);
  checkGuards();
  return cudaSuccess;
}

cudaError_t cudaStreamQuery(cudaStream_t stream) {
  return cudaStreamSynchronize(stream);
}

cudaError_t cudaDeviceSynchronize() {
  for (cudaStream_t stream : streams)
    if (isCapturing(stream))
      return invalidate(*stream->capture);
  checkGuards();
  return cudaSuccess;
}

cudaError_t cudaEventCreate(cudaEvent_t *event) {
  *event = new CUevent_st;
  return cudaSuccess;
}
cudaError_t cudaEventCreateWithFlags(cudaEvent_t *event, unsigned) {
  return cudaEventCreate(event);
}
cudaError_t cudaEventDestroy(cudaEvent_t event) {
  delete event;
  return cudaSuccess;
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  if (!isStream(stream))
    return setLastError(cudaErrorInvalidResourceHandle);
  event->capture.reset();
  if (isCapturing(stream)) {
    event->capture = stream->capture;
    return cudaSuccess;
  }
  event->time = Clock::now();
  event->recorded = true;
  return cudaSuccess;
}

cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  if (auto capture = event->capture.lock())
    return invalidate(*capture);
  return cudaSuccess;
}
cudaError_t cudaEventQuery(cudaEvent_t event) {
  return cudaEventSynchronize(event);
}

cudaError_t cudaEventElapsedTime(float *milliseconds, cudaEvent_t start,
                                 cudaEvent_t end) {
  if (!start->recorded || !end->recorded)
    return setLastError(cudaErrorInvalidResourceHandle);
  *milliseconds =
      std::chrono::duration<float, std::milli>(end->time - start->time).count();
  return cudaSuccess;
}

cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event,
                                unsigned) {
  if (!isStream(stream))
    return setLastError(cudaErrorInvalidResourceHandle);
  // A stream that waits for captured work is captured with it.
  if (auto capture = event->capture.lock()) {
    if (!stream || (stream->capture && stream->capture != capture))
      return invalidate(*capture);
    stream->capture = capture;
  }
  return cudaSuccess;
}

cudaError_t cudaStreamBeginCapture(cudaStream_t stream,
                                   cudaStreamCaptureMode mode) {
  if (!isStream(stream))
    return setLastError(cudaErrorInvalidResourceHandle);
  if (!stream)
    return setLastError(cudaErrorStreamCaptureUnsupported);
  if (isCapturing(stream))
    return setLastError(cudaErrorIllegalState);
  stream->capture = std::make_shared<Capture>();
  stream->capture->origin = stream;
  stream->capture->mode = mode;
  return cudaSuccess;
}

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t *graph) {
  *graph = nullptr;
  if (!isStream(stream))
    return setLastError(cudaErrorInvalidResourceHandle);
  if (!isCapturing(stream))
    return setLastError(cudaErrorIllegalState);
  auto capture = stream->capture;
  if (capture->origin != stream)
    return setLastError(cudaErrorStreamCaptureUnmatched);
  for (cudaStream_t other : streams)
    if (other->capture == capture)
      other->capture.reset();
  if (!capture->valid)
    return setLastError(cudaErrorStreamCaptureInvalidated);
  *graph = capture->graph.release();
  return cudaSuccess;
}

cudaError_t cudaStreamIsCapturing(cudaStream_t stream,
                                  cudaStreamCaptureStatus *status) {
  *status = !isCapturing(stream)     ? cudaStreamCaptureStatusNone
            : stream->capture->valid ? cudaStreamCaptureStatusActive
                                     : cudaStreamCaptureStatusInvalidated;
  return cudaSuccess;
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t *executable, cudaGraph_t graph,
                                 unsigned long long) {
  if (!graph)
    return setLastError(cudaErrorInvalidValue);
  *executable = new CUgraphExec_st{graph->work};
  return cudaSuccess;
}

cudaError_t cudaGraphGetNodes(cudaGraph_t graph, cudaGraphNode_t *nodes,
                              size_t *count) {
  if (nodes)
    return setLastError(cudaErrorNotSupported);
  *count = graph->work.size();
  return cudaSuccess;
}

cudaError_t cudaGraphUpload(cudaGraphExec_t, cudaStream_t) {
  return cudaSuccess;
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t stream) {
  if (!executable)
    return setLastError(cudaErrorInvalidValue);
  for (const Work &work : executable->work)
    if (cudaError_t error = submit(stream, work))
      return error;
  return cudaSuccess;
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t executable) {
  delete executable;
  return cudaSuccess;
}
cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  delete graph;
  return cudaSuccess;
}
