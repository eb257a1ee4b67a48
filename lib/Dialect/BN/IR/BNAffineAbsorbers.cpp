//===- BNAffineAbsorbers.cpp - Ops that take in affine maps ---------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Convolutions, linear layers and what scales and shifts by channel are all
// products y[o] = alpha * sum_i weight[o, i] * x[i] + bias[o] as far as maps by
// channel are concerned; the arithmetic is written once, for those. It is done
// in double and rounded once.
//
//===----------------------------------------------------------------------===//

#include "bn/Dialect/BN/IR/BN.h"
#include "bn/Dialect/BN/IR/Parameters.h"

#include "llvm/Support/FormatVariadic.h"

#include <cmath>

using namespace mlir;
using namespace mlir::bn;

namespace {
/// The parameters of an op, seen as a product over channels.
struct Product {
  /// Output and input channel of the weight at a row-major index.
  struct Channels {
    int64_t output, input;
  };

  TypedValue<RankedTensorType> weightValue;
  RankedTensorType biasType;
  /// The old bias, if there is one: the new one is named after it.
  ElementsAttr oldBias;
  std::vector<double> weight;
  /// What is added per output channel, with any factor applied.
  std::vector<double> bias;
  double alpha = 1.0;
  llvm::function_ref<Channels(int64_t)> channels;

  /// Reads the constants. `bias` may be null: then it is zero.
  LogicalResult read(TypedValue<RankedTensorType> weightOperand,
                     TypedValue<RankedTensorType> biasOperand,
                     double biasFactor, int64_t outputs, std::string &reason);
  /// Rounds the exact parameters; `size[o]` is what a change of the bias is
  /// measured against.
  FailureOr<AbsorbedParameters> round(ArrayRef<double> size,
                                      std::string &reason) const;
  FailureOr<AbsorbedParameters> absorb(const ChannelAffineMap &map,
                                       AffineSide side, std::string &reason);
};

/// Rounds values and keeps account of what that changes.
struct Rounding {
  explicit Rounding(Type type)
      : type(type), smallestNormal(getSmallestNormal(type)) {}

  double round(double exact) {
    double rounded = roundToType(exact, type);
    // Arithmetic on subnormal numbers is many times slower.
    if (rounded != 0.0 && std::abs(rounded) < smallestNormal) {
      ++flushed;
      return 0.0;
    }
    change = std::max(change, std::abs(rounded - exact));
    largest = std::max(largest, std::abs(exact));
    return rounded;
  }

  Type type;
  double smallestNormal;
  double change = 0.0;
  double largest = 0.0;
  int64_t flushed = 0;
};
} // namespace

LogicalResult Product::read(TypedValue<RankedTensorType> weightOperand,
                            TypedValue<RankedTensorType> biasOperand,
                            double biasFactor, int64_t outputs,
                            std::string &reason) {
  weightValue = weightOperand;
  biasType = biasOperand
                 ? biasOperand.getType()
                 : RankedTensorType::get(
                       {outputs}, weightOperand.getType().getElementType());
  FailureOr<std::vector<double>> values = readParameter(weightOperand);
  if (failed(values)) {
    reason = "its weight is not constant";
    return failure();
  }
  weight = std::move(*values);
  if (biasOperand)
    oldBias = getConstantElements(biasOperand);
  bias.assign(outputs, 0.0);
  if (!biasOperand || biasFactor == 0.0)
    return success();
  values = readParameter(biasOperand);
  if (failed(values)) {
    reason = "its bias is not constant";
    return failure();
  }
  for (auto [result, value] : llvm::zip_equal(bias, *values))
    result = biasFactor * value;
  return success();
}

