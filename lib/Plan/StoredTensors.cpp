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
  return isa<GroupNormOp, LayerNormOp, BatchNormTrainingOp, GroupNormGradientOp,
             LayerNormGradientOp>(op);
}

static bool isProduct(Operation *op) {
  return isa<ConvOp, LinearOp, ConvInputGradientOp>(op);
}

/// Whether nobody reads a value of the pooling's input twice, and few at once.
/// The op may be the gradient of such a pooling.
static bool hasSmallDisjointWindows(Operation *pool) {
  auto get = [&](StringRef name) {
    return pool->getAttrOfType<DenseI64ArrayAttr>(name).asArrayRef();
  };
  int64_t taps = 1;
  for (int64_t extent : get("kernel"))
    taps *= extent;
  return taps <= kLargestWindow &&
         llvm::all_of(llvm::zip(get("kernel"), get("strides")), [](auto pair) {
           return std::get<0>(pair) <= std::get<1>(pair);
         });
}

//===----------------------------------------------------------------------===//
// Training steps
//===----------------------------------------------------------------------===//

/// Ops up to which an expression is computed again rather than stored.
static constexpr size_t kCheapOps = 12;

static bool isLoss(Operation *op) {
  return isa<CrossEntropyLossOp, MeanSquaredErrorLossOp>(op);
}

/// Whether values of `op` are sums over the batch that many threads share.
static bool sumsOverBatch(Operation *op) {
  if (auto linear = dyn_cast<LinearOp>(op))
    return linear.getTransposeInput() && !linear.getTransposeWeight() &&
           !linear.getBias();
  if (auto sum = dyn_cast<ReduceSumOp>(op))
    return llvm::is_contained(sum.getAxes(), 0) && !sum.getKeepDims();
  return isa<BatchStatisticsOp, BatchNormParameterGradientOp,
             ConvFilterGradientOp, GroupNormGradientOp, LayerNormGradientOp>(
      op);
}

/// Whether `op` takes little where it is needed, given what it reads.
static bool isCheap(Operation *op) {
  if (isa<AveragePoolGradientOp, MaxPoolGradientOp>(op))
    return hasSmallDisjointWindows(op);
  return isa<ReluOp, SigmoidOp, TanhOp, AddOp, SubOp, MulOp, DivOp, SqrtOp,
             ScaleShiftOp, BatchNormInferenceOp, ReluGradientOp, ReshapeOp,
             ReduceMeanGradientOp, TransposeOp, SliceOp>(op);
}

SmallVector<Value> bn::getStoredValues(const StoredTensor &stored) {
  if (stored.tensor)
    return {stored.tensor};
  SmallVector<Value> results(stored.op->getResults());
  if (stored.kind != StoredTensor::statistics) {
    // The gradient of the input is an expression.
    if (isa<GroupNormGradientOp, LayerNormGradientOp>(stored.op))
      results.erase(results.begin());
    return results;
  }
  if (isa<BatchNormTrainingOp>(stored.op))
    return {results[1], results[2]};
  return {};
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
  explicit StoragePlanner(func::FuncOp func) : body(func.getBody().front()) {
    for (Operation &op : body)
      isTraining |= isLoss(&op);
  }

  std::variant<std::vector<StoredTensor>, StorageObstacle> run();

private:
  std::string findObstacle(Operation *op);
  bool isRepeated(OpOperand &use);
  bool needsStorage(Value value);
  bool hasProduct(Value value);
  bool isHeavy(Value value);
  bool mayRepeat(Value value);
  void store(StoredTensor::Kind kind, Operation *op, Value tensor) {
    plan.push_back({kind, op, tensor});
    for (Value value : getStoredValues(plan.back()))
      stored.insert(value);
  }
  bool storeWhole(Operation *op);

  Block &body;
  bool isTraining = false;
  std::vector<StoredTensor> plan;
  llvm::DenseSet<Value> stored;
};

} // namespace

/// Whether the expression of `value` has a product.
bool StoragePlanner::hasProduct(Value value) {
  return llvm::any_of(
      getExpressionOps(value, [&](Value v) { return stored.contains(v); }),
      isProduct);
}

