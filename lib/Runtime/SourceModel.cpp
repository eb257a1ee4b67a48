//===- SourceModel.cpp - The ONNX file that is trained ----------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Runtime/SourceModel.h"
#include "WireFormat.h"
#include "bn/Runtime/Writers.h"

#include <algorithm>
#include <string.h>

using namespace bn::runtime;

namespace {

/// The fields of ModelProto, GraphProto and StringStringEntryProto that matter.
enum : unsigned {
  ModelGraph = 7,
  ModelMetadata = 14,
  GraphInitializer = 5,
  EntryKey = 1,
  EntryValue = 2
};

/// One field of a message.
struct Field {
  unsigned number = 0;
  unsigned wireType = 0;
  uint64_t integer = 0;        // of a varint
  std::string_view value;      // of the others
  std::string_view wholeField; // with key and size
};

} // namespace

static Field nextField(WireCursor &cursor) {
  Field field;
  const char *begin = cursor.bytes.data();
  uint64_t key = cursor.varint();
  field.number = static_cast<unsigned>(key >> 3);
  field.wireType = key & 7;
  if (key >> 3 > UINT32_MAX)
    cursor.failed = true;
  else if (field.wireType == Varint)
    field.integer = cursor.varint();
  else
    field.value = cursor.value(field.wireType);
  if (!cursor.failed)
    field.wholeField = {begin,
                        static_cast<size_t>(cursor.bytes.data() - begin)};
  return field;
}

static Error damaged() {
  return Error::make("the source model is not an ONNX file, or damaged");
}

SourceModel::Span SourceModel::spanOf(std::string_view part) const {
  return {static_cast<size_t>(part.data() - bytes.data()), part.size()};
}

Expected<SourceModel> SourceModel::parse(std::string_view bytes) {
  SourceModel model;
  model.bytes = bytes;
  if (Error error = model.readModel())
    return error;
  return model;
}

Error SourceModel::readModel() {
  WireCursor cursor{bytes};
  while (!cursor.done()) {
    Field field = nextField(cursor);
    if (cursor.failed)
      break;
    Error error = Error::success();
    if (field.number == ModelGraph && field.wireType == Bytes)
      error = readGraph(field.value);
    else if (field.number == ModelMetadata && field.wireType == Bytes)
      error = readProperty(field.value, spanOf(field.wholeField));
    if (error)
      return error;
  }
  return cursor.failed ? damaged() : Error::success();
}

Error SourceModel::readGraph(std::string_view graph) {
  WireCursor cursor{graph};
  while (!cursor.done()) {
    Field field = nextField(cursor);
    if (!cursor.failed && field.number == GraphInitializer &&
        field.wireType == Bytes)
      if (Error error = readInitializer(field.value))
        return error;
  }
  return cursor.failed ? damaged() : Error::success();
}

Error SourceModel::readInitializer(std::string_view tensor) {
  using namespace tensor_field;
  Initializer result;
  WireCursor cursor{tensor};
  while (!cursor.done()) {
    Field field = nextField(cursor);
    if (cursor.failed)
      break;
    switch (field.number) {
    case Dims:
      if (field.wireType == Varint)
        result.shape.push_back(static_cast<int64_t>(field.integer));
      for (WireCursor packed{field.value}; !packed.done();) {
        result.shape.push_back(static_cast<int64_t>(packed.varint()));
        cursor.failed |= packed.failed;
      }
      break;
    case DataType:
      result.type = field.integer;
      break;
    case Name:
      result.name = field.value;
      break;
    case FloatData:
    case DoubleData:
    case RawData:
      result.elements.push_back(spanOf(field.value));
      break;
    case Segment:
      result.obstacle = "is in segments";
      break;
    case DataLocation:
      if (field.integer != 0)
        result.obstacle = "has external data";
      break;
    }
  }
  if (cursor.failed)
    return damaged();
  initializers.push_back(std::move(result));
  return Error::success();
}

Error SourceModel::readProperty(std::string_view value, Span entry) {
  Property property = {{}, entry};
  WireCursor cursor{value};
  while (!cursor.done()) {
    Field field = nextField(cursor);
    if (field.number == EntryKey)
      property.key = field.value;
  }
  if (cursor.failed)
    return damaged();
  properties.push_back(property);
  return Error::success();
}

const SourceModel::Initializer *SourceModel::find(const char *name) const {
  for (const Initializer &initializer : initializers)
    if (initializer.name == name)
      return &initializer;
  return nullptr;
}

static std::vector<int64_t> withoutOnes(std::vector<int64_t> shape) {
  shape.erase(std::remove(shape.begin(), shape.end(), 1), shape.end());
  return shape;
}

