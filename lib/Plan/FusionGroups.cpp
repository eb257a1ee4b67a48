//===- FusionGroups.cpp - Which ops become one kernel ---------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Plan/FusionGroups.h"

#include "bn/Dialect/BN/IR/Parameters.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::bn;

Operation *FusionGroup::getRoot() const {
  return product ? product : body.empty() ? pool : body.front();
}

Value FusionGroup::getInput() const { return getRoot()->getOperand(0); }

Value FusionGroup::getResult() const {
  Operation *last = pool ? pool : body.empty() ? product : body.back();
  return last->getResult(0);
}

Value bn::lookThroughReshapes(Value value) {
  while (auto reshape = value.getDefiningOp<ReshapeOp>())
    value = reshape.getInput();
  return value;
}

static bool isElementwise(Operation *op) {
  return isa<ReluOp, SigmoidOp, TanhOp, ExpOp, SqrtOp, ScaleShiftOp>(op);
}

ArrayRef<int64_t> bn::getStoredShape(Value value) {
  while (true) {
    value = lookThroughReshapes(value);
    ArrayRef<int64_t> shape =
        cast<RankedTensorType>(value.getType()).getShape();
    Operation *op = value.getDefiningOp();
    if (shape.size() != 2 || !op || !isElementwise(op))
      return shape;
    value = op->getOperand(0);
  }
}

static bool isConstant(Value value) {
  return matchPattern(value, m_Constant());
}

/// True for no value, and for a constant whose data is there: a resource may
/// have been left out of the text of a module.
static bool isParameter(Value value) {
  if (!value)
    return true;
  ElementsAttr elements = getConstantElements(value);
  auto resource = dyn_cast_if_present<DenseResourceElementsAttr>(elements);
  if (!resource)
    return elements != nullptr;
  AsmResourceBlob *blob = resource.getRawHandle().getBlob();
  return blob &&
         blob->getData().size() == elements.getNumElements() * sizeof(float);
}

static RankedTensorType getTensorType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

//===----------------------------------------------------------------------===//
// What each kernel takes
//===----------------------------------------------------------------------===//

/// A tensor that has a storage: batch, channels and, if any, two spatial
/// extents; everything but the batch is static.
static bool hasStorage(Value value) {
  RankedTensorType type = getTensorType(value);
  return type.getElementType().isF32() &&
         (type.getRank() == 2 || type.getRank() == 4) &&
         llvm::none_of(type.getShape().drop_front(), ShapedType::isDynamic);
}

/// Returns why there is no product kernel for `op`, or an empty string.
static StringRef checkProduct(Operation *op) {
  if (auto conv = dyn_cast<ConvOp>(op)) {
    if (conv.getLayout() != Layout::NCHW)
      return "the layout is NHWC";
    if (conv.getGroups() != 1)
      return "the convolution is grouped";
    if (getTensorType(conv.getInput()).getRank() != 4)
      return "the convolution is not two-dimensional";
    if (!isParameter(conv.getFilter()) || !isParameter(conv.getBias()))
      return "the weights are not constant";
    return "";
  }
  auto linear = cast<LinearOp>(op);
  if (getTensorType(linear.getInput()).getRank() != 2 ||
      linear.getTransposeInput())
    return "the input is not a matrix of rows of the batch";
  if (!isParameter(linear.getWeight()) || !isParameter(linear.getBias()))
    return "the weights are not constant";
  return "";
}

/// Returns why there is no kernel for pooling `op`, or an empty string.
template <typename PoolOp> static StringRef checkPool(PoolOp pool) {
  if (pool.getLayout() != Layout::NCHW)
    return "the layout is NHWC";
  if (getTensorType(pool.getInput()).getRank() != 4)
    return "the pooling is not two-dimensional";
  if (llvm::any_of(pool.getPadding(), [](int64_t pad) { return pad != 0; }))
    return "the pooling is padded";
  if (llvm::any_of(pool.getDilations(), [](int64_t d) { return d != 1; }))
    return "the pooling is dilated";
  if (pool.getCeilMode())
    return "the pooling rounds its extent up";
  return "";
}

static StringRef checkPool(Operation *op) {
  if (auto pool = dyn_cast<MaxPoolOp>(op))
    return checkPool(pool);
  return checkPool(cast<AveragePoolOp>(op));
}