FailureOr<AbsorbedParameters> Product::round(ArrayRef<double> size,
                                             std::string &reason) const {
  RankedTensorType weightType = weightValue.getType();
  auto refuse = [&](int64_t channel) {
    reason = llvm::formatv("its parameters of channel {0} would not be finite",
                           channel);
    return failure();
  };
  AbsorbedParameters absorbed;

  std::vector<Rounding> perChannel(bias.size(),
                                   Rounding(weightType.getElementType()));
  std::vector<double> values(weight.size());
  for (size_t i = 0; i < weight.size(); ++i) {
    int64_t output = channels(i).output;
    values[i] = perChannel[output].round(weight[i]);
    if (!std::isfinite(values[i]))
      return refuse(output);
  }
  for (const Rounding &rounding : perChannel) {
    if (rounding.change > 0.0)
      absorbed.measured =
          std::max(absorbed.measured, rounding.change / rounding.largest);
    absorbed.flushed += rounding.flushed;
  }
  ElementsAttr like = getConstantElements(weightValue);
  absorbed.weight = makeParameter(weightType, values, like);

  values.resize(bias.size());
  for (size_t i = 0; i < bias.size(); ++i) {
    Rounding rounding(biasType.getElementType());
    values[i] = rounding.round(bias[i]);
    if (!std::isfinite(values[i]))
      return refuse(i);
    if (rounding.change > 0.0)
      absorbed.measured =
          std::max(absorbed.measured, rounding.change / size[i]);
    absorbed.flushed += rounding.flushed;
  }
  absorbed.bias = makeParameter(biasType, values, oldBias ? oldBias : like);
  return absorbed;
}

FailureOr<AbsorbedParameters> Product::absorb(const ChannelAffineMap &map,
                                              AffineSide side,
                                              std::string &reason) {
  bool known = !map.magnitude.empty();
  std::vector<double> size(bias.size(), 0.0);
  if (side == AffineSide::Result) {
    // scale * (W x + b) + shift
    for (size_t i = 0; i < weight.size(); ++i)
      weight[i] *= map.scale[channels(i).output];
    for (size_t o = 0; o < bias.size(); ++o) {
      double scaled = map.scale[o] * bias[o];
      size[o] =
          known ? map.magnitude[o] : std::abs(scaled) + std::abs(map.shift[o]);
      bias[o] = scaled + map.shift[o];
    }
    return round(size, reason);
  }
  // W (scale * x + shift) + b
  for (size_t o = 0; o < bias.size(); ++o)
    size[o] = std::abs(bias[o]);
  for (size_t i = 0; i < weight.size(); ++i) {
    auto [output, input] = channels(i);
    double factor = alpha * weight[i];
    bias[output] += factor * map.shift[input];
    size[output] +=
        std::abs(factor * (known ? map.magnitude[input] : map.shift[input]));
    weight[i] *= map.scale[input];
  }
  return round(size, reason);
}

/// Refuses a map along another axis than the op's channels.
static LogicalResult checkAxis(const ChannelAffineMap &map, int64_t axis,
                               std::string &reason) {
  if (map.axis == axis)
    return success();
  reason = llvm::formatv("its channels are axis {0} there, not axis {1}", axis,
                         map.axis);
  return failure();
}

/// Creates the constants of absorbed parameters in front of `op`.
static std::pair<Value, Value>
createParameters(OpBuilder &builder, Operation *op, Value oldWeight,
                 Value oldBias, const AbsorbedParameters &parameters) {
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(op);
  // A bias that was not there is named after the op.
  Location biasLoc = oldBias ? oldBias.getLoc() : op->getLoc();
  if (StringRef name = getSourceName(biasLoc); !oldBias && !name.empty())
    biasLoc = NameLoc::get(builder.getStringAttr(name + ".bias"), op->getLoc());
  return {createConstant(builder, oldWeight.getLoc(), parameters.weight),
          createConstant(builder, biasLoc, parameters.bias)};
}

//===----------------------------------------------------------------------===//
// Convolution
//===----------------------------------------------------------------------===//

FailureOr<AbsorbedParameters> ConvOp::absorbMap(const ChannelAffineMap &map,
                                                AffineSide side,
                                                std::string &reason) {
  RankedTensorType filter = getFilter().getType();
  if (failed(checkAxis(map, getChannelAxis(filter.getRank(), getLayout()),
                       reason)))
    return failure();
  if (side == AffineSide::Input &&
      llvm::any_of(getPadding(), [](int64_t pad) { return pad != 0; }) &&
      llvm::any_of(map.shift, [](double shift) { return shift != 0.0; })) {
    reason = "it pads with zeros, which the shift would have to change";
    return failure();
  }
  int64_t outputs = filter.getDimSize(0), inputs = filter.getDimSize(1);
  if (outputs == 0 || inputs == 0) {
    reason = "it has no channels";
    return failure();
  }
  int64_t outputsPerGroup = outputs / getGroups();
  int64_t window = filter.getNumElements() / (outputs * inputs);
  auto channels = [=](int64_t index) -> Product::Channels {
    int64_t output = index / (inputs * window);
    return {output,
            output / outputsPerGroup * inputs + index / window % inputs};
  };
  Product product;
  product.channels = channels;
  if (failed(product.read(getFilter(), getBias(), /*biasFactor=*/1.0, outputs,
                          reason)))
    return failure();
  return product.absorb(map, side, reason);
}

