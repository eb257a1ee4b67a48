//===- LayerCounts.cpp - What the layers of a model compute ---------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Dialect/BN/IR/LayerCounts.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace mlir::bn;

Attribute LayerCounts::toAttribute(MLIRContext *context) const {
  Builder builder(context);
  auto number = [&](StringRef key, int64_t value) {
    return builder.getNamedAttr(key, builder.getI64IntegerAttr(value));
  };
  return builder.getDictionaryAttr(
      {number("bytes_per_row", bytesPerRow),
       builder.getNamedAttr("name", builder.getStringAttr(name)),
       number("operations_per_row", operationsPerRow),
       number("parameter_bytes", parameterBytes)});
}

std::optional<LayerCounts> LayerCounts::fromAttribute(Attribute attribute) {
  auto entries = dyn_cast<DictionaryAttr>(attribute);
  if (!entries || entries.size() != 4)
    return std::nullopt;
  auto name = entries.getAs<StringAttr>("name");
  auto bytes = entries.getAs<IntegerAttr>("bytes_per_row"),
       operations = entries.getAs<IntegerAttr>("operations_per_row"),
       parameters = entries.getAs<IntegerAttr>("parameter_bytes");
  if (!name || !bytes || !operations || !parameters)
    return std::nullopt;
  return LayerCounts{name.str(), operations.getInt(), parameters.getInt(),
                     bytes.getInt()};
}

std::optional<std::vector<LayerCounts>> bn::getLayerCounts(Attribute layers) {
  auto entries = dyn_cast<ArrayAttr>(layers);
  if (!entries)
    return std::nullopt;
  std::vector<LayerCounts> result;
  for (Attribute entry : entries) {
    std::optional<LayerCounts> counts = LayerCounts::fromAttribute(entry);
    if (!counts)
      return std::nullopt;
    result.push_back(std::move(*counts));
  }
  return result;
}
