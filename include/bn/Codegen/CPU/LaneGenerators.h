//===- LaneGenerators.h - Loops of lane kernels -----------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_CODEGEN_CPU_LANEGENERATORS_H
#define BN_CODEGEN_CPU_LANEGENERATORS_H

#include "bn/Codegen/CPU/LaneBody.h"

namespace mlir::bn {

/// Emits the loops over the points of `domain` for a body without a product.
void generatePointwise(LaneBody &body, LaneEnds &ends);

/// Emits `product` (`bn.conv`, `bn.conv_input_gradient` or `bn.linear`) in
/// register tiles, whose values go to `ends`.
void generateConvolution(Operation *product, LaneBody &body, LaneEnds &ends);
void generateLinear(LinearOp linear, LaneBody &body, LaneEnds &ends);

/// The same for `bn.winograd_conv` and `bn.winograd_conv_input_gradient`, which
/// transform in `scratch`.
void generateWinograd(Operation *product, LaneBody &body, LaneEnds &ends,
                      Value scratch);

/// The gradient of a filter: the lanes of the block are added to `output`.
void generateFilterGradient(ConvFilterGradientOp op, LaneBody &body,
                            Value output, Value rows);

/// The gradient of a filter or of a linear layer's weight, over the batch.
void generateFilterGradient(ConvFilterGradientOp op, LaneBody &body,
                            BatchSumKernelOp kernel);
void generateLinearGradient(LinearOp op, LaneBody &body,
                            BatchSumKernelOp kernel);

/// The gradient of a transformed filter, as those.
void generateWinogradFilterGradient(WinogradConvFilterGradientOp op,
                                    LaneBody &body, Value output,
                                    LaneKernelOp kernel);
void generateWinogradFilterGradient(WinogradConvFilterGradientOp op,
                                    LaneBody &body, BatchSumKernelOp kernel);

/// The transform of a filter itself, or its gradient.
void generateFilterTransform(FilterKernelOp kernel, LaneBuilder &code);

/// A norm within a row, or its gradient.
void generateNorm(Operation *op, LaneBody &body, LaneKernelOp kernel);

/// The gradient of a pooling whose windows are not disjoint, or `bn.concat`.
void generateScatter(Operation *op, LaneBody &body, Value output);

/// The attributes of an average pooling.
struct AveragedWindow {
  ArrayRef<int64_t> kernel, strides, padding, dilations;
  bool countsPadding;
};

/// What the sum of the window of the point `pooled` is divided by, in all
/// lanes, for images of `shape`.
Value countAveraged(LaneBuilder &code, const AveragedWindow &window,
                    ArrayRef<LaneIndex> pooled, ArrayRef<int64_t> shape);

/// A loss, with its gradient and the number of hits.
void generateLoss(Operation *op, LaneBody &body, LaneKernelOp kernel);

void generateMergeLanes(MergeLanesOp op, OpBuilder &builder);
void generateMergeStatistics(MergeStatisticsOp op, OpBuilder &builder);

/// What one step of a register tile costs, in multiply-adds.
double estimateLaneStep(double fmas, double loads);

/// A split of two extents into register tiles.
struct LaneTile {
  int64_t rows = 1, columns = 1;
};

/// The tile of `rows` x `columns` accumulators that computes a product of these
/// extents fastest. A step loads a value for each row and each column, at a
/// cost of `rowLoad` and `columnLoad` multiply-adds; those of the shorter side
/// stay in registers.
LaneTile chooseLaneTile(int64_t rows, int64_t columns, double rowLoad,
                        double columnLoad, int64_t registers);

} // namespace mlir::bn

#endif // BN_CODEGEN_CPU_LANEGENERATORS_H