/// Whether `value` costs more than what it is read from.
bool StoragePlanner::isHeavy(Value value) {
  return llvm::any_of(
      getExpressionOps(value, [&](Value v) { return stored.contains(v); }),
      [](Operation *op) {
        if (isa<MaxPoolGradientOp, AveragePoolGradientOp>(op))
          return !isCheap(op);
        return isProduct(op) ||
               isa<MaxPoolOp, AveragePoolOp, ReduceMeanOp, ReduceSumOp>(op);
      });
}

/// Whether each user of `value` may compute it by itself.
bool StoragePlanner::mayRepeat(Value value) {
  SmallVector<Operation *> ops =
      getExpressionOps(value, [&](Value v) { return stored.contains(v); });
  return isTraining && ops.size() <= kCheapOps && llvm::all_of(ops, isCheap);
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
  if (isNorm(user) || isProduct(user) || isLoss(user) ||
      isa<ConvFilterGradientOp>(user))
    return true;
  if (isa<MaxPoolOp, AveragePoolOp>(user))
    return !hasSmallDisjointWindows(user);
  if (isa<MaxPoolGradientOp, AveragePoolGradientOp>(user))
    return !hasSmallDisjointWindows(user) || isHeavy(use.get());
  if (isa<ReduceMeanOp, ReduceSumOp, ConcatOp, BatchStatisticsOp,
          BatchNormParameterGradientOp, ReduceMeanGradientOp>(user))
    return isHeavy(use.get());
  if (isa<RunningStatisticsOp>(user))
    return false;
  if (isa<BatchNormInputGradientOp>(user))
    return use.getOperandNumber() > 1;
  if (isa<AddOp, SubOp, MulOp, DivOp, PowOp, ReluGradientOp>(user)) {
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
  if (uses.size() > 1 && mayRepeat(value))
    return llvm::any_of(uses, [&](OpOperand *use) {
      return isa<func::ReturnOp>(use->getOwner()) || isRepeated(*use);
    });
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
           BatchNormInferenceOp, BatchNormTrainingOp, GroupNormOp, LayerNormOp,
           CrossEntropyLossOp, MeanSquaredErrorLossOp, SgdUpdateOp,
           AdamUpdateOp, BatchStatisticsOp, RunningStatisticsOp,
           BatchNormParameterGradientOp, BatchNormInputGradientOp,
           GroupNormGradientOp, LayerNormGradientOp, ConvInputGradientOp,
           ConvFilterGradientOp, MaxPoolGradientOp, AveragePoolGradientOp,
           ReduceMeanGradientOp, ReluGradientOp, DropoutOp>(op))
    return "there is no kernel for it";
  if (auto dropout = dyn_cast<DropoutOp>(op))
    if (!dropout.getSeed())
      return "it has no seed";
  // Labels and seeds, and the hits, are integers.
  bool hasIntegers = isLoss(op) || isa<DropoutOp>(op);
  if (!isTraining && isa<BatchStatisticsOp, BatchNormParameterGradientOp,
                         ConvFilterGradientOp>(op))
    return "there is no kernel for it but in a training step";
  for (Type type :
       llvm::concat<const Type>(op->getOperandTypes(), op->getResultTypes())) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor || !(tensor.getElementType().isF32() ||
                     (hasIntegers && tensor.getElementType().isInteger(64))))
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

/// Plans kernels that compute results of `op` at once. Returns whether those
/// are all.
bool StoragePlanner::storeWhole(Operation *op) {
  if (isLoss(op)) {
    store(StoredTensor::loss, op, Value());
    return true;
  }
  if (isa<SgdUpdateOp, AdamUpdateOp>(op)) {
    store(StoredTensor::update, op, Value());
    return true;
  }
  if (isNorm(op))
    store(StoredTensor::statistics, op, Value());
  if (!isTraining || !sumsOverBatch(op))
    return false;
  store(StoredTensor::batchSums, op, Value());
  return !isNorm(op);
}

std::variant<std::vector<StoredTensor>, StorageObstacle> StoragePlanner::run() {
  for (Operation &op : body.without_terminator()) {
    if (isa<arith::ConstantOp>(op))
      continue;
    std::string reason = findObstacle(&op);
    if (!reason.empty())
      return StorageObstacle{&op, reason};
    if (storeWhole(&op))
      continue;
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