/// Returns why `op` cannot stand in a kernel's body, or an empty string.
static StringRef checkBody(Operation *op) {
  if (isa<ReluOp, SigmoidOp, TanhOp, ExpOp, SqrtOp>(op))
    return "";
  if (auto scaleShift = dyn_cast<ScaleShiftOp>(op)) {
    if (scaleShift.getLayout() != Layout::NCHW)
      return "the layout is NHWC";
    if (!isParameter(scaleShift.getScale()) ||
        !isParameter(scaleShift.getShift()))
      return "the scale is not constant";
    // Behind a flattening the features of a storage are not its channels.
    Value input = scaleShift.getInput();
    if (static_cast<int64_t>(getStoredShape(input).size()) !=
        getTensorType(input).getRank())
      return "the scale is by feature of a flattened image";
    return "";
  }
  return "kernels take no op of this kind";
}

//===----------------------------------------------------------------------===//
// Groups
//===----------------------------------------------------------------------===//

/// The only user of `value`, if it is an op of this function's graph.
static Operation *getOnlyUser(Value value) {
  if (!value.hasOneUse())
    return nullptr;
  Operation *user = *value.user_begin();
  return isa<func::ReturnOp>(user) ? nullptr : user;
}

/// True if the windows of `op` are disjoint and cover whole positions, so that
/// a product's tile can hold them.
static bool hasDisjointWindows(Operation *op) {
  auto check = [](auto pool) {
    return llvm::equal(pool.getKernel(), pool.getStrides()) &&
           llvm::all_of(pool.getKernel(), [](int64_t k) { return k <= 3; });
  };
  if (auto pool = dyn_cast<MaxPoolOp>(op))
    return check(pool);
  return check(cast<AveragePoolOp>(op));
}

/// Appends to `group` the elementwise ops and the pooling that follow `last`.
static void absorbFollowers(FusionGroup &group, Operation *last) {
  while (Operation *user = getOnlyUser(last->getResult(0))) {
    if (user->getOperand(0) != last->getResult(0))
      return;
    if (isElementwise(user) && checkBody(user).empty()) {
      group.body.push_back(last = user);
      continue;
    }
    if (isa<MaxPoolOp, AveragePoolOp>(user) && checkPool(user).empty() &&
        (!group.product || hasDisjointWindows(user)))
      group.pool = user;
    return;
  }
}

std::variant<SmallVector<FusionGroup>, PlanObstacle>
bn::formFusionGroups(func::FuncOp func) {
  SmallVector<FusionGroup> groups;
  llvm::SmallPtrSet<Operation *, 16> grouped;
  for (Operation &op : func.getBody().front().without_terminator()) {
    if (isa<arith::ConstantOp>(op) || grouped.contains(&op))
      continue;
    if (auto reshape = dyn_cast<ReshapeOp>(op)) {
      // Flattening: a storage's image read as features, or features as an image
      // of extent 1 x 1.
      RankedTensorType source = getTensorType(reshape.getInput());
      RankedTensorType result = getTensorType(reshape.getResult());
      bool flattens = source.getRank() == 4 && result.getRank() == 2;
      bool unflattens = getStoredShape(reshape.getInput()).size() == 2 &&
                        result.getRank() == 4 &&
                        source.getDimSize(1) == result.getDimSize(1);
      if (source.getDimSize(0) != result.getDimSize(0) ||
          !(flattens || unflattens))
        return PlanObstacle{&op, "it is not a flattening"};
      continue;
    }
    if (op.getNumOperands() == 0 || op.getNumResults() == 0)
      return PlanObstacle{&op, "kernels take no op of this kind"};
    for (Value value : {op.getOperand(0), Value(op.getResult(0))})
      if (!hasStorage(value))
        return PlanObstacle{&op, "its tensors are not f32 features or images"};
    if (isConstant(lookThroughReshapes(op.getOperand(0))))
      return PlanObstacle{&op, "its input is constant"};

    FusionGroup group;
    StringRef reason = "kernels take no op of this kind";
    if (isa<ConvOp, LinearOp>(op)) {
      reason = checkProduct(&op);
      group.product = &op;
    } else if (isa<MaxPoolOp, AveragePoolOp>(op)) {
      reason = checkPool(&op);
      group.pool = &op;
    } else if (isElementwise(&op)) {
      reason = checkBody(&op);
      group.body.push_back(&op);
    }
    if (!reason.empty())
      return PlanObstacle{&op, reason.str()};
    if (!group.pool)
      absorbFollowers(group, &op);
    grouped.insert(group.body.begin(), group.body.end());
    if (group.pool)
      grouped.insert(group.pool);
    groups.push_back(std::move(group));
  }

  Operation *terminator = func.getBody().front().getTerminator();
  if (groups.empty())
    return PlanObstacle{terminator, "nothing is computed"};
  for (Value value : terminator->getOperands()) {
    Value source = lookThroughReshapes(value);
    if (!hasStorage(source))
      return PlanObstacle{terminator,
                          "a result is not of f32 features or images"};
    if (isConstant(source))
      return PlanObstacle{terminator, "a result is constant"};
  }
  return groups;
}
