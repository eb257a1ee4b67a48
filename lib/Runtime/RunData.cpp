//===- RunData.cpp - The data of a run --------------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Matches files with inputs: by name where a name is given (--input, arrays of
// an .npz), else in order. The only input of a model takes any number of files,
// row after row.
//
//===----------------------------------------------------------------------===//

#include "FileName.h"
#include "bn/Runtime/Execution.h"
#include "bn/Runtime/Preprocess.h"
#include "bn/Runtime/Readers.h"
#include "bn/Runtime/Runner.h"

#include <string.h>

using namespace bn::runtime;

namespace {

class Loader {
public:
  Loader(const bn_model &model, const Normalization &normalization)
      : model(model), rule(batchRuleOf(model)), normalization(normalization),
        parts(static_cast<size_t>(model.input_count)) {}

  Error addNamed(const std::string &nameAndFile);
  Error addOperand(const std::string &path);
  Expected<RunData> finish();
  bool sawPixels() const { return pixelsSeen; }

private:
  const bn_model &model;
  BatchRule rule;
  const Normalization &normalization;
  std::vector<std::vector<Tensor>> parts; // of each input
  std::vector<Tensor> expected;
  std::string firstFile;
  bool pixelsSeen = false;

  int findInput(const std::string &name) const;
  Expected<size_t> nextInput() const;
  int channelsOf(size_t input) const;
  Error add(size_t input, Tensor tensor, const std::string &path);
  Error addInOrder(std::vector<Tensor> tensors, const std::string &path);
  Error addArchive(std::vector<Tensor> tensors, const std::string &path);
  Expected<Tensor> concatenate(size_t input);
  std::string inputNames() const;
};

} // namespace

int Loader::findInput(const std::string &name) const {
  for (int32_t i = 0; i < model.input_count; ++i)
    if (name == model.inputs[i].name)
      return i;
  return -1;
}

std::string Loader::inputNames() const {
  std::string names;
  for (int32_t i = 0; i < model.input_count; ++i)
    names += std::string(i ? ", '" : "'") + model.inputs[i].name + "'";
  return names;
}

/// The first input without data, or the only input.
Expected<size_t> Loader::nextInput() const {
  for (size_t i = 0; i < parts.size(); ++i)
    if (parts[i].empty() || parts.size() == 1)
      return i;
  return Error::make("more data than inputs; the model has %d",
                     model.input_count);
}

/// Channels that a picture for this input needs; 0 if the input has none.
int Loader::channelsOf(size_t input) const {
  const bn_tensor_spec &spec = model.inputs[input];
  bool known = spec.rank == 4 && (spec.shape[1] == 1 || spec.shape[1] == 3);
  return known ? static_cast<int>(spec.shape[1]) : 0;
}

Error Loader::add(size_t input, Tensor tensor, const std::string &path) {
  const bn_tensor_spec &spec = model.inputs[input];
  pixelsSeen |= tensor.isPixels;
  Expected<Tensor> prepared = prepareInput(
      spec, std::move(tensor), normalization, !rule.dynamic && rule.splittable);
  if (!prepared)
    return prepared.takeError().inFile(path);
  if (firstFile.empty())
    firstFile = path;
  parts[input].push_back(std::move(*prepared));
  return Error::success();
}

Error Loader::addInOrder(std::vector<Tensor> tensors, const std::string &path) {
  for (Tensor &tensor : tensors) {
    Expected<size_t> input = nextInput();
    if (!input)
      return input.takeError().inFile(path);
    if (Error error = add(*input, std::move(tensor), path))
      return error;
  }
  return Error::success();
}

/// Arrays named as inputs. NumPy's own names (arr_0, arr_1, …) say nothing:
/// they are taken in order.
Error Loader::addArchive(std::vector<Tensor> tensors, const std::string &path) {
  bool anonymous = !tensors.empty();
  for (const Tensor &tensor : tensors)
    anonymous &= tensor.name.compare(0, 4, "arr_") == 0;
  bool matched = false;
  for (Tensor &tensor : tensors) {
    int input = findInput(tensor.name);
    if (input < 0)
      continue;
    matched = true;
    if (!parts[static_cast<size_t>(input)].empty())
      return Error::make("input '%s' has data already",
                         model.inputs[input].name)
          .inFile(path);
    if (Error error = add(static_cast<size_t>(input), std::move(tensor), path))
      return error;
  }
  if (matched)
    return Error::success();
  if (anonymous)
    return addInOrder(std::move(tensors), path);
  return Error::make("no array is named as an input; expected %s",
                     inputNames().c_str())
      .inFile(path);
}

