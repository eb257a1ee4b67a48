//===- BatchNormToScaleShift.cpp - Batch norm as one multiply-add ---------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Dialect/BN/Transforms/AffineSources.h"
#include "bn/Dialect/BN/Transforms/Passes.h"

#include "bn/Dialect/BN/IR/Parameters.h"

#include "llvm/ADT/SetVector.h"

#include <cmath>

namespace mlir::bn {
#define GEN_PASS_DEF_BATCHNORMTOSCALESHIFT
#include "bn/Dialect/BN/Transforms/Passes.h.inc"
} // namespace mlir::bn

using namespace mlir;
using namespace mlir::bn;

namespace {
struct BatchNormToScaleShift
    : bn::impl::BatchNormToScaleShiftBase<BatchNormToScaleShift> {
  void runOnOperation() override {
    getOperation().walk([&](BatchNormInferenceOp op) { rewrite(op); });
  }

private:
  void rewrite(BatchNormInferenceOp op);
};
} // namespace

void BatchNormToScaleShift::rewrite(BatchNormInferenceOp op) {
  // What gives no finite map stays, and computes what its formula says.
  std::string reason;
  FailureOr<ChannelAffineMap> map = getAffineMap(op, reason);
  if (failed(map))
    return;
  RankedTensorType type = op.getScale().getType();
  Type element = type.getElementType();
  double smallest = getSmallestNormal(element);
  for (std::vector<double> *values : {&map->scale, &map->shift})
    for (double &value : *values) {
      if (!std::isfinite(roundToType(value, element)))
        return;
      if (std::abs(value) < smallest)
        value = 0.0;
    }

  OpBuilder builder(op);
  ElementsAttr like = getConstantElements(op.getScale());
  Value scale = createConstant(builder, op.getScale().getLoc(),
                               makeParameter(type, map->scale, like));
  Value shift = createConstant(builder, op.getOffset().getLoc(),
                               makeParameter(type, map->shift, like));
  auto scaleShift =
      ScaleShiftOp::create(builder, op.getLoc(), op.getType(), op.getInput(),
                           scale, shift, op.getLayout());
  Value parameters[] = {op.getScale(), op.getOffset(), op.getMean(),
                        op.getVariance()};
  op.getResult().replaceAllUsesWith(scaleShift.getResult());
  op.erase();
  llvm::SmallSetVector<Value, 4> dead(std::begin(parameters),
                                      std::end(parameters));
  llvm::for_each(dead, eraseDeadConstant);
  ++numRewritten;
}