Error SourceModel::check(const bn_tensor_spec &spec) const {
  const Initializer *found = find(spec.name);
  if (!found)
    return Error::make("the source model has no initializer '%s'", spec.name);
  auto type = static_cast<ElementType>(found->type);
  if (type != ElementType::F32 && type != ElementType::F64)
    return Error::make("initializer '%s': expected element type f32 or f64, "
                       "got ONNX's type %llu",
                       spec.name, static_cast<unsigned long long>(found->type));
  if (found->obstacle)
    return Error::make("initializer '%s' %s", spec.name, found->obstacle);
  // A parameter by channel may be written with extents of 1 around.
  if (withoutOnes(found->shape) !=
      withoutOnes(std::vector<int64_t>(spec.shape, spec.shape + spec.rank)))
    return Error::make(
        "initializer '%s': expected shape %s, got %s", spec.name,
        shapeText(spec.shape, static_cast<size_t>(spec.rank)).c_str(),
        shapeText(found->shape).c_str());
  Expected<int64_t> size = checkedByteCount(type, found->shape);
  if (!size)
    return size.takeError();
  size_t present = 0;
  bool isWhole = true;
  for (const Span &span : found->elements) {
    present += span.size;
    isWhole &= span.size % elementSize(type) == 0;
  }
  if (!isWhole || present != static_cast<size_t>(*size))
    return Error::make("initializer '%s': expected %lld bytes, got %zu",
                       spec.name, static_cast<long long>(*size), present);
  return Error::success();
}

/// Calls visit(index of the element, its offset in the file).
template <typename Visitor>
void SourceModel::forEachElement(const Initializer &initializer,
                                 Visitor visit) const {
  size_t size = elementSize(static_cast<ElementType>(initializer.type));
  size_t index = 0;
  for (const Span &span : initializer.elements)
    for (size_t offset = 0; offset < span.size; offset += size)
      visit(index++, span.begin + offset);
}

/// Element `index` of dense values, whatever their alignment.
static double valueAt(bool isDouble, const char *values, size_t index) {
  if (isDouble) {
    double value;
    memcpy(&value, values + index * sizeof value, sizeof value);
    return value;
  }
  float value;
  memcpy(&value, values + index * sizeof value, sizeof value);
  return static_cast<double>(value);
}

static void storeValue(bool isDouble, char *values, size_t index,
                       double value) {
  if (isDouble) {
    memcpy(values + index * sizeof value, &value, sizeof value);
    return;
  }
  auto narrow = static_cast<float>(value);
  memcpy(values + index * sizeof narrow, &narrow, sizeof narrow);
}

void SourceModel::read(const bn_tensor_spec &spec, void *target) const {
  const Initializer &from = *find(spec.name);
  bool fromDouble = from.type == BN_F64, toDouble = spec.element_type == BN_F64;
  forEachElement(from, [&](size_t index, size_t offset) {
    storeValue(toDouble, static_cast<char *>(target), index,
               valueAt(fromDouble, bytes.data() + offset, 0));
  });
}

Error SourceModel::edit() {
  Expected<Buffer> copy = Buffer::allocate(bytes.size());
  if (!copy)
    return copy.takeError();
  edited = std::move(*copy);
  memcpy(edited.data(), bytes.data(), bytes.size());
  dropped.clear();
  added.clear();
  return Error::success();
}

void SourceModel::replace(const bn_tensor_spec &spec, const void *values) {
  const Initializer &to = *find(spec.name);
  bool fromDouble = spec.element_type == BN_F64, toDouble = to.type == BN_F64;
  forEachElement(to, [&](size_t index, size_t offset) {
    storeValue(toDouble, edited.data() + offset, 0,
               valueAt(fromDouble, static_cast<const char *>(values), index));
  });
}

static void appendVarint(std::string &bytes, uint64_t value) {
  for (; value >= 0x80; value >>= 7)
    bytes += static_cast<char>(value | 0x80);
  bytes += static_cast<char>(value);
}

static void appendField(std::string &bytes, unsigned number,
                        std::string_view value) {
  appendVarint(bytes, number << 3 | Bytes);
  appendVarint(bytes, value.size());
  bytes += value;
}

void SourceModel::setProperty(std::string_view key, std::string_view value) {
  for (const Property &property : properties)
    if (property.key == key) {
      size_t place = dropped.size();
      while (place > 0 && dropped[place - 1].begin > property.entry.begin)
        --place;
      dropped.insert(dropped.begin() + static_cast<ptrdiff_t>(place),
                     property.entry);
    }
  std::string entry;
  appendField(entry, EntryKey, key);
  appendField(entry, EntryValue, value);
  appendField(added, ModelMetadata, entry);
}

Error SourceModel::write(const std::string &path) const {
  std::vector<std::string_view> pieces;
  std::string_view whole(edited.data(), edited.size());
  size_t position = 0;
  for (const Span &span : dropped) {
    pieces.push_back(whole.substr(position, span.begin - position));
    position = span.begin + span.size;
  }
  pieces.push_back(whole.substr(position));
  pieces.push_back(added);
  return writeFile(path, pieces);
}
