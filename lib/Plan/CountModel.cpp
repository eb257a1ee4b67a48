//===- CountModel.cpp - Parameters, operations, smallest batch ------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Dialect/BN/IR/BN.h"
#include "bn/Dialect/BN/IR/LayerCounts.h"
#include "bn/Dialect/BN/IR/Parameters.h"
#include "bn/Dialect/BN/Transforms/NormalizationFacts.h"
#include "bn/Plan/Passes.h"

#include "mlir/IR/Matchers.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/TypeSwitch.h"

namespace mlir::bn {
#define GEN_PASS_DEF_COUNTMODEL
#include "bn/Plan/Passes.h.inc"
} // namespace mlir::bn

using namespace mlir;
using namespace mlir::bn;

/// The number of values of a tensor if the batch is 1.
static int64_t countValues(Value tensor) {
  int64_t count = 1;
  for (int64_t extent : cast<RankedTensorType>(tensor.getType()).getShape())
    count *= ShapedType::isDynamic(extent) ? 1 : extent;
  return count;
}

/// The floating-point operations of `op` if the batch is 1; see Passes.td.
static int64_t countOperations(Operation *op) {
  auto countWindow = [](auto pool) {
    int64_t taps = 1;
    for (int64_t extent : pool.getKernel())
      taps *= extent;
    return countValues(pool.getResult()) * taps;
  };
  return llvm::TypeSwitch<Operation *, int64_t>(op)
      .Case([](ConvOp conv) {
        return 2 * countValues(conv.getResult()) *
               (countValues(conv.getFilter()) /
                std::max<int64_t>(1, conv.getFilter().getType().getDimSize(0)));
      })
      .Case([](LinearOp linear) {
        int64_t terms = linear.getWeight().getType().getDimSize(
            linear.getTransposeWeight() ? 1 : 0);
        // The gradient of a weight is a sum over the batch.
        return 2 * countValues(linear.getResult()) *
               (ShapedType::isDynamic(terms) ? 1 : terms);
      })
      // A multiply-add for each of the forward pass; of the result that sums
      // over positions the channels are known.
      .Case([](ConvInputGradientOp conv) {
        return 2 * countValues(conv.getGradient()) *
               (countValues(conv.getFilter()) /
                std::max<int64_t>(1, conv.getFilter().getType().getDimSize(0)));
      })
      .Case([](ConvFilterGradientOp conv) {
        return 2 * countValues(conv.getGradient()) *
               (countValues(conv.getResult()) /
                std::max<int64_t>(1, conv.getResult().getType().getDimSize(0)));
      })
      .Case<MaxPoolOp, AveragePoolOp>(countWindow)
      .Case<MaxPoolGradientOp, AveragePoolGradientOp, ReduceMeanGradientOp>(
          [](auto gradient) { return countValues(gradient.getResult()); })
      .Case([](ReduceSumOp sum) { return countValues(sum.getInput()); })
      .Case([](ReduceMeanOp mean) { return countValues(mean.getInput()); })
      .Case<BatchNormInferenceOp, ScaleShiftOp>(
          [](auto norm) { return 2 * countValues(norm.getResult()); })
      .Case([](BatchStatisticsOp statistics) {
        return 4 * countValues(statistics.getInput());
      })
      // Two sums, of the gradient and of its products with normalized values,
      // then a multiply-add with either.
      .Case([](BatchNormParameterGradientOp gradient) {
        return 5 * countValues(gradient.getGradient());
      })
      .Case([](BatchNormInputGradientOp gradient) {
        return 4 * countValues(gradient.getResult());
      })
      .Case<BatchNormGradientOp, GroupNormGradientOp, LayerNormGradientOp>(
          [](auto gradient) { return 9 * countValues(gradient.getGradient()); })
      // A maximum, a difference, an exponential, a sum and a quotient.
      .Case([](CrossEntropyLossOp loss) {
        return 5 * countValues(loss->getOperand(0));
      })
      .Case([](MeanSquaredErrorLossOp loss) {
        return 4 * countValues(loss->getOperand(0));
      })
      // Sum, square and sum of the deviation, then subtract, multiply, add.
      .Case<BatchNormTrainingOp, GroupNormOp>(
          [](auto norm) { return 7 * countValues(norm.getResult()); })
      // Without a mean there is nothing to sum and subtract twice.
      .Case([](LayerNormOp norm) {
        return (norm.getRootMeanSquare() ? 4 : 7) *
               countValues(norm.getResult());
      })
      .Case<ReshapeOp, TransposeOp, ConcatOp, SliceOp>(
          [](Operation *) { return 0; })
      .Default([](Operation *other) {
        return isa_and_nonnull<BNDialect>(other->getDialect())
                   ? countValues(other->getResult(0))
                   : 0;
      });
}

