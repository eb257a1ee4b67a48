//===- Checkpoint.cpp - State to go on from ---------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Checkpoint.h"
#include "bn/Runtime/Readers.h"
#include "bn/Runtime/Writers.h"

#include <limits.h>
#include <string.h>
#include <zlib.h>

using namespace bn::runtime;

namespace {

constexpr char magic[8] = {'b', 'n', '-', 's', 't', 'a', 't', 'e'};
constexpr int64_t formatVersion = 1;

/// Numbers of eight bytes only, so that there is no padding.
struct Header {
  char magic[8];
  int64_t version;
  uint64_t trainer; // see identify
  TrainingSetup setup;
  TrainingPosition position;
  int64_t epochCount;
};

} // namespace

template <typename T>
static std::string_view bytesOf(const T *values, size_t count) {
  return {reinterpret_cast<const char *>(values), count * sizeof(T)};
}

/// FNV-1a.
static void hashBytes(uint64_t &hash, std::string_view bytes) {
  for (char c : bytes)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
}

/// A hash of everything that the meaning of the vectors depends on.
static uint64_t identify(const bn_trainer &trainer) {
  uint64_t hash = 0xcbf29ce484222325;
  const int32_t kinds[] = {trainer.parameter_count, trainer.trained_count,
                           trainer.loss, trainer.optimizer,
                           trainer.gradients->inputs[0].element_type};
  hashBytes(hash, bytesOf(kinds, 5));
  for (int32_t i = 0; i < trainer.parameter_count; ++i)
    hashBytes(hash, trainer.parameters[i].tensor.name);
  hashBytes(hash, {static_cast<const char *>(trainer.source),
                   static_cast<size_t>(trainer.source_bytes)});
  return hash;
}

static uint32_t checksum(const std::vector<std::string_view> &pieces) {
  uLong sum = crc32(0, nullptr, 0);
  for (std::string_view piece : pieces)
    while (!piece.empty()) {
      size_t size = piece.size() < INT_MAX ? piece.size() : INT_MAX;
      sum = crc32(sum, reinterpret_cast<const Bytef *>(piece.data()),
                  static_cast<uInt>(size));
      piece.remove_prefix(size);
    }
  return static_cast<uint32_t>(sum);
}

/// The vectors that make up the state.
template <typename Store> static auto vectorsOf(Store &store) {
  return std::vector<decltype(&store.trained)>{
      &store.trained, &store.moments[0], &store.moments[1], &store.statistics};
}

Error bn::runtime::writeCheckpoint(const std::string &path,
                                   const bn_trainer &trainer,
                                   const TrainingSetup &setup,
                                   const TrainingPosition &position,
                                   const std::vector<EpochRecord> &epochs,
                                   const ParameterStore &store) {
  Header header = {{},    formatVersion, identify(trainer),
                   setup, position,      static_cast<int64_t>(epochs.size())};
  memcpy(header.magic, magic, sizeof magic);
  std::vector<std::string_view> pieces = {
      bytesOf(&header, 1), bytesOf(epochs.data(), epochs.size())};
  for (const Buffer *vector : vectorsOf(store))
    pieces.emplace_back(vector->data(), vector->size());
  uint32_t sum = checksum(pieces);
  pieces.push_back(bytesOf(&sum, 1));
  return writeFile(path, pieces);
}

static Error compareSetups(const TrainingSetup &now,
                           const TrainingSetup &then) {
  struct {
    const char *what;
    int64_t now, then;
  } const numbers[] = {
      {"--seed", now.seed, then.seed},
      {"--batch", now.batch, then.batch},
      {"training rows", now.rows, then.rows},
      {"shuffling (0: --no-shuffle)", now.shuffled, then.shuffled},
      {"--drop-last", now.dropLast, then.dropLast}};
  for (const auto &number : numbers)
    if (number.now != number.then)
      return Error::make("the run was begun with another %s: expected %lld, "
                         "got %lld",
                         number.what, static_cast<long long>(number.then),
                         static_cast<long long>(number.now));
  return Error::success();
}

static Error restore(std::string_view bytes, const bn_trainer &trainer,
                     const TrainingSetup &setup, TrainingPosition &position,
                     std::vector<EpochRecord> &epochs, ParameterStore &store) {
  Header header;
  if (bytes.size() < sizeof header ||
      memcmp(bytes.data(), magic, sizeof magic) != 0)
    return Error::make("not a checkpoint of a training run");
  memcpy(&header, bytes.data(), sizeof header);
  if (header.version != formatVersion)
    return Error::make("expected version %lld of the format, got %lld",
                       static_cast<long long>(formatVersion),
                       static_cast<long long>(header.version));
  if (header.trainer != identify(trainer))
    return Error::make("written by a trainer for another model, loss, "
                       "optimizer or element type");
  size_t fixed = sizeof header + sizeof(uint32_t);
  for (Buffer *vector : vectorsOf(store))
    fixed += vector->size();
  size_t history = bytes.size() < fixed ? 0 : bytes.size() - fixed;
  uint32_t sum = 0;
  if (bytes.size() >= sizeof sum)
    memcpy(&sum, bytes.data() + bytes.size() - sizeof sum, sizeof sum);
  if (bytes.size() < fixed || history % sizeof(EpochRecord) != 0 ||
      history / sizeof(EpochRecord) !=
          static_cast<uint64_t>(header.epochCount) ||
      sum != checksum({bytes.substr(0, bytes.size() - sizeof sum)}))
    return Error::make("the checkpoint is damaged");
  if (Error error = compareSetups(setup, header.setup))
    return error;

  const char *source = bytes.data() + sizeof header;
  position = header.position;
  epochs.resize(static_cast<size_t>(header.epochCount));
  memcpy(epochs.data(), source, history);
  source += history;
  for (Buffer *vector : vectorsOf(store)) {
    memcpy(vector->data(), source, vector->size());
    source += vector->size();
  }
  return Error::success();
}

Error bn::runtime::readCheckpoint(const std::string &path,
                                  const bn_trainer &trainer,
                                  const TrainingSetup &setup,
                                  TrainingPosition &position,
                                  std::vector<EpochRecord> &epochs,
                                  ParameterStore &store) {
  Expected<Buffer> bytes = readFile(path);
  if (!bytes)
    return bytes.takeError();
  return restore({bytes->data(), bytes->size()}, trainer, setup, position,
                 epochs, store)
      .inFile(path);
}
