//===- ExpandVectorMath.cpp - exp and tanh of vectors as arithmetic -------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Codegen/CPU/Passes.h"

#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::bn {
#define GEN_PASS_DEF_EXPANDVECTORMATH
#include "bn/Codegen/CPU/Passes.h.inc"
} // namespace mlir::bn

using namespace mlir;
using namespace mlir::bn;

/// 2^f for |f| <= 1/2 with a relative error of at most 1.2e-7, from the power 0
/// up: a weighted least-squares fit with the error evened out, 1 held fixed.
static constexpr float kExp2Coefficients[] = {1.0f,          0.693147004f,
                                              0.240222424f,  0.0555073358f,
                                              0.0096715130f, 0.0013264727f};

/// log2(e) as the sum of two floats.
static constexpr float kLog2E = 1.44269502f;
static constexpr float kLog2ELow = 1.92596302e-8f;

namespace {

/// exp(x) = 2^t with t = x * log2(e) = r + f: r is t rounded to an integer,
/// 2^f a polynomial and 2^r made of its bits.
struct ExpandExp : OpRewritePattern<math::ExpOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::ExpOp op,
                                PatternRewriter &rewriter) const override {
    auto type = dyn_cast<VectorType>(op.getType());
    if (!type || !type.getElementType().isF32())
      return rewriter.notifyMatchFailure(op, "not a vector of f32");
    Location loc = op.getLoc();
    auto splat = [&](float value) -> Value {
      return arith::ConstantOp::create(rewriter, loc,
                                       DenseElementsAttr::get(type, value));
    };
    auto bits = type.clone(rewriter.getI32Type());
    auto clamp = [&](Value value, float limit, arith::CmpFPredicate beyond) {
      // Ordered comparisons let NaN pass.
      Value bound = splat(limit);
      Value outside =
          arith::CmpFOp::create(rewriter, loc, beyond, value, bound);
      return arith::SelectOp::create(rewriter, loc, outside, bound, value)
          .getResult();
    };

    // exp(-x), which a sigmoid has, takes no negation: the constants have it.
    Value x = op.getOperand();
    auto negation = x.getDefiningOp<arith::NegFOp>();
    float sign = negation ? -1.0f : 1.0f;
    if (negation)
      x = negation.getOperand();

    // Between these the exponent fits its 8 bits: 0 stands for 0 and 255 for
    // infinity.
    constexpr float kLargest = 88.8f, kSmallest = -88.0f;
    x = clamp(x, negation ? -kSmallest : kLargest, arith::CmpFPredicate::OGT);
    x = clamp(x, negation ? -kLargest : kSmallest, arith::CmpFPredicate::OLT);

    // Adding 1.5 * 2^23 rounds to an integer, which then stands in the low bits
    // of the sum; with the exponent's bias in it they are the exponent.
    Value magic = splat(12582912.0f + 127.0f);
    Value log2E = splat(sign * kLog2E);
    Value sum = vector::FMAOp::create(rewriter, loc, x, log2E, magic);
    Value rounded = arith::SubFOp::create(rewriter, loc, sum, magic);
    // f = x * log2(e) - r, as exact as one or two floats make log2(e).
    bool isApproximate =
        bitEnumContainsAll(op.getFastmath(), arith::FastMathFlags::afn);
    Value negated = arith::NegFOp::create(rewriter, loc, rounded);
    Value f = vector::FMAOp::create(rewriter, loc, x, log2E, negated);
    if (!isApproximate)
      f = vector::FMAOp::create(rewriter, loc, x, splat(sign * kLog2ELow), f);
    Value sumBits = arith::BitcastOp::create(rewriter, loc, bits, sum);
    Value exponent = arith::ShLIOp::create(
        rewriter, loc, sumBits,
        arith::ConstantOp::create(rewriter, loc,
                                  DenseElementsAttr::get(bits, int32_t(23))));
    Value power = arith::BitcastOp::create(rewriter, loc, type, exponent);

    Value polynomial = splat(std::end(kExp2Coefficients)[-1]);
    for (float coefficient :
         llvm::reverse(llvm::ArrayRef(kExp2Coefficients).drop_back()))
      polynomial = vector::FMAOp::create(rewriter, loc, polynomial, f,
                                         splat(coefficient));
    rewriter.replaceOpWithNewOp<arith::MulFOp>(
        op, polynomial, power,
        isApproximate ? arith::FastMathFlags::contract
                      : arith::FastMathFlags::none);
    return success();
  }
};

struct ExpandVectorMath : bn::impl::ExpandVectorMathBase<ExpandVectorMath> {
  using ExpandVectorMathBase::ExpandVectorMathBase;

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ExpandExp>(&getContext());
    populatePolynomialApproximateTanhPattern(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
