//===- NetworkPlan.cpp - Which models are one kernel ----------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DeviceModel.h"
#include "NetworkKernel.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include <cmath>

using namespace mlir;
using namespace mlir::bn;

static ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

/// Values of a row of `tensor`.
static int64_t countRow(Value tensor) {
  return countValues(getShape(tensor).drop_front()).first;
}

//===----------------------------------------------------------------------===//
// Rows
//===----------------------------------------------------------------------===//

/// Whether row r of the result of `op`, of `batch` rows, is made of row r of
/// each operand and of constants. Other operands without rows are not taken: an
/// extent that happens to be that of the batch would make them look like rows.
static bool isRowwise(Operation *op, int64_t batch) {
  auto hasRows = [&](Value value) {
    return !getShape(value).empty() && getShape(value).front() == batch;
  };
  if (!llvm::all_of(op->getResults(), hasRows))
    return false;
  auto isConstant = [](Value value) {
    return value.getDefiningOp<arith::ConstantOp>() != nullptr;
  };
  if (isa<AddOp, SubOp, MulOp, DivOp, PowOp>(op))
    return llvm::all_of(op->getOperands(), [&](Value operand) {
      return isConstant(operand) ||
             (hasRows(operand) &&
              getShape(operand).size() == getShape(op->getResult(0)).size());
    });
  if (auto concat = dyn_cast<ConcatOp>(op))
    return concat.getAxis() != 0 && llvm::all_of(op->getOperands(), hasRows);
  if (!llvm::all_of(op->getOperands().drop_front(), isConstant))
    return false;
  if (auto linear = dyn_cast<LinearOp>(op))
    return !linear.getTransposeInput() && hasRows(linear.getInput());
  if (auto transpose = dyn_cast<TransposeOp>(op))
    return transpose.getPermutation().front() == 0;
  if (auto slice = dyn_cast<SliceOp>(op))
    return slice.getAxis() != 0;
  if (isa<ReduceMeanOp, ReduceSumOp>(op))
    return !llvm::is_contained(
        op->getAttrOfType<DenseI64ArrayAttr>("axes").asArrayRef(), 0);
  return hasRows(op->getOperand(0));
}

/// Whether every tensor of `func` has a row for each row of its inputs, which
/// are computed one from the other.
static bool isRowwise(func::FuncOp func) {
  Block &body = func.getBody().front();
  if (body.getNumArguments() == 0)
    return false;
  auto hasRank = [](Value value) { return !getShape(value).empty(); };
  if (!llvm::all_of(body.getArguments(), hasRank))
    return false;
  int64_t batch = getShape(body.getArgument(0)).front();
  return llvm::all_of(
             body.getArguments(),
             [&](Value input) { return getShape(input).front() == batch; }) &&
         llvm::all_of(body.without_terminator(), [&](Operation &op) {
           return isa<arith::ConstantOp>(op) || isRowwise(&op, batch);
         });
}

//===----------------------------------------------------------------------===//
// Costs
//===----------------------------------------------------------------------===//

// In clock cycles, as in DeviceModel.h.
/// From the end of one kernel of a graph to the work of the next.
static constexpr double kLaunch = 2500;
static constexpr double kBarrier = 60;

/// Shared memory of a block, and what the sums of a block take of it.
static constexpr int64_t kSharedBytes = 48 * 1024;
static constexpr int64_t kScratchBytes = kBlockSize * sizeof(float);

/// Sums of that many terms, and as many of them, are shared by threads.
static constexpr int64_t kFewSums = 32, kManyTerms = 512;

namespace {

class NetworkPlanner {
public:
  NetworkPlanner(func::FuncOp func, ArrayRef<StoredTensor> stored);

  /// Whether there is room for everything.
  bool plan();
  bool isFaster();

  NetworkPlan result;

private:
  bool isUnstored(Value tensor);
  double getTerms(Value tensor);
  double getTermsOfOperand(Value tensor) {
    return isThere(tensor) ? 1 : getTerms(tensor);
  }
  bool isThere(Value tensor) {
    return tensors.contains(tensor) || isa<BlockArgument>(tensor) ||
           tensor.getDefiningOp<arith::ConstantOp>();
  }

  func::FuncOp func;
  ArrayRef<StoredTensor> stored;
  llvm::DenseSet<Value> tensors;
};

} // namespace

NetworkPlanner::NetworkPlanner(func::FuncOp func, ArrayRef<StoredTensor> stored)
    : func(func), stored(stored) {
  for (const StoredTensor &tensor : stored)
    tensors.insert(tensor.tensor);
}

