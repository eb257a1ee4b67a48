//===- Passes.h - The plain way out of the bn dialect -----------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_CONVERSION_BNTOLINALG_PASSES_H
#define BN_CONVERSION_BNTOLINALG_PASSES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir::bn {

#define GEN_PASS_DECL
#include "bn/Conversion/BNToLinalg/Passes.h.inc"

/// Patterns of one op family each. Together they replace every bn op.
void populateDropoutToLinalgPatterns(RewritePatternSet &patterns);
void populateElementwiseToLinalgPatterns(RewritePatternSet &patterns);
void populateLossesToLinalgPatterns(RewritePatternSet &patterns);
void populateNormalizationGradientsToLinalgPatterns(
    RewritePatternSet &patterns);
void populateNormalizationsToLinalgPatterns(RewritePatternSet &patterns);
void populateOptimizersToLinalgPatterns(RewritePatternSet &patterns);
void populatePoolGradientsToLinalgPatterns(RewritePatternSet &patterns);
void populatePoolsToLinalgPatterns(RewritePatternSet &patterns);
void populateProductGradientsToLinalgPatterns(RewritePatternSet &patterns);
void populateProductsToLinalgPatterns(RewritePatternSet &patterns);
void populateSampleNormGradientsToLinalgPatterns(RewritePatternSet &patterns);
void populateSampleNormsToLinalgPatterns(RewritePatternSet &patterns);
void populateShapesToLinalgPatterns(RewritePatternSet &patterns);

#define GEN_PASS_REGISTRATION
#include "bn/Conversion/BNToLinalg/Passes.h.inc"

} // namespace mlir::bn

#endif // BN_CONVERSION_BNTOLINALG_PASSES_H
