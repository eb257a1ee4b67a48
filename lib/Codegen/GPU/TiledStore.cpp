//===- TiledStore.cpp - Results of products to memory ---------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TiledKernel.h"

using namespace mlir;
using namespace mlir::bn;

/// What is stored for the sum of channel `i` and point `j`.
Value TiledKernel::evaluate(Place i, Place j) {
  kernel.computed = [&](Value value, ArrayRef<Value>) {
    if (value != product.op->getResult(0))
      return Value();
    return code.finishProduct(product.op, read(sums, {flatten(i), flatten(j)}),
                              getChannel(i));
  };
  Value value = code.evaluate(tensor, getPosition(getPoint(j), getChannel(i)));
  kernel.computed = nullptr;
  return value;
}

/// Stores the four values of `repeat`'s places that lie side by side in memory:
/// points of an image, or channels of a row.
void TiledKernel::storeFour(Place i, Place j) {
  Value target = kernel.getArgument(buffer);
  Value &lane = conv ? j.lane : i.lane;
  int64_t extent = conv ? countValues(ArrayRef(pointShape).drop_front()).first
                        : product.channels;
  auto guarded = [&](llvm::function_ref<void()> body) {
    when(code.both(isPoint(getPoint(j)), isChannel(getChannel(i))), body);
  };
  auto getTarget = [&] { return getPosition(getPoint(j), getChannel(i)); };
  if (extent % kFour != 0)
    return repeat(kFour, "lane", [&](Value number) {
      lane = number;
      guarded([&] { write(evaluate(i, j), target, getTarget()); });
    });
  // All four are there, or none.
  lane = code.index(0);
  guarded([&] {
    repeat(kFour, "lane", [&](Value number) {
      lane = number;
      write(evaluate(i, j), results, number);
    });
    lane = code.index(0);
    copyFour(results, code.index(0), target, getTarget());
  });
}

void TiledKernel::store() {
  results = addArray(kFour, "results");
  Value none;
  if (conv)
    return repeat(tile.threadPoints / kFour, "j", [&](Value j) {
      repeatPlaces(tile.threadChannels, "i", "k", [&](Place i) {
        storeFour(i, {j, none});
      });
    });
  repeatPlaces(tile.threadPoints, "j", "k", [&](Place j) {
    repeat(tile.threadChannels / kFour, "i", [&](Value i) {
      storeFour({i, none}, j);
    });
  });
}
