//===- LaneLinear.cpp - Linear layers on lanes of rows --------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Codegen/CPU/LaneGenerators.h"

using namespace mlir;
using namespace mlir::bn;

/// A tile is some outputs of all lanes; the weights are broadcast.
void bn::generateLinear(LinearOp op, LaneBody &body, LaneEnds &ends) {
  LaneBuilder &code = body.getCode();
  Value input = body.getBuffer(op.getInput());
  Value weight = body.getBuffer(op.getWeight());
  int64_t inputs = getRowShape(op.getInput())[0];
  int64_t outputs = getRowShape(op.getResult())[0];
  double alpha = op.getAlpha().convertToDouble();
  double beta = op.getBeta().convertToDouble();

  auto loadBias = [&](const LanePoint &point) {
    Value bias = code.loadParameter(body.getBuffer(op.getBias()), point);
    return beta == 1 ? bias : code.mulF(bias, code.splat(beta));
  };
  auto emitTile = [&](LaneIndex first, int64_t size) {
    SmallVector<Value> accumulators;
    SmallVector<LanePoint> points;
    for (int64_t i = 0; i < size; ++i) {
      points.push_back({first.affine(1, i)});
      accumulators.push_back(code.splat(0.0));
      if (alpha == 1 && op.getBias())
        accumulators.back() = loadBias(points.back());
    }
    accumulators = code.forCarried(
        inputs, std::move(accumulators),
        [&](LaneIndex k, SmallVector<Value> values) {
          Value data = code.loadLanes(input, k);
          for (auto [point, value] : llvm::zip_equal(points, values)) {
            LanePoint place = op.getTransposeWeight()
                                  ? LanePoint{point.front(), k}
                                  : LanePoint{k, point.front()};
            value = code.fma(data, code.loadParameter(weight, place), value);
          }
          return values;
        });

    body.startTile();
    for (auto [point, value] : llvm::zip_equal(points, accumulators)) {
      if (alpha != 1)
        value = code.mulF(value, code.splat(alpha));
      if (alpha != 1 && op.getBias())
        value = code.addF(value, loadBias(point));
      body.define(op.getResult(), point, value);
      body.enterChannel(point.front());
    }
    ends.emitTile(points);
    body.leaveChannels();
    body.startTile();
  };
  LaneTile tile = chooseLaneTile(1, outputs, 1.0, 0.5, code.registers);
  int64_t count = outputs / tile.columns;
  code.forEach(count, [&](LaneIndex i) {
    emitTile(i.affine(tile.columns), tile.columns);
  });
  if (int64_t rest = outputs % tile.columns)
    emitTile(LaneIndex(count * tile.columns), rest);
}
