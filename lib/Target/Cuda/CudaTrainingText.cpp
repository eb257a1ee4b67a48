//===- CudaTrainingText.cpp - What training keeps on the device -----------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CudaTexts.h"

using namespace mlir;
using namespace mlir::bn;

static constexpr StringLiteral trainingText = R"(
constexpr size_t kTrainedBytes = $trainedBytes;
constexpr size_t kStatisticsBytes = $statisticsBytes;
constexpr int64_t kTrainedValues = kTrainedBytes / sizeof(float);
constexpr int kSettingCount = $settings;

/// What a run keeps on the device from one step to the next. One call runs at a
/// time.
struct Training {
  std::mutex mutex;
  cudaStream_t stream = nullptr;
  char *trained = nullptr;
  char *gradients = nullptr;
  /// States of the optimizer.
  char *states[$states] = {};
  char *statistics = nullptr;
  char *newStatistics = nullptr;
  float *settings = nullptr;
  int64_t *seed = nullptr;
  float *loss = nullptr;
  int64_t *hits = nullptr;
  /// Rows that there is memory for, in what follows.
  int64_t capacity = 0;
  char *data = nullptr;
  int64_t *labels = nullptr;
  float *logits = nullptr;
  char *workspace = nullptr;
  int64_t *rowNumbers = nullptr;
  /// The data set, if it is here.
  int64_t setRows = 0;
  float *setData = nullptr;
  int64_t *setLabels = nullptr;
  /// All launches of a step, by the rows of its batch and whether they come from
  /// the data set.
  std::map<std::pair<int64_t, bool>, cudaGraphExec_t> graphs;

  /// Whether all that does not depend on a batch is there.
  bool created = false;

  bool create();
  bool reserve(int64_t batch);
  bool dropGraphs();
  bool gather(int64_t batch);
  bool launchStep(int64_t batch);
  bool launchPrediction(int64_t batch);
  bool capture(int64_t batch, bool gathers);
  bool load(const void *const *vectors);
  bool store(void *const *vectors);
  bool step(const void *rows, const int64_t *rowLabels, const int64_t *seeds,
            const void *values, int64_t batch, void *lossValue,
            int64_t *hitCount);
  bool stepRows(const int64_t *numbers, const int64_t *seeds,
                const void *values, int64_t batch, void *lossValue,
                int64_t *hitCount);
  bool finishStep(bool gathers, const int64_t *seeds, const void *values,
                  int64_t batch, void *lossValue, int64_t *hitCount);
  int32_t reserveRows(int64_t rows);
  bool putRows(const void *rows, const int64_t *rowLabels, int64_t first,
               int64_t count);
  bool predict(const void *rows, int64_t batch, void *values);
};

Training training;

/// Values of a row of the data.
constexpr int64_t kRowValues = $rowValues;

/// Copies rows of the data set to a batch.
__global__ void __launch_bounds__(256)
gatherRows(const float *__restrict__ set, const int64_t *__restrict__ setLabels,
           const int64_t *__restrict__ numbers, float *__restrict__ data,
           int64_t *__restrict__ labels, int64_t batch) {
  const int64_t i = static_cast<int64_t>(blockIdx.x) * 256 + threadIdx.x;
  if (i < batch * kRowValues)
    data[i] = set[numbers[i / kRowValues] * kRowValues + i % kRowValues];
  if (i < batch)
    labels[i] = setLabels[numbers[i]];
}

/// Memory of `bytes` bytes, all zero, in the place of what `memory` was.
template <typename T> bool allocateZeros(T *&memory, size_t bytes) {
  if (memory != nullptr && !check(cudaFree(memory), "cudaFree"))
    return false;
  memory = nullptr;
  if (bytes == 0)
    return true;
  return check(cudaMalloc(&memory, bytes), "memory for training") &&
         check(cudaMemset(memory, 0, bytes), "memory for training");
}

template <typename T, typename U>
bool copyBytes(T *to, const U *from, size_t bytes, cudaMemcpyKind kind,
          cudaStream_t stream) {
  return bytes == 0 ||
         check(cudaMemcpyAsync(to, from, bytes, kind, stream), "copy");
}

/// The stream, and memory that does not depend on the batch.
bool Training::create() {
  if (created)
    return true;
  if (stream == nullptr &&
      !check(cudaStreamCreate(&stream), "no usable NVIDIA GPU"))
    return false;
  for (char *&state : states)
    if (!allocateZeros(state, kTrainedBytes))
      return false;
  created = allocateZeros(trained, kTrainedBytes) &&
            allocateZeros(gradients, kTrainedBytes) &&
            allocateZeros(statistics, kStatisticsBytes) &&
            allocateZeros(newStatistics, kStatisticsBytes) &&
            allocateZeros(settings, kSettingCount * sizeof(float)) &&
            allocateZeros(seed, 2 * sizeof(int64_t)) &&
            allocateZeros(loss, sizeof(float)) &&
            allocateZeros(hits, sizeof(int64_t));
  return created;
}

bool Training::dropGraphs() {
  for (auto &graph : graphs)
    if (!check(cudaGraphExecDestroy(graph.second), "old graph"))
      return false;
  graphs.clear();
  return true;
}

