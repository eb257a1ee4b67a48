//===- LaneDropout.cpp - Zeros at random in lane kernels ------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The words of the hash that are the same for all values of a row are hashed
// once per block; what is left for each value is one step.
//
//===----------------------------------------------------------------------===//

#include "bn/Codegen/CPU/LaneBody.h"
#include "bn/Dialect/BN/IR/DropoutHash.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::bn;

/// `index` as a word of the hash.
static Value createWord(LaneBuilder &code, Value index) {
  return arith::IndexCastOp::create(code.builder, code.loc,
                                    code.builder.getI32Type(), index);
}

void LaneBody::enterRows(Value first) {
  ImplicitLocOpBuilder b(code.loc, code.builder);
  Value rows = arith::AddIOp::create(b, code.broadcast(createWord(code, first)),
                                     code.getLaneNumbers());
  for (auto op : block.getOps<DropoutOp>()) {
    Value seed = getBuffer(op.getSeed());
    Value state =
        createHashState(b, code.loadScalar(seed, {LaneIndex(0)}),
                        code.loadScalar(seed, {LaneIndex(1)}), op.getStream());
    rowHashes[op] = createHashStep(b, code.broadcast(state), rows);
  }
}

Value LaneBody::computeDropout(DropoutOp op, ArrayRef<LaneIndex> point) {
  ImplicitLocOpBuilder b(code.loc, code.builder);
  Value position = code.index(0);
  for (auto [index, extent] :
       llvm::zip_equal(point, getRowShape(op.getResult())))
    position = arith::AddIOp::create(b, code.mul(position, extent),
                                     code.materialize(index));
  Value state = createHashStep(b, rowHashes.lookup(op),
                               code.broadcast(createWord(code, position)));
  double ratio = op.getRatio().convertToDouble();
  Value enlarged = code.mulF(evaluate(op.getInput(), point),
                             code.splat(1.0 / (1.0 - ratio)));
  return code.masked(enlarged, createIsKept(b, state, ratio));
}