void ConvOp::setParameters(OpBuilder &builder,
                           const AbsorbedParameters &parameters) {
  auto [filter, bias] =
      createParameters(builder, *this, getFilter(), getBias(), parameters);
  getFilterMutable().assign(filter);
  getBiasMutable().assign(bias);
}

//===----------------------------------------------------------------------===//
// Linear
//===----------------------------------------------------------------------===//

FailureOr<AbsorbedParameters> LinearOp::absorbMap(const ChannelAffineMap &map,
                                                  AffineSide side,
                                                  std::string &reason) {
  auto input = cast<RankedTensorType>(getInput().getType());
  bool inputIsTransposed = side == AffineSide::Input && getTransposeInput();
  if (failed(
          checkAxis(map, inputIsTransposed ? 0 : input.getRank() - 1, reason)))
    return failure();
  RankedTensorType weight = getWeight().getType();
  bool transposed = getTransposeWeight();
  int64_t columns = weight.getDimSize(1);
  auto channels = [=](int64_t index) -> Product::Channels {
    int64_t row = index / columns, column = index % columns;
    return transposed ? Product::Channels{row, column}
                      : Product::Channels{column, row};
  };
  Product product;
  product.channels = channels;
  product.alpha = getAlpha().convertToDouble();
  if (failed(product.read(getWeight(), getBias(), getBeta().convertToDouble(),
                          weight.getDimSize(transposed ? 0 : 1), reason)))
    return failure();
  return product.absorb(map, side, reason);
}

void LinearOp::setParameters(OpBuilder &builder,
                             const AbsorbedParameters &parameters) {
  auto [weight, bias] =
      createParameters(builder, *this, getWeight(), getBias(), parameters);
  getWeightMutable().assign(weight);
  getBiasMutable().assign(bias);
  // The factor of the old bias is in the new one.
  setBeta(APFloat(1.0));
}

//===----------------------------------------------------------------------===//
// Scale and shift
//===----------------------------------------------------------------------===//

/// A scale and a shift by channel are a product with a diagonal weight.
static FailureOr<AbsorbedParameters>
absorbDiagonal(TypedValue<RankedTensorType> scale,
               TypedValue<RankedTensorType> shift, int64_t axis,
               const ChannelAffineMap &map, AffineSide side,
               std::string &reason) {
  if (failed(checkAxis(map, axis, reason)))
    return failure();
  auto channels = [](int64_t index) -> Product::Channels {
    return {index, index};
  };
  Product product;
  product.channels = channels;
  if (failed(product.read(scale, shift, /*biasFactor=*/1.0,
                          scale.getType().getDimSize(0), reason)))
    return failure();
  return product.absorb(map, side, reason);
}

FailureOr<AbsorbedParameters>
ScaleShiftOp::absorbMap(const ChannelAffineMap &map, AffineSide side,
                        std::string &reason) {
  int64_t axis = getChannelAxis(getInput().getType().getRank(), getLayout());
  return absorbDiagonal(getScale(), getShift(), axis, map, side, reason);
}

void ScaleShiftOp::setParameters(OpBuilder &builder,
                                 const AbsorbedParameters &parameters) {
  auto [scale, shift] =
      createParameters(builder, *this, getScale(), getShift(), parameters);
  getScaleMutable().assign(scale);
  getShiftMutable().assign(shift);
}

FailureOr<AbsorbedParameters>
BatchNormInferenceOp::absorbMap(const ChannelAffineMap &map, AffineSide side,
                                std::string &reason) {
  if (side == AffineSide::Input) {
    reason = "its statistics are those of its own input";
    return failure();
  }
  int64_t axis = getChannelAxis(getInput().getType().getRank(), getLayout());
  return absorbDiagonal(getScale(), getOffset(), axis, map, side, reason);
}

void BatchNormInferenceOp::setParameters(OpBuilder &builder,
                                         const AbsorbedParameters &parameters) {
  auto [scale, offset] =
      createParameters(builder, *this, getScale(), getOffset(), parameters);
  getScaleMutable().assign(scale);
  getOffsetMutable().assign(offset);
}
