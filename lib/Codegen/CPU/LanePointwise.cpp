//===- LanePointwise.cpp - Lane kernels without a product -----------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Codegen/CPU/LaneGenerators.h"

using namespace mlir;
using namespace mlir::bn;

/// Points that one iteration of the innermost loop should compute, so that sums
/// are added up in registers.
static constexpr int64_t kPointsPerTile = 8;

/// How many positions along each axis belong together: the windows of pooling
/// on `domain` and its gradients, so that a loop knows where in the window it
/// is.
static SmallVector<int64_t> getGrain(Block &block, ArrayRef<int64_t> domain) {
  SmallVector<int64_t> grain(domain.size(), 1);
  auto raise = [&](Value image, ArrayRef<int64_t> kernel) {
    if (ArrayRef<int64_t>(getRowShape(image)) != domain)
      return;
    for (int64_t i = 0; i < 2; ++i)
      grain[1 + i] = std::max(grain[1 + i], std::min(kernel[i], domain[1 + i]));
  };
  for (Operation &op : block) {
    if (auto pool = dyn_cast<AveragePoolGradientOp>(op))
      raise(pool.getResult(), pool.getKernel());
    if (auto pool = dyn_cast<MaxPoolGradientOp>(op))
      raise(pool.getResult(), pool.getKernel());
    if (auto pool = dyn_cast<AveragePoolOp>(op))
      if (pool.getKernel() == pool.getStrides())
        raise(pool.getInput(), pool.getKernel());
    if (auto pool = dyn_cast<MaxPoolOp>(op))
      if (pool.getKernel() == pool.getStrides())
        raise(pool.getInput(), pool.getKernel());
  }
  return grain;
}

void bn::generatePointwise(LaneBody &body, LaneEnds &ends) {
  LaneBuilder &code = body.getCode();
  ArrayRef<int64_t> domain = ends.getDomain();
  SmallVector<int64_t> grain = getGrain(body.getBlock(), domain);
  int64_t points = 1;
  for (int64_t size : grain)
    points *= size;
  if (domain.size() > 1)
    grain.back() *= std::max<int64_t>(
        1, std::min(kPointsPerTile / points, domain.back() / grain.back()));

  // `tile` holds what each axis contributes: a base and as many positions.
  SmallVector<SmallVector<LaneIndex>> tile;
  auto emitTile = [&] {
    SmallVector<LanePoint> all = {LanePoint()};
    for (const SmallVector<LaneIndex> &indices : tile) {
      SmallVector<LanePoint> longer;
      for (const LanePoint &point : all)
        for (const LaneIndex &index : indices) {
          longer.push_back(point);
          longer.back().push_back(index);
        }
      all = std::move(longer);
    }
    body.startTile();
    ends.emitTile(all);
    body.startTile();
  };
  auto nest = [&](auto &self) -> void {
    size_t dim = tile.size();
    if (dim == domain.size())
      return emitTile();
    auto enter = [&](LaneIndex base, int64_t size) {
      SmallVector<LaneIndex> indices;
      for (int64_t i = 0; i < size; ++i)
        indices.push_back(base.affine(grain[dim], i));
      if (dim == 0)
        ends.enterChannel(base);
      tile.push_back(indices);
      self(self);
      tile.pop_back();
      if (dim == 0) {
        ends.leaveChannel(base);
        body.leaveChannels();
      }
    };
    int64_t count = domain[dim] / grain[dim];
    if (count > 0)
      code.forEach(count, [&](LaneIndex i) { enter(i, grain[dim]); });
    if (int64_t rest = domain[dim] % grain[dim])
      enter(LaneIndex(count), rest);
  };
  nest(nest);
}
