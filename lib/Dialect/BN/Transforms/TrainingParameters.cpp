//===- TrainingParameters.cpp - What a model learns -----------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TrainingParameters.h"

#include "bn/Dialect/BN/IR/Parameters.h"

#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::bn;

static constexpr StringLiteral kWeight = "weight", kBias = "bias",
                               kScale = "scale", kOffset = "offset",
                               kRunningMean = "running_mean",
                               kRunningVariance = "running_variance";

bool bn::isStatistic(StringRef role) {
  return role == kRunningMean || role == kRunningVariance ||
         role == kBatchesTracked;
}

namespace {
/// What an operand is to its op, and to which layer it belongs.
struct Role {
  StringRef name;
  Operation *layer;
  int64_t fanIn = 0;
};
} // namespace

/// The inputs that one output of a convolution or linear layer is a sum of; 0
/// for any other op.
static int64_t getFanIn(Operation *op) {
  if (auto conv = dyn_cast<ConvOp>(op))
    return ShapedType::getNumElements(
        conv.getFilter().getType().getShape().drop_front());
  if (auto linear = dyn_cast<LinearOp>(op))
    return linear.getWeight().getType().getDimSize(
        linear.getTransposeWeight() ? 1 : 0);
  return 0;
}

/// The role of operand `index` of an elementwise op.
static std::optional<Role> getElementwiseRole(Operation *op, unsigned index) {
  if (isa<MulOp, DivOp>(op))
    return Role{kScale, op};
  // What is added to a sum of products is its bias.
  Operation *product = op->getOperand(1 - index).getDefiningOp();
  if (isa<AddOp>(op) && product && getFanIn(product) > 0)
    return Role{kBias, product, getFanIn(product)};
  return Role{kOffset, op};
}

/// The role of what `use` reads, also past ops that only move values.
static std::optional<Role> getRole(OpOperand &use) {
  Operation *op = use.getOwner();
  unsigned index = use.getOperandNumber();
  auto choose = [&](ArrayRef<StringRef> roles) -> std::optional<Role> {
    if (index == 0)
      return std::nullopt;
    return Role{roles[index - 1], op, getFanIn(op)};
  };
  return llvm::TypeSwitch<Operation *, std::optional<Role>>(op)
      .Case<ConvOp, LinearOp>([&](Operation *) {
        return choose({kWeight, kBias});
      })
      .Case<BatchNormTrainingOp, BatchNormInferenceOp>([&](Operation *) {
        return choose({kScale, kOffset, kRunningMean, kRunningVariance});
      })
      .Case<ScaleShiftOp, GroupNormOp, LayerNormOp>([&](Operation *) {
        return choose({kScale, kOffset});
      })
      .Case<AddOp, SubOp, MulOp, DivOp>(
          [&](Operation *) { return getElementwiseRole(op, index); })
      .Case<ReshapeOp, TransposeOp>([](Operation *moved) {
        for (OpOperand &next : moved->getUses())
          if (std::optional<Role> role = getRole(next))
            return role;
        return std::optional<Role>();
      })
      .Default([](Operation *) { return std::nullopt; });
}

/// Whether `constant` holds an initializer of the source. A running statistic
/// always counts as one, also where the source has none.
static bool isParameter(arith::ConstantOp constant, const Role &role) {
  return isa<DenseResourceElementsAttr>(constant.getValue()) ||
         (isStatistic(role.name) &&
          isa<DenseElementsAttr>(constant.getValue()));
}

/// The name of the initializer, or one made from the layer's.
static std::string getName(arith::ConstantOp constant, const Role &role) {
  auto resource = dyn_cast<DenseResourceElementsAttr>(constant.getValue());
  if (!resource)
    return (getSourceName(role.layer->getLoc()) + "." + role.name).str();
  if (StringRef name = getSourceName(constant.getLoc()); !name.empty())
    return name.str();
  return resource.getRawHandle().getKey().str();
}

FailureOr<SmallVector<TrainingParameter>>
bn::collectTrainingParameters(func::FuncOp function) {
  llvm::MapVector<StringRef, TrainingParameter> found;
  llvm::StringMap<char> names;
  llvm::SmallPtrSet<Operation *, 32> seen;
  WalkResult result = function.walk([&](Operation *op) {
    for (OpOperand &use : op->getOpOperands()) {
      auto constant = use.get().getDefiningOp<arith::ConstantOp>();
      std::optional<Role> role = constant ? getRole(use) : std::nullopt;
      if (!role || !isParameter(constant, *role))
        continue;
      auto value = cast<ElementsAttr>(constant.getValue());
      if (!isa<FloatType>(value.getElementType()))
        continue;
      std::string name = getName(constant, *role);
      StringRef key = names.try_emplace(name).first->getKey();
      auto [it, added] = found.try_emplace(key);
      TrainingParameter &parameter = it->second;
      if (added)
        parameter = {
            name,        role->name, getSourceName(role->layer->getLoc()).str(),
            role->fanIn, value,      {}};
      if (isStatistic(parameter.role) != isStatistic(role->name)) {
        op->emitError("initializer '")
            << name << "' is both learned and a running statistic";
        return WalkResult::interrupt();
      }
      if (value.getNumElements() != parameter.value.getNumElements() ||
          value.getElementType() != parameter.value.getElementType()) {
        op->emitError("initializer '")
            << name << "' is used as " << parameter.value.getType()
            << " and as " << value.getType()
            << ", which are not the same values";
        return WalkResult::interrupt();
      }
      // Other constants may serve several layers.
      if (!isa<DenseResourceElementsAttr>(value))
        parameter.uses.push_back(&use);
      else if (seen.insert(constant).second)
        for (OpOperand &other : constant->getUses())
          parameter.uses.push_back(&other);
    }
    return WalkResult::advance();
  });
  if (result.wasInterrupted())
    return failure();
  SmallVector<TrainingParameter> parameters;
  for (auto &[name, parameter] : found)
    parameters.push_back(std::move(parameter));
  llvm::stable_sort(parameters, [](const auto &lhs, const auto &rhs) {
    return isStatistic(lhs.role) < isStatistic(rhs.role);
  });
  return parameters;
}
