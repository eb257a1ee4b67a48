//===- TrainingPlanFacts.cpp - How a training step was planned ------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Dialect/BN/IR/TrainingPlanFacts.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace mlir::bn;

Passes &Passes::operator+=(const Passes &other) {
  forwardReads += other.forwardReads;
  forwardWrites += other.forwardWrites;
  backwardReads += other.backwardReads;
  backwardWrites += other.backwardWrites;
  nextReads += other.nextReads;
  nextWrites += other.nextWrites;
  return *this;
}

Passes LayerFacts::getBefore() const {
  Passes sum;
  for (const TensorFacts &tensor : tensors)
    sum += tensor.before;
  return sum;
}

Passes LayerFacts::getAfter() const {
  Passes sum;
  for (const TensorFacts &tensor : tensors)
    sum += tensor.after;
  return sum;
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

/// The counts, in the order of their declaration.
static Attribute write(Builder &builder, const Passes &passes) {
  return builder.getDenseF64ArrayAttr(
      {passes.forwardReads, passes.forwardWrites, passes.backwardReads,
       passes.backwardWrites, passes.nextReads, passes.nextWrites});
}

static Attribute write(Builder &builder, const TensorFacts &tensor) {
  return builder.getDictionaryAttr(
      {builder.getNamedAttr("name", builder.getStringAttr(tensor.name)),
       builder.getNamedAttr("place", builder.getStringAttr(tensor.place)),
       builder.getNamedAttr("bytes_per_row",
                            builder.getI64IntegerAttr(tensor.bytesPerRow)),
       builder.getNamedAttr("before", write(builder, tensor.before)),
       builder.getNamedAttr("after", write(builder, tensor.after))});
}

static Attribute write(Builder &builder, const LayerFacts &layer) {
  SmallVector<Attribute> tensors;
  for (const TensorFacts &tensor : layer.tensors)
    tensors.push_back(write(builder, tensor));
  return builder.getDictionaryAttr(
      {builder.getNamedAttr("name", builder.getStringAttr(layer.name)),
       // Sums, for who reads the IR.
       builder.getNamedAttr("before", write(builder, layer.getBefore())),
       builder.getNamedAttr("after", write(builder, layer.getAfter())),
       builder.getNamedAttr("tensors", builder.getArrayAttr(tensors))});
}

DictionaryAttr TrainingPlanFacts::toAttribute(MLIRContext *context) const {
  Builder builder(context);
  SmallVector<NamedAttribute> fields;
  auto addNumber = [&](StringRef name, int64_t value) {
    fields.push_back(
        builder.getNamedAttr(name, builder.getI64IntegerAttr(value)));
  };
  fields.push_back(builder.getNamedAttr("fused", builder.getBoolAttr(fused)));
  addNumber("batch", batch);
  addNumber("peak_bytes", peakBytes);
  if (memoryBudget)
    addNumber("memory_budget", *memoryBudget);
  addNumber("fixed_bytes", fixedBytes);
  addNumber("bytes_per_row", bytesPerRow);
  addNumber("bytes_per_thread", bytesPerThread);
  SmallVector<Attribute> written;
  for (const LayerFacts &layer : layers)
    written.push_back(write(builder, layer));
  fields.push_back(
      builder.getNamedAttr("normalizations", builder.getArrayAttr(written)));
  return builder.getDictionaryAttr(fields);
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

namespace {

/// Reads the fields of one dictionary, and remembers whether all were there.
struct Fields {
  explicit Fields(Attribute attribute)
      : dictionary(dyn_cast_or_null<DictionaryAttr>(attribute)),
        isGood(dictionary != nullptr) {}

  template <typename AttrT> AttrT get(StringRef name) {
    auto found = isGood ? dictionary.getAs<AttrT>(name) : AttrT();
    isGood &= found != nullptr;
    return found;
  }
  int64_t getInteger(StringRef name) {
    auto found = get<IntegerAttr>(name);
    return found ? found.getInt() : 0;
  }
  double getReal(StringRef name) {
    auto found = get<FloatAttr>(name);
    return found ? found.getValueAsDouble() : 0.0;
  }
  std::string getText(StringRef name) {
    auto found = get<StringAttr>(name);
    return found ? found.str() : std::string();
  }
  Passes getPasses(StringRef name) {
    auto found = get<DenseF64ArrayAttr>(name);
    isGood &= found && found.size() == 6;
    if (!isGood)
      return {};
    return {found[0], found[1], found[2], found[3], found[4], found[5]};
  }

  DictionaryAttr dictionary;
  bool isGood;
};

} // namespace

static std::optional<LayerFacts> readLayer(Attribute attribute) {
  Fields fields(attribute);
  LayerFacts layer;
  layer.name = fields.getText("name");
  auto tensors = fields.get<ArrayAttr>("tensors");
  if (!fields.isGood)
    return std::nullopt;
  for (Attribute written : tensors) {
    Fields of(written);
    TensorFacts tensor;
    tensor.name = of.getText("name");
    tensor.place = of.getText("place");
    tensor.bytesPerRow = of.getInteger("bytes_per_row");
    tensor.before = of.getPasses("before");
    tensor.after = of.getPasses("after");
    if (!of.isGood)
      return std::nullopt;
    layer.tensors.push_back(std::move(tensor));
  }
  return layer;
}

std::optional<TrainingPlanFacts>
TrainingPlanFacts::fromAttribute(Attribute attribute) {
  Fields fields(attribute);
  TrainingPlanFacts facts;
  auto fused = fields.get<BoolAttr>("fused");
  facts.batch = fields.getInteger("batch");
  facts.peakBytes = fields.getInteger("peak_bytes");
  facts.fixedBytes = fields.getInteger("fixed_bytes");
  facts.bytesPerRow = fields.getInteger("bytes_per_row");
  facts.bytesPerThread = fields.getInteger("bytes_per_thread");
  auto layers = fields.get<ArrayAttr>("normalizations");
  if (!fields.isGood)
    return std::nullopt;
  facts.fused = fused.getValue();
  if (auto budget = fields.dictionary.getAs<IntegerAttr>("memory_budget"))
    facts.memoryBudget = budget.getInt();
  for (Attribute written : layers) {
    std::optional<LayerFacts> layer = readLayer(written);
    if (!layer)
      return std::nullopt;
    facts.layers.push_back(std::move(*layer));
  }
  return facts;
}