Error Loader::addNamed(const std::string &nameAndFile) {
  // Names of inputs may hold '=' themselves; file names may, too. The longest
  // name that is an input wins.
  size_t split = std::string::npos;
  for (size_t i = 0; i < nameAndFile.size(); ++i)
    if (nameAndFile[i] == '=' && findInput(nameAndFile.substr(0, i)) >= 0)
      split = i;
  if (split == std::string::npos)
    return Error::make("--input %s: no input of that name; expected %s",
                       nameAndFile.c_str(), inputNames().c_str());
  std::string path = nameAndFile.substr(split + 1);
  auto input = static_cast<size_t>(findInput(nameAndFile.substr(0, split)));
  Expected<std::vector<Tensor>> tensors =
      readTensorFile(path, channelsOf(input));
  if (!tensors)
    return tensors.takeError();
  if (tensors->size() != 1)
    return Error::make("expected one array, got %zu", tensors->size())
        .inFile(path);
  if (!parts[input].empty())
    return Error::make("input '%s' has data already", model.inputs[input].name)
        .inFile(path);
  return add(input, std::move(tensors->front()), path);
}

Error Loader::addOperand(const std::string &path) {
  if (isDirectory(path)) {
    Expected<std::vector<Tensor>> inputs = readTestDirectory(path, "input");
    if (!inputs)
      return inputs.takeError();
    if (inputs->empty())
      return Error::make("not an ONNX test directory: no input_0.pb in it")
          .inFile(path);
    Expected<std::vector<Tensor>> outputs = readTestDirectory(path, "output");
    if (!outputs)
      return outputs.takeError();
    for (Tensor &output : *outputs)
      expected.push_back(std::move(output));
    return addInOrder(std::move(*inputs), path);
  }
  Expected<size_t> input = nextInput();
  Expected<std::vector<Tensor>> tensors =
      readTensorFile(path, input ? channelsOf(*input) : 0);
  if (!tensors)
    return tensors.takeError();
  bool isArchive = tensors->size() != 1 || hasEnding(path, ".npz");
  return isArchive ? addArchive(std::move(*tensors), path)
                   : addInOrder(std::move(*tensors), path);
}

/// All parts of one input, row after row.
Expected<Tensor> Loader::concatenate(size_t input) {
  std::vector<Tensor> &pieces = parts[input];
  const bn_tensor_spec &spec = model.inputs[input];
  if (pieces.empty())
    return Error::make("input '%s' has no data", spec.name);
  if (pieces.size() == 1)
    return std::move(pieces[0]);
  if (spec.rank == 0 ||
      (rule.dynamic ? spec.shape[0] != BN_DYNAMIC : !rule.splittable))
    return Error::make("input '%s' takes one file, got %zu", spec.name,
                       pieces.size());
  std::vector<int64_t> shape = pieces[0].shape;
  shape[0] = 0;
  for (const Tensor &piece : pieces)
    shape[0] += piece.shape[0];
  Expected<Tensor> whole = Tensor::create(pieces[0].type, std::move(shape));
  if (!whole)
    return whole;
  char *target = whole->data.data();
  for (const Tensor &piece : pieces) {
    memcpy(target, piece.data.data(), piece.data.size());
    target += piece.data.size();
  }
  return whole;
}

Expected<RunData> Loader::finish() {
  RunData data;
  for (size_t i = 0; i < parts.size(); ++i) {
    Expected<Tensor> input = concatenate(i);
    if (!input)
      return input.takeError();
    input->name = model.inputs[i].name;
    data.inputs.push_back(std::move(*input));
  }
  data.expected = std::move(expected);
  data.firstFile = std::move(firstFile);
  Expected<int64_t> rows = countRows(model, data.inputs);
  if (!rows)
    return rows.takeError().inFile(data.firstFile);
  return data;
}

Expected<RunData> bn::runtime::loadRunData(const bn_model &model,
                                           const RunOptions &options) {
  std::string warning;
  Expected<Normalization> normalization =
      chooseNormalization(model, options.normalize, warning);
  if (!normalization)
    return normalization.takeError();
  Loader loader(model, *normalization);
  for (const std::string &named : options.namedInputs)
    if (Error error = loader.addNamed(named))
      return error;
  for (const std::string &path : options.data)
    if (Error error = loader.addOperand(path))
      return error;
  if (!warning.empty() && loader.sawPixels())
    printWarning(model.name, warning);
  if (!options.normalize.empty() && !loader.sawPixels())
    printWarning(model.name, "--normalize has no effect: it is for bytes (IDX, "
                             "CIFAR, pictures), other data are taken as they "
                             "are");
  return loader.finish();
}
