//===- DataSet.cpp - Pictures with labels -----------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Runtime/DataSet.h"
#include "bn/Runtime/Readers.h"

#include <string.h>
#include <unistd.h>

using namespace bn::runtime;

static bool exists(const std::string &path) {
  return access(path.c_str(), F_OK) == 0;
}

static Expected<std::vector<int64_t>> toLabels(const Tensor &tensor) {
  if (tensor.shape.size() != 1 || tensor.isPixels ||
      tensor.type == ElementType::F32 || tensor.type == ElementType::F64)
    return Error::make("expected labels (integers of rank 1), got %s",
                       tensor.describe().c_str());
  std::vector<int64_t> labels(static_cast<size_t>(tensor.elementCount()));
  for (size_t i = 0; i < labels.size(); ++i) {
    double value = tensor.valueAt(static_cast<int64_t>(i));
    if (value < 0 || value > INT32_MAX)
      return Error::make("label %zu is %.0f; expected a class number", i,
                         value);
    labels[i] = static_cast<int64_t>(value);
  }
  return labels;
}

static Expected<Tensor> readPart(const std::string &path,
                                 Expected<Tensor> (*parse)(std::string_view)) {
  Expected<Buffer> bytes = readFile(path);
  if (!bytes)
    return bytes.takeError();
  Expected<Tensor> tensor = parse({bytes->data(), bytes->size()});
  if (!tensor)
    return tensor.takeError().inFile(path);
  return tensor;
}

/// Two files, one for the images and one for the labels.
static Expected<LabeledData>
readPair(const std::string &imagesPath, const std::string &labelsPath,
         Expected<Tensor> (*parse)(std::string_view)) {
  LabeledData data;
  data.imagesPath = imagesPath;
  data.labelsPath = labelsPath;
  Expected<Tensor> images = readPart(imagesPath, parse);
  if (!images)
    return images.takeError();
  Expected<Tensor> labels = readPart(labelsPath, parse);
  if (!labels)
    return labels.takeError();
  Expected<std::vector<int64_t>> numbers = toLabels(*labels);
  if (!numbers)
    return numbers.takeError().inFile(labelsPath);
  data.images = std::move(*images);
  data.labels = std::move(*numbers);
  if (data.images.shape.empty() || data.images.shape[0] != data.rows())
    return Error::make("expected %s images as there are labels, got %s",
                       std::to_string(data.rows()).c_str(),
                       data.images.describe().c_str())
        .inFile(imagesPath);
  if (data.labels.empty())
    return Error::make("the data set has no rows").inFile(imagesPath);
  return data;
}

/// `stem` with the ending that is there, or "".
static std::string findIdx(const std::string &stem,
                           std::initializer_list<const char *> endings) {
  for (const char *ending : endings)
    for (const char *packing : {"", ".gz"})
      if (exists(stem + ending + packing))
        return stem + ending + packing;
  return "";
}

static std::string findIdxImages(const std::string &stem) {
  return findIdx(stem, {"-images-idx3-ubyte", "-images-idx4-ubyte"});
}

static Expected<LabeledData> readIdxPair(const std::string &stem) {
  std::string labels = findIdx(stem, {"-labels-idx1-ubyte"});
  if (labels.empty())
    return Error::make("no such file, nor with .gz")
        .inFile(stem + "-labels-idx1-ubyte");
  return readPair(findIdxImages(stem), labels, parseIdx);
}

static Expected<LabeledData> readNpyPair(const std::string &stem) {
  return readPair(stem + "-images.npy", stem + "-labels.npy", parseNpy);
}

/// Several CIFAR-10 files, row after row.
static Expected<LabeledData> readCifar(const std::vector<std::string> &paths) {
  std::string all;
  for (const std::string &path : paths) {
    Expected<Buffer> bytes = readFile(path);
    if (!bytes)
      return bytes.takeError();
    // Each by itself first, so that the damaged one is blamed.
    Expected<CifarBatch> batch = parseCifar({bytes->data(), bytes->size()});
    if (!batch)
      return batch.takeError().inFile(path);
    all.append(bytes->data(), bytes->size());
  }
  Expected<CifarBatch> batch = parseCifar(all);
  if (!batch)
    return batch.takeError().inFile(paths[0]);
  LabeledData data;
  data.imagesPath = data.labelsPath = paths[0];
  data.images = std::move(batch->images);
  Expected<std::vector<int64_t>> labels = toLabels(batch->labels);
  if (!labels)
    return labels.takeError().inFile(paths[0]);
  data.labels = std::move(*labels);
  return data;
}

static Error storePart(Expected<LabeledData> part, LabeledData &target) {
  if (!part)
    return part.takeError();
  target = std::move(*part);
  return Error::success();
}

Expected<DataSet> bn::runtime::readDataSet(const std::string &directory) {
  if (!isDirectory(directory))
    return Error::make("not a directory").inFile(directory);
  DataSet data;
  Error error = Error::success();
  std::string start = directory + "/";
  std::string testBatch = start + "test_batch.bin";
  if (!findIdxImages(start + "train").empty()) {
    error = storePart(readIdxPair(start + "train"), data.train);
    if (!error && !findIdxImages(start + "t10k").empty())
      error = storePart(readIdxPair(start + "t10k"), data.test);
  } else if (exists(start + "data_batch_1.bin")) {
    std::vector<std::string> paths;
    do
      paths.push_back(start + "data_batch_" + std::to_string(paths.size() + 1) +
                      ".bin");
    while (exists(start + "data_batch_" + std::to_string(paths.size() + 1) +
                  ".bin"));
    error = storePart(readCifar(paths), data.train);
    if (!error && exists(testBatch))
      error = storePart(readCifar({testBatch}), data.test);
  } else if (exists(start + "train-images.npy")) {
    error = storePart(readNpyPair(start + "train"), data.train);
    if (!error && exists(start + "test-images.npy"))
      error = storePart(readNpyPair(start + "test"), data.test);
  } else {
    return Error::make("no data set: expected train-images-idx3-ubyte (or "
                       ".gz), data_batch_1.bin or train-images.npy")
        .inFile(directory);
  }
  if (error)
    return error;
  return data;
}

Error bn::runtime::checkLabels(const LabeledData &data, int64_t classCount) {
  for (size_t i = 0; i < data.labels.size(); ++i)
    if (data.labels[i] >= classCount)
      return Error::make("label %zu is %lld, the model has %lld classes", i,
                         static_cast<long long>(data.labels[i]),
                         static_cast<long long>(classCount))
          .inFile(data.labelsPath);
  return Error::success();
}
