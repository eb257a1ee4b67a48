//===- BNToLinalg.cpp - Replace every bn op by loops ----------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Conversion/BNToLinalg/Passes.h"

#include "bn/Dialect/BN/IR/BN.h"
#include "bn/Dialect/BN/IR/Parameters.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/DialectConversion.h"

namespace mlir::bn {
#define GEN_PASS_DEF_CONVERTBNTOLINALG
#include "bn/Conversion/BNToLinalg/Passes.h.inc"
} // namespace mlir::bn

using namespace mlir;
using namespace mlir::bn;

namespace {

struct ConvertBNToLinalg
    : public bn::impl::ConvertBNToLinalgBase<ConvertBNToLinalg> {
  void runOnOperation() override {
    ConversionTarget target(getContext());
    target.addIllegalDialect<BNDialect>();
    // A call, of functions that are converted themselves.
    target.addLegalOp<ParallelOp>();
    target.markUnknownOpDynamicallyLegal([](Operation *) { return true; });
    if (failed(checkSeeds()))
      return signalPassFailure();
    RewritePatternSet patterns(&getContext());
    populateDropoutToLinalgPatterns(patterns);
    populateElementwiseToLinalgPatterns(patterns);
    populateLossesToLinalgPatterns(patterns);
    populateNormalizationGradientsToLinalgPatterns(patterns);
    populateNormalizationsToLinalgPatterns(patterns);
    populateOptimizersToLinalgPatterns(patterns);
    populatePoolGradientsToLinalgPatterns(patterns);
    populatePoolsToLinalgPatterns(patterns);
    populateProductGradientsToLinalgPatterns(patterns);
    populateProductsToLinalgPatterns(patterns);
    populateSampleNormGradientsToLinalgPatterns(patterns);
    populateSampleNormsToLinalgPatterns(patterns);
    populateShapesToLinalgPatterns(patterns);
    if (failed(applyPartialConversion(getOperation(), target,
                                      std::move(patterns))))
      signalPassFailure();
  }

private:
  /// As it is imported for training, dropout has no seed yet.
  LogicalResult checkSeeds() {
    WalkResult result = getOperation().walk([](DropoutOp op) {
      if (op.getSeed())
        return WalkResult::advance();
      op.emitError("dropout '")
          << getSourceName(op.getLoc())
          << "' can only be trained: it has no seed; read the model with "
             "--bn-mode=eval for prediction";
      return WalkResult::interrupt();
    });
    return failure(result.wasInterrupted());
  }
};

} // namespace