/// True if rows of the result of `op` depend on other rows of the batch.
static bool mixesRows(Operation *op) {
  if (auto mean = dyn_cast<ReduceMeanOp>(op))
    return llvm::is_contained(mean.getAxes(), 0);
  // Rows that move; parameters are none.
  if (isa<ConcatOp, SliceOp>(op))
    return op->getAttrOfType<IntegerAttr>("axis").getInt() == 0 &&
           !llvm::all_of(op->getOperands(), [](Value operand) {
             return matchPattern(operand, m_Constant());
           });
  return isa<BatchNormTrainingOp>(op);
}

namespace {

struct CountModel : public bn::impl::CountModelBase<CountModel> {
  using CountModelBase::CountModelBase;

  void runOnOperation() override {
    func::FuncOp func = getOperation();
    // A lowered model has been counted.
    if (!func.isPublic() || func.isDeclaration() ||
        func->hasAttr(BNDialect::kInputCountAttr))
      return;

    int64_t operations = 0, parameters = 0, minimumBatch = 1;
    bool batchStatistics = false;
    std::string reason;
    llvm::SmallPtrSet<Operation *, 16> counted;
    func.walk([&](Operation *op) {
      batchStatistics |= mixesRows(op);
      operations += countOperations(op);
      for (Value parameter : getLearnedParameters(op))
        if (parameter && matchPattern(parameter, m_Constant()) &&
            counted.insert(parameter.getDefiningOp()).second)
          parameters += countValues(parameter);
      auto norm = dyn_cast<BatchNormTrainingOp>(op);
      if (norm && minimumBatch == 1 &&
          countValues(norm.getInput()) == norm.getChannelCount()) {
        minimumBatch = 2;
        reason = "batch norm '" + getLayerName(op) +
                 "' in training mode needs at least two values per channel";
      }
    });

    // A fixed batch is in every count; the attribute is for one of its rows.
    int64_t batch = 1;
    if (func.getNumArguments() > 0)
      if (auto type = dyn_cast<RankedTensorType>(func.getArgumentTypes()[0]))
        if (type.getRank() > 0 && type.getDimSize(0) > 0)
          batch = type.getDimSize(0);

    Builder builder(&getContext());
    auto set = [&](StringRef name, int64_t value) {
      func->setAttr(name, builder.getI64IntegerAttr(value));
    };
    if (!func->hasAttr(BNDialect::kParameterCountAttr))
      set(BNDialect::kParameterCountAttr, parameters);
    set(BNDialect::kOperationsPerRowAttr, operations / batch);
    set(BNDialect::kMinimumBatchAttr, minimumBatch);
    if (batchStatistics)
      func->setAttr(BNDialect::kBatchStatisticsAttr, builder.getUnitAttr());
    else
      func->removeAttr(BNDialect::kBatchStatisticsAttr);
    if (minimumBatch > 1)
      func->setAttr(BNDialect::kMinimumBatchReasonAttr,
                    builder.getStringAttr(reason));
    else
      func->removeAttr(BNDialect::kMinimumBatchReasonAttr);
    if (layers)
      func->setAttr(kLayersAttr, describeLayers(batch));
  }

private:
  ArrayAttr describeLayers(int64_t batch);
};

} // namespace

/// One entry for each name; `batch` is that of the function, or 1.
ArrayAttr CountModel::describeLayers(int64_t batch) {
  llvm::MapVector<StringAttr, LayerCounts> counts;
  getOperation().walk([&](Operation *op) {
    if (!isa_and_nonnull<BNDialect>(op->getDialect()))
      return;
    std::string name = getLayerName(op);
    // What has no name in the source is found again by the one it gets here.
    if (!op->getLoc()->findInstanceOf<NameLoc>())
      op->setLoc(
          NameLoc::get(StringAttr::get(&getContext(), name), op->getLoc()));
    LayerCounts &layer = counts[StringAttr::get(&getContext(), name)];
    layer.name = name;
    layer.operationsPerRow += countOperations(op) / batch;
    for (Value value : llvm::concat<Value>(llvm::to_vector(op->getOperands()),
                                           llvm::to_vector(op->getResults()))) {
      auto type = dyn_cast<RankedTensorType>(value.getType());
      if (!type)
        continue;
      int64_t bytes = countValues(value) * type.getElementTypeBitWidth() / 8;
      if (matchPattern(value, m_Constant()))
        layer.parameterBytes += bytes;
      else
        layer.bytesPerRow += bytes / batch;
    }
  });
  SmallVector<Attribute> entries;
  for (auto &[name, layer] : counts)
    entries.push_back(layer.toAttribute(&getContext()));
  return ArrayAttr::get(&getContext(), entries);
}