/// Memory for batches of `batch` rows if there is less.
bool Training::reserve(int64_t batch) {
  if (!create())
    return false;
  if (batch <= capacity)
    return true;
  capacity = 0;
  if (!dropGraphs())
    return false;
  using namespace $predictSpace;
  const size_t forPrediction = kSizes[kTensorCount].of(batch);
  const size_t forStep = $gradientsSpace::kSizes[$gradientsSpace::kTensorCount].of(batch);
  if (!allocateZeros(data, kSizes[0].of(batch)) ||
      !allocateZeros(logits, kSizes[kTensorCount - 1].of(batch)) ||
      !allocateZeros(labels, static_cast<size_t>(batch) * sizeof(int64_t)) ||
      !allocateZeros(rowNumbers,
                     static_cast<size_t>(batch) * sizeof(int64_t)) ||
      !allocateZeros(workspace, forStep > forPrediction ? forStep : forPrediction))
    return false;
  capacity = batch;
  return true;
}

/// Takes the batch from the data set.
bool Training::gather(int64_t batch) {
  return check(launch(stream, divideUp(batch * kRowValues, 256), 256,
                      gatherRows, setData, setLabels, rowNumbers,
                      reinterpret_cast<float *>(data), labels, batch),
               "gatherRows");
}

/// Loss and gradients, the optimizer, and the new statistics in the place of the
/// old.
bool Training::launchStep($batchName) {
  return $gradients &&
         $update &&
         copyBytes(statistics, newStatistics, kStatisticsBytes,
              cudaMemcpyDeviceToDevice, stream);
}

bool Training::launchPrediction($predictBatchName) {
  return $predict;
}

/// Records the launches of a step on `batch` rows, which then start as one.
bool Training::capture(int64_t batch, bool gathers) {
  if (graphs.count({batch, gathers}) != 0)
    return true;
  cudaGraph_t captured = nullptr;
  cudaGraphExec_t graph = nullptr;
  if (!check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal),
             "capture"))
    return false;
  const bool launched = (!gathers || gather(batch)) && launchStep(batch);
  const bool recorded =
      check(cudaStreamEndCapture(stream, &captured), "end of the capture") &&
      launched && check(cudaGraphInstantiate(&graph, captured, 0), "graph");
  if (captured != nullptr &&
      !check(cudaGraphDestroy(captured), "captured graph"))
    return false;
  if (recorded)
    graphs[{batch, gathers}] = graph;
  return recorded;
}

bool Training::load(const void *const *vectors) {
  std::lock_guard<std::mutex> lock(mutex);
  if (!create() || !copyBytes(trained, vectors[0], kTrainedBytes,
                         cudaMemcpyHostToDevice, stream))
    return false;
  for (char *&state : states)
    if (!copyBytes(state, vectors[1 + (&state - states)], kTrainedBytes,
              cudaMemcpyHostToDevice, stream))
      return false;
  return copyBytes(statistics, vectors[3], kStatisticsBytes, cudaMemcpyHostToDevice,
              stream) &&
         check(cudaStreamSynchronize(stream), "copy to the device");
}

bool Training::store(void *const *vectors) {
  std::lock_guard<std::mutex> lock(mutex);
  if (!create() || !copyBytes(static_cast<char *>(vectors[0]), trained,
                         kTrainedBytes, cudaMemcpyDeviceToHost, stream))
    return false;
  for (char *&state : states)
    if (!copyBytes(static_cast<char *>(vectors[1 + (&state - states)]), state,
              kTrainedBytes, cudaMemcpyDeviceToHost, stream))
      return false;
  return copyBytes(static_cast<char *>(vectors[3]), statistics, kStatisticsBytes,
              cudaMemcpyDeviceToHost, stream) &&
         check(cudaStreamSynchronize(stream), "copy from the device");
}

bool Training::step(const void *rows, const int64_t *rowLabels,
                    const int64_t *seeds, const void *values, int64_t batch,
                    void *lossValue, int64_t *hitCount) {
  std::lock_guard<std::mutex> lock(mutex);
  return reserve(batch) && capture(batch, false) &&
         copyBytes(data, static_cast<const char *>(rows),
                   $gradientsSpace::kSizes[0].of(batch), cudaMemcpyHostToDevice,
                   stream) &&
         copyBytes(labels, rowLabels,
                   static_cast<size_t>(batch) * sizeof(int64_t),
                   cudaMemcpyHostToDevice, stream) &&
         finishStep(false, seeds, values, batch, lossValue, hitCount);
}

bool Training::stepRows(const int64_t *numbers, const int64_t *seeds,
                        const void *values, int64_t batch, void *lossValue,
                        int64_t *hitCount) {
  std::lock_guard<std::mutex> lock(mutex);
  return reserve(batch) && capture(batch, true) &&
         copyBytes(rowNumbers, numbers,
                   static_cast<size_t>(batch) * sizeof(int64_t),
                   cudaMemcpyHostToDevice, stream) &&
         finishStep(true, seeds, values, batch, lossValue, hitCount);
}

