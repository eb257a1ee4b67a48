//===- Parameters.cpp - Constant tensors as doubles -----------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Dialect/BN/IR/Parameters.h"
#include "bn/Dialect/BN/IR/BN.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cstring>

using namespace mlir;
using namespace mlir::bn;

/// APFloat keeps a value's own semantics; everything here computes in double.
static double toDouble(APFloat value) {
  bool losesInfo;
  value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                &losesInfo);
  return value.convertToDouble();
}

static APFloat fromDouble(double value, const llvm::fltSemantics &semantics) {
  APFloat result(value);
  bool losesInfo;
  result.convert(semantics, APFloat::rmNearestTiesToEven, &losesInfo);
  return result;
}

ElementsAttr mlir::bn::getConstantElements(Value value) {
  ElementsAttr elements;
  if (!matchPattern(value, m_Constant(&elements)))
    return nullptr;
  return elements;
}

template <typename T>
static std::vector<double> readRaw(ArrayRef<char> data, int64_t count) {
  std::vector<double> values(count);
  for (int64_t i = 0; i < count; ++i) {
    // A blob's alignment is that of its file.
    T value;
    std::memcpy(&value, data.data() + i * sizeof(T), sizeof(T));
    values[i] = value;
  }
  return values;
}

/// The values of a blob whose elements are the bit patterns of `type`.
static FailureOr<std::vector<double>> readBlob(ArrayRef<char> data,
                                               FloatType type, int64_t count) {
  int64_t bytes = llvm::divideCeil(type.getWidth(), 8);
  if (static_cast<int64_t>(data.size()) != bytes * count)
    return failure();
  if (type.isF32())
    return readRaw<float>(data, count);
  if (type.isF64())
    return readRaw<double>(data, count);
  if (bytes > 8)
    return failure();
  std::vector<double> values(count);
  for (int64_t i = 0; i < count; ++i) {
    uint64_t bits = 0;
    std::memcpy(&bits, data.data() + i * bytes, bytes);
    values[i] = toDouble(
        APFloat(type.getFloatSemantics(), APInt(type.getWidth(), bits)));
  }
  return values;
}

FailureOr<std::vector<double>> mlir::bn::readParameter(ElementsAttr elements) {
  auto type = dyn_cast<FloatType>(elements.getElementType());
  if (!type)
    return failure();
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(elements)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob)
      return failure();
    return readBlob(blob->getData(), type, elements.getNumElements());
  }
  auto dense = dyn_cast<DenseElementsAttr>(elements);
  if (!dense)
    return failure();
  if (!dense.isSplat())
    return readBlob(dense.getRawData(), type, dense.getNumElements());
  return std::vector<double>(dense.getNumElements(),
                             toDouble(dense.getSplatValue<APFloat>()));
}

FailureOr<std::vector<double>> mlir::bn::readParameter(Value value) {
  if (ElementsAttr elements = getConstantElements(value))
    return readParameter(elements);
  return failure();
}

double mlir::bn::roundToType(double value, Type type) {
  if (type.isF64())
    return value;
  if (type.isF32())
    return static_cast<float>(value);
  return toDouble(fromDouble(value, cast<FloatType>(type).getFloatSemantics()));
}

double mlir::bn::getSmallestNormal(Type type) {
  return toDouble(APFloat::getSmallestNormalized(
      cast<FloatType>(type).getFloatSemantics()));
}

/// The bit patterns of `values` in `type`.
static std::vector<char> writeRaw(FloatType type, ArrayRef<double> values) {
  int64_t bytes = llvm::divideCeil(type.getWidth(), 8);
  std::vector<char> data(bytes * values.size());
  for (auto [i, value] : llvm::enumerate(values)) {
    uint64_t bits = 0;
    if (type.isF32()) {
      float rounded = static_cast<float>(value);
      std::memcpy(&bits, &rounded, sizeof(rounded));
    } else if (type.isF64()) {
      std::memcpy(&bits, &value, sizeof(value));
    } else {
      bits = fromDouble(value, type.getFloatSemantics())
                 .bitcastToAPInt()
                 .getZExtValue();
    }
    std::memcpy(data.data() + i * bytes, &bits, bytes);
  }
  return data;
}

ElementsAttr mlir::bn::makeParameter(RankedTensorType type,
                                     ArrayRef<double> values,
                                     ElementsAttr like) {
  std::vector<char> data =
      writeRaw(cast<FloatType>(type.getElementType()), values);
  if (auto resource = dyn_cast_or_null<DenseResourceElementsAttr>(like))
    return DenseResourceElementsAttr::get(
        type, resource.getRawHandle().getKey(),
        HeapAsmResourceBlob::allocateAndCopyWithAlign(data, /*align=*/64,
                                                      /*dataIsMutable=*/false));
  return DenseElementsAttr::getFromRawBuffer(type, data);
}

Value mlir::bn::createConstant(OpBuilder &builder, Location loc,
                               ElementsAttr elements) {
  return arith::ConstantOp::create(builder, loc, elements);
}

void mlir::bn::eraseDeadConstant(Value value) {
  auto constant = value.getDefiningOp<arith::ConstantOp>();
  if (constant && constant->use_empty())
    constant.erase();
}

StringRef mlir::bn::getSourceName(Location loc) {
  return TypeSwitch<Attribute, StringRef>(loc)
      .Case([](NameLoc name) { return name.getName().getValue(); })
      .Case([](FusedLoc fused) {
        for (Location part : fused.getLocations())
          if (StringRef name = getSourceName(part); !name.empty())
            return name;
        return StringRef();
      })
      .Case([](CallSiteLoc call) { return getSourceName(call.getCallee()); })
      .Default([](Attribute) { return StringRef(); });
}

SmallVector<Value> mlir::bn::getLearnedParameters(Operation *op) {
  auto parameters =
      llvm::TypeSwitch<Operation *, SmallVector<Value>>(op)
          .Case([](ConvOp conv) -> SmallVector<Value> {
            return {conv.getFilter(), conv.getBias()};
          })
          .Case([](LinearOp linear) -> SmallVector<Value> {
            return {linear.getWeight(), linear.getBias()};
          })
          .Case<BatchNormInferenceOp, BatchNormTrainingOp, GroupNormOp,
                LayerNormOp>([](auto norm) -> SmallVector<Value> {
            return {norm.getScale(), norm.getOffset()};
          })
          .Case([](ScaleShiftOp scaleShift) -> SmallVector<Value> {
            return {scaleShift.getScale(), scaleShift.getShift()};
          })
          .Default([](Operation *) { return SmallVector<Value>(); });
  // A bias may be absent.
  llvm::erase_if(parameters, [](Value value) { return !value; });
  return parameters;
}
