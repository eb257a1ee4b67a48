//===- StoredTensors.cpp - Which tensors are stored -----------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Plan/StoredTensors.h"

#include "bn/Dialect/BN/IR/BN.h"
#include "bn/Plan/FusionGroups.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::bn;

/// Values under a window up to which what they are made of is computed there,
/// products included: more would leave too little work for other threads.
static constexpr int64_t kLargestWindow = 16;

/// Values of a sum from which on a block of threads takes its sums together.
static constexpr int64_t kLongSum = 256;

static RankedTensorType getTensorType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

std::pair<int64_t, bool> bn::getReducedCount(Operation *op) {
  auto axes = op->getAttrOfType<DenseI64ArrayAttr>("axes");
  RankedTensorType type = getTensorType(op->getOperand(0));
  int64_t count = 1;
  bool overBatch = false;
  for (int64_t axis : axes.asArrayRef()) {
    overBatch |= type.isDynamicDim(axis);
    count *= type.isDynamicDim(axis) ? 1 : type.getDimSize(axis);
  }
  return {count, overBatch};
}

static bool isLongReduction(Operation *op) {
  if (!isa<ReduceMeanOp, ReduceSumOp>(op))
    return false;
  auto [count, overBatch] = getReducedCount(op);
  return overBatch || count >= kLongSum;
}

static bool isNorm(Operation *op) {
  return isa<GroupNormOp, LayerNormOp, BatchNormTrainingOp>(op);
}

/// Whether nobody reads a value of the pooling's input twice, and few at once.
template <typename PoolOp> static bool hasSmallDisjointWindows(PoolOp pool) {
  int64_t taps = 1;
  for (int64_t extent : pool.getKernel())
    taps *= extent;
  return taps <= kLargestWindow &&
         llvm::all_of(
             llvm::zip(pool.getKernel(), pool.getStrides()),
             [](auto pair) { return std::get<0>(pair) <= std::get<1>(pair); });
}

//===----------------------------------------------------------------------===//
// Expressions
//===----------------------------------------------------------------------===//

static void collect(Value tensor, llvm::function_ref<bool(Value)> isStored,
                    llvm::SmallSetVector<Operation *, 8> &ops) {
  Operation *op = tensor.getDefiningOp();
  if (!op || isa<arith::ConstantOp>(op))
    return;
  for (Value operand : op->getOperands())
    if (!isStored(operand))
      collect(operand, isStored, ops);
  ops.insert(op);
}

SmallVector<Operation *>
bn::getExpressionOps(Value tensor, llvm::function_ref<bool(Value)> isStored) {
  llvm::SmallSetVector<Operation *, 8> ops;
  collect(tensor, isStored, ops);
  return ops.takeVector();
}

namespace {

class StoragePlanner {
public:
  explicit StoragePlanner(func::FuncOp func) : body(func.getBody().front()) {}

  std::variant<std::vector<StoredTensor>, StorageObstacle> run();

private:
  std::string findObstacle(Operation *op);
  bool isRepeated(OpOperand &use);
  bool needsStorage(Value value);
  bool hasProduct(Value value);
  bool isHeavy(Value value);
  void store(StoredTensor::Kind kind, Operation *op, Value tensor) {
    plan.push_back({kind, op, tensor});
    if (tensor)
      stored.insert(tensor);
  }

  Block &body;
  std::vector<StoredTensor> plan;
  llvm::DenseSet<Value> stored;
};

} // namespace

/// Whether the expression of `value` has a product.
bool StoragePlanner::hasProduct(Value value) {
  return llvm::any_of(
      getExpressionOps(value, [&](Value v) { return stored.contains(v); }),
      [](Operation *op) { return isa<ConvOp, LinearOp>(op); });
}

/// Whether `value` costs more than what it is read from.
bool StoragePlanner::isHeavy(Value value) {
  return llvm::any_of(
      getExpressionOps(value, [&](Value v) { return stored.contains(v); }),
      [](Operation *op) {
        return isa<ConvOp, LinearOp, MaxPoolOp, AveragePoolOp, ReduceMeanOp,
                   ReduceSumOp>(op);
      });
}

