//===- OptimizersToLinalg.cpp - Steps of optimizers as loops --------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LinalgBuilder.h"

#include "bn/Conversion/BNToLinalg/Passes.h"
#include "bn/Dialect/BN/IR/BN.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace mlir::bn;

/// The values of `settings`, in the wide type.
static SmallVector<Value> readSettings(LinalgBuilder &builder, Value settings) {
  SmallVector<Value> values;
  int64_t count = cast<RankedTensorType>(settings.getType()).getDimSize(0);
  for (int64_t i = 0; i < count; ++i) {
    Value index = arith::ConstantIndexOp::create(builder, i);
    Value value = tensor::ExtractOp::create(builder, settings, index);
    values.push_back(convertFloat(builder, value, builder.getWideType()));
  }
  return values;
}

/// Replaces `op` by one loop over the vectors `inputs`. All results are of one
/// loop, which reads a position before it writes there: outputs may be the
/// memory of inputs. `formula` gives one value per result.
static void replaceByLoop(
    PatternRewriter &rewriter, LinalgBuilder &builder, Operation *op,
    ValueRange inputs,
    llvm::function_ref<SmallVector<Value>(ImplicitLocOpBuilder &, ValueRange)>
        formula) {
  SmallVector<Value> inits;
  for (Type type : op->getResultTypes()) {
    auto tensor = cast<RankedTensorType>(type);
    inits.push_back(
        builder.createEmpty(tensor.getShape(), tensor.getElementType()));
  }
  SmallVector<AffineMap> maps(inputs.size() + inits.size(),
                              builder.getMultiDimIdentityMap(1));
  auto createBody = [&](OpBuilder &nested, Location loc, ValueRange scalars) {
    ImplicitLocOpBuilder b(loc, nested);
    SmallVector<Value> wide, results;
    for (Value scalar : scalars.take_front(inputs.size()))
      wide.push_back(convertFloat(b, scalar, builder.getWideType()));
    for (auto [value, init] : llvm::zip_equal(formula(b, wide), inits))
      results.push_back(convertFloat(b, value, getFloatType(init)));
    linalg::YieldOp::create(b, results);
  };
  rewriter.replaceOp(op, linalg::GenericOp::create(
                             builder, op->getResultTypes(), inputs, inits, maps,
                             utils::IteratorType::parallel, createBody));
}

namespace {

struct LowerSgdUpdate : public OpRewritePattern<SgdUpdateOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SgdUpdateOp op,
                                PatternRewriter &rewriter) const override {
    LinalgBuilder builder(rewriter, op);
    SmallVector<Value> settings = readSettings(builder, op.getSettings());
    Value rate = settings[0], momentum = settings[1], decay = settings[2];
    Value isNesterov =
        arith::CmpFOp::create(builder, arith::CmpFPredicate::ONE, settings[3],
                              builder.createScalar(builder.getWideType(), 0.0));
    replaceByLoop(
        rewriter, builder, op,
        {op.getParameters(), op.getGradients(), op.getVelocity()},
        [&](ImplicitLocOpBuilder &b, ValueRange x) -> SmallVector<Value> {
          Value gradient = arith::AddFOp::create(
              b, x[1], arith::MulFOp::create(b, decay, x[0]));
          Value velocity = arith::AddFOp::create(
              b, arith::MulFOp::create(b, momentum, x[2]), gradient);
          Value ahead = arith::AddFOp::create(
              b, gradient, arith::MulFOp::create(b, momentum, velocity));
          Value direction =
              arith::SelectOp::create(b, isNesterov, ahead, velocity);
          Value parameter = arith::SubFOp::create(
              b, x[0], arith::MulFOp::create(b, rate, direction));
          return {parameter, velocity};
        });
    return success();
  }
};

struct LowerAdamUpdate : public OpRewritePattern<AdamUpdateOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(AdamUpdateOp op,
                                PatternRewriter &rewriter) const override {
    LinalgBuilder builder(rewriter, op);
    SmallVector<Value> settings = readSettings(builder, op.getSettings());
    Value rate = settings[0], decay1 = settings[1], decay2 = settings[2];
    Value epsilon = settings[3], weightDecay = settings[4];
    Value one = builder.createScalar(builder.getWideType(), 1.0);
    Value share1 = arith::SubFOp::create(builder, one, decay1);
    Value share2 = arith::SubFOp::create(builder, one, decay2);
    Value step = arith::DivFOp::create(builder, rate, settings[5]);
    Value root = math::SqrtOp::create(builder, settings[6]);
    Value kept = arith::SubFOp::create(
        builder, one, arith::MulFOp::create(builder, rate, weightDecay));
    replaceByLoop(
        rewriter, builder, op,
        {op.getParameters(), op.getGradients(), op.getFirstMoment(),
         op.getSecondMoment()},
        [&](ImplicitLocOpBuilder &b, ValueRange x) -> SmallVector<Value> {
          Value parameter = x[0], gradient = x[1];
          if (op.getDecoupled())
            parameter = arith::MulFOp::create(b, parameter, kept);
          else
            gradient = arith::AddFOp::create(
                b, gradient, arith::MulFOp::create(b, weightDecay, parameter));
          Value first =
              arith::AddFOp::create(b, arith::MulFOp::create(b, decay1, x[2]),
                                    arith::MulFOp::create(b, share1, gradient));
          Value square = arith::MulFOp::create(b, gradient, gradient);
          Value second =
              arith::AddFOp::create(b, arith::MulFOp::create(b, decay2, x[3]),
                                    arith::MulFOp::create(b, share2, square));
          Value deviation = arith::AddFOp::create(
              b,
              arith::DivFOp::create(b, math::SqrtOp::create(b, second), root),
              epsilon);
          Value change = arith::MulFOp::create(
              b, step, arith::DivFOp::create(b, first, deviation));
          return {arith::SubFOp::create(b, parameter, change), first, second};
        });
    return success();
  }
};

} // namespace

void bn::populateOptimizersToLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<LowerSgdUpdate, LowerAdamUpdate>(patterns.getContext());
}