/// The only linear layer that takes in `tensor`, or a view of it, if that is
/// its only use.
static LinearOp getLinearUser(Value tensor) {
  while (tensor.hasOneUse()) {
    Operation *user = *tensor.user_begin();
    if (auto linear = dyn_cast<LinearOp>(user))
      return linear.getInput() == tensor ? linear : LinearOp();
    if (!isa<ReshapeOp>(user))
      return {};
    tensor = user->getResult(0);
  }
  return {};
}

static bool hasLongSums(LinearOp linear) {
  return getShape(linear.getResult())[1] <= kFewSums &&
         getShape(linear.getInput())[1] >= kManyTerms;
}

/// Whether `tensor` is computed where it is needed although it would be stored.
bool NetworkPlanner::isUnstored(Value tensor) {
  LinearOp linear = getLinearUser(tensor);
  return linear && hasLongSums(linear);
}

/// The terms of all sums behind a value of `tensor`.
double NetworkPlanner::getTerms(Value tensor) {
  Operation *op = tensor.getDefiningOp();
  double values = 1;
  if (auto conv = dyn_cast<ConvOp>(op))
    values = countValues(getShape(conv.getFilter()).drop_front()).first;
  else if (auto linear = dyn_cast<LinearOp>(op))
    values = getShape(linear.getInput())[1];
  else if (isa<MaxPoolOp, AveragePoolOp>(op))
    for (int64_t extent :
         op->getAttrOfType<DenseI64ArrayAttr>("kernel").asArrayRef())
      values *= extent;
  else if (isa<ReduceMeanOp, ReduceSumOp>(op))
    values = double(countRow(op->getOperand(0))) /
             std::max<int64_t>(1, countRow(op->getResult(0)));
  double terms = 0;
  for (Value operand : op->getOperands())
    if (!operand.getDefiningOp<arith::ConstantOp>())
      terms += getTermsOfOperand(operand);
  return values * terms;
}

bool NetworkPlanner::plan() {
  auto isProductOf = [](Value tensor) {
    LinearOp found;
    while (Operation *op = tensor.getDefiningOp()) {
      found = dyn_cast<LinearOp>(op);
      if (found || !isa<ReluOp, SigmoidOp, TanhOp>(op))
        break;
      tensor = op->getOperand(0);
    }
    return found;
  };
  int64_t bytes = kScratchBytes;
  for (const StoredTensor &tensor : stored) {
    // Kernels that compute several results at once.
    if (!tensor.tensor)
      return false;
    if (isUnstored(tensor.tensor)) {
      tensors.erase(tensor.tensor);
      continue;
    }
    LinearOp linear = isProductOf(tensor.tensor);
    if (linear && !hasLongSums(linear))
      linear = {};
    result.steps.push_back({tensor.tensor, linear});
    int64_t copies = linear ? 2 : 1;
    bytes += copies * countRow(tensor.tensor) * int64_t(sizeof(float));
  }
  // Inputs as long as they have a place; the others are read where they are.
  for (Value input : func.getArguments()) {
    int64_t size = countRow(input) * int64_t(sizeof(float));
    if (bytes + size > kSharedBytes)
      continue;
    bytes += size;
    result.copies.push_back(input);
  }
  return !result.steps.empty() && bytes <= kSharedBytes;
}

bool NetworkPlanner::isFaster() {
  int64_t rows = getShape(func.getArgument(0)).front();
  if (ShapedType::isDynamic(rows))
    rows = kAssumedBatch;
  double single = kLaunch, several = 0;
  for (const NetworkStep &step : result.steps) {
    double terms = getTerms(step.tensor);
    double values = countRow(step.tensor);
    double turns = std::ceil(values / kBlockSize) * terms;
    // Of long sums each term is computed once.
    if (LinearOp linear = step.longSums)
      turns = (terms + values * getShape(linear.getInput())[1]) / kBlockSize;
    single += turns * kDirectLatency + kBarrier;
    several +=
        kLaunch + std::max(values * rows * terms / (kProcessors * kDirectRate),
                           terms * kDirectLatency);
  }
  return single * std::ceil(rows / kProcessors) < several;
}

std::optional<NetworkPlan> bn::planNetwork(func::FuncOp func,
                                           ArrayRef<StoredTensor> stored,
                                           NetworkKernels kernels) {
  if (kernels == NetworkKernels::several || !isRowwise(func))
    return std::nullopt;
  // What is only a view of a tensor is copied by a kernel of its own, which
  // would not find that tensor in memory.
  for (Value result : func.getBody().front().getTerminator()->getOperands())
    if (llvm::none_of(stored, [&](const StoredTensor &tensor) {
          return tensor.tensor == result;
        }))
      return std::nullopt;
  NetworkPlanner planner(func, stored);
  if (!planner.plan())
    return std::nullopt;
  if (kernels == NetworkKernels::automatic && !planner.isFaster())
    return std::nullopt;
  return planner.result;
}