/// The uses of `value`, those of reshaped views of it instead of the reshapes.
static void collectUses(Value value, SmallVectorImpl<OpOperand *> &uses) {
  for (OpOperand &use : value.getUses()) {
    if (auto reshape = dyn_cast<ReshapeOp>(use.getOwner()))
      collectUses(reshape.getResult(), uses);
    else
      uses.push_back(&use);
  }
}

/// Whether the user reads values of `use` more often than once, or too many at
/// once to compute them there.
bool StoragePlanner::isRepeated(OpOperand &use) {
  Operation *user = use.getOwner();
  if (isNorm(user) || isa<ConvOp, LinearOp>(user))
    return true;
  if (auto pool = dyn_cast<MaxPoolOp>(user))
    return !hasSmallDisjointWindows(pool);
  if (auto pool = dyn_cast<AveragePoolOp>(user))
    return !hasSmallDisjointWindows(pool);
  if (isa<ReduceMeanOp, ReduceSumOp, ConcatOp>(user))
    return isHeavy(use.get());
  if (isa<AddOp, SubOp, MulOp, DivOp, PowOp>(user)) {
    if (getTensorType(use.get()).getShape() !=
        getTensorType(user->getResult(0)).getShape())
      return true;
    // One product per expression.
    return use.getOperandNumber() == 1 && hasProduct(use.get()) &&
           !stored.contains(user->getOperand(0)) &&
           hasProduct(user->getOperand(0));
  }
  return use.getOperandNumber() > 0;
}

bool StoragePlanner::needsStorage(Value value) {
  SmallVector<OpOperand *> uses;
  collectUses(value, uses);
  if (uses.size() != 1)
    return uses.size() > 1;
  // A view that is returned is written by who computes it.
  if (isa<func::ReturnOp>(uses.front()->getOwner()))
    return *value.user_begin() == uses.front()->getOwner();
  return isRepeated(*uses.front());
}

std::string StoragePlanner::findObstacle(Operation *op) {
  if (!isa<ConvOp, LinearOp, ReluOp, SigmoidOp, TanhOp, ExpOp, SqrtOp, AddOp,
           SubOp, MulOp, DivOp, PowOp, MaxPoolOp, AveragePoolOp, ReduceMeanOp,
           ReduceSumOp, ReshapeOp, TransposeOp, ConcatOp, SliceOp, ScaleShiftOp,
           BatchNormInferenceOp, BatchNormTrainingOp, GroupNormOp, LayerNormOp>(
          op))
    return "there is no kernel for it";
  for (Type type :
       llvm::concat<const Type>(op->getOperandTypes(), op->getResultTypes())) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor || !tensor.getElementType().isF32())
      return "its tensors are not of f32";
    if (tensor.getRank() > 1 &&
        llvm::any_of(tensor.getShape().drop_front(), ShapedType::isDynamic))
      return "another extent than that of axis 0 is dynamic";
    int64_t values = 1;
    for (int64_t extent : tensor.getShape())
      if (!ShapedType::isDynamic(extent) &&
          (values *= extent) > kMostStoredValues)
        return "a tensor has more values than an index can count";
  }
  return "";
}

std::variant<std::vector<StoredTensor>, StorageObstacle> StoragePlanner::run() {
  for (Operation &op : body.without_terminator()) {
    if (isa<arith::ConstantOp>(op))
      continue;
    std::string reason = findObstacle(&op);
    if (!reason.empty())
      return StorageObstacle{&op, reason};
    if (isNorm(&op))
      store(StoredTensor::statistics, &op, Value());
    if (isa<BatchNormTrainingOp>(op)) {
      stored.insert(op.getResult(1));
      stored.insert(op.getResult(2));
    }
    for (OpResult result : op.getResults()) {
      if (stored.contains(result) || result.use_empty())
        continue;
      if (isLongReduction(&op))
        store(StoredTensor::reduction, &op, result);
      else if (!isa<ReshapeOp>(op) && needsStorage(result))
        store(StoredTensor::elementwise, &op, result);
    }
  }
  return plan;
}

std::variant<std::vector<StoredTensor>, StorageObstacle>
bn::planStorage(func::FuncOp func) {
  return StoragePlanner(func).run();
}