bool Training::finishStep(bool gathers, const int64_t *seeds,
                          const void *values, int64_t batch, void *lossValue,
                          int64_t *hitCount) {
  return copyBytes(seed, seeds, 2 * sizeof(int64_t), cudaMemcpyHostToDevice,
                   stream) &&
         copyBytes(settings, static_cast<const float *>(values),
                   kSettingCount * sizeof(float), cudaMemcpyHostToDevice,
                   stream) &&
         check(cudaGraphLaunch(graphs[{batch, gathers}], stream),
               "launch of the graph") &&
         copyBytes(static_cast<float *>(lossValue), loss, sizeof(float),
                   cudaMemcpyDeviceToHost, stream) &&
         copyBytes(hitCount, hits, sizeof(int64_t), cudaMemcpyDeviceToHost,
                   stream) &&
         check(cudaStreamSynchronize(stream), "training step");
}

/// At most half of what is free is for the data set.
int32_t Training::reserveRows(int64_t rows) {
  std::lock_guard<std::mutex> lock(mutex);
  const size_t count = static_cast<size_t>(rows);
  const size_t bytes = count * kRowValues * sizeof(float);
  size_t available = 0, total = 0;
  if (!create() || !check(cudaMemGetInfo(&available, &total), "memory"))
    return BN_DEVICE_ERROR;
  if (bytes + count * sizeof(int64_t) > available / 2)
    return BN_BAD_BATCH;
  setRows = 0;
  if (!dropGraphs() || !allocateZeros(setData, bytes) ||
      !allocateZeros(setLabels, count * sizeof(int64_t)))
    return BN_DEVICE_ERROR;
  setRows = rows;
  return BN_OK;
}

bool Training::putRows(const void *rows, const int64_t *rowLabels,
                       int64_t first, int64_t count) {
  std::lock_guard<std::mutex> lock(mutex);
  return first >= 0 && count >= 0 && first + count <= setRows &&
         copyBytes(setData + first * kRowValues,
                   static_cast<const float *>(rows),
                   static_cast<size_t>(count * kRowValues) * sizeof(float),
                   cudaMemcpyHostToDevice, stream) &&
         copyBytes(setLabels + first, rowLabels,
                   static_cast<size_t>(count) * sizeof(int64_t),
                   cudaMemcpyHostToDevice, stream) &&
         check(cudaStreamSynchronize(stream), "copy of the data set");
}

bool Training::predict(const void *rows, int64_t batch, void *values) {
  std::lock_guard<std::mutex> lock(mutex);
  using namespace $predictSpace;
  return reserve(batch) &&
         copyBytes(data, static_cast<const char *>(rows), kSizes[0].of(batch),
              cudaMemcpyHostToDevice, stream) &&
         launchPrediction(batch) &&
         copyBytes(static_cast<char *>(values), reinterpret_cast<char *>(logits),
              kSizes[kTensorCount - 1].of(batch), cudaMemcpyDeviceToHost,
              stream) &&
         check(cudaStreamSynchronize(stream), "prediction");
}

int32_t loadTraining(const void *trained, const void *first, const void *second,
             const void *statistics) {
  const void *const vectors[] = {trained, first, second, statistics};
  return training.load(vectors) ? BN_OK : BN_DEVICE_ERROR;
}

int32_t storeTraining(void *trained, void *first, void *second, void *statistics) {
  void *const vectors[] = {trained, first, second, statistics};
  return training.store(vectors) ? BN_OK : BN_DEVICE_ERROR;
}

int32_t trainStep(const void *data, const int64_t *labels, const int64_t *seed,
             const void *settings, int64_t batch, void *loss, int64_t *hits) {
  using namespace $gradientsSpace;
  if (batch < kMinimumBatch || batch > kMaximumBatch)
    return BN_BAD_BATCH;
  return training.step(data, labels, seed, settings, batch, loss, hits)
             ? BN_OK
             : BN_DEVICE_ERROR;
}

int32_t predictBatch(const void *data, int64_t batch, void *logits) {
  using namespace $predictSpace;
  if (batch < kMinimumBatch || batch > kMaximumBatch)
    return BN_BAD_BATCH;
  return training.predict(data, batch, logits) ? BN_OK : BN_DEVICE_ERROR;
}

int32_t reserveRows(int64_t rows) { return training.reserveRows(rows); }

int32_t putRows(const void *data, const int64_t *labels, int64_t first,
                int64_t rows) {
  return training.putRows(data, labels, first, rows) ? BN_OK : BN_DEVICE_ERROR;
}

int32_t trainRows(const int64_t *rows, const int64_t *seed,
                  const void *settings, int64_t batch, void *loss,
                  int64_t *hits) {
  using namespace $gradientsSpace;
  if (batch < kMinimumBatch || batch > kMaximumBatch)
    return BN_BAD_BATCH;
  return training.stepRows(rows, seed, settings, batch, loss, hits)
             ? BN_OK
             : BN_DEVICE_ERROR;
}

const bn_device_training deviceTraining = {
    loadTraining, storeTraining, trainStep, predictBatch,
    reserveRows,  putRows,       trainRows};
)";

StringRef cuda::getTrainingText() { return trainingText; }
