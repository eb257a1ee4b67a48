//===- DropoutHash.cpp - Which values dropout keeps -----------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Dialect/BN/IR/DropoutHash.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include <cmath>

using namespace mlir;
using namespace mlir::bn;

/// `value` as a constant of `type`, i32 or a vector of i32.
static Value createWord(ImplicitLocOpBuilder &b, Type type, uint32_t value) {
  IntegerAttr word = b.getI32IntegerAttr(static_cast<int32_t>(value));
  if (auto vector = dyn_cast<VectorType>(type))
    return arith::ConstantOp::create(
        b, DenseElementsAttr::get(vector, Attribute(word)));
  return arith::ConstantOp::create(b, word);
}

Value bn::createHashStep(ImplicitLocOpBuilder &b, Value state, Value word) {
  Type type = state.getType();
  auto fold = [&](Value value, uint32_t shift) -> Value {
    Value shifted =
        arith::ShRUIOp::create(b, value, createWord(b, type, shift));
    return arith::XOrIOp::create(b, value, shifted);
  };
  auto multiply = [&](Value value, uint32_t factor) -> Value {
    return arith::MulIOp::create(b, value, createWord(b, type, factor));
  };
  Value sum = arith::AddIOp::create(b, state, word);
  sum = arith::AddIOp::create(b, sum, createWord(b, type, 0x9e3779b9));
  sum = multiply(fold(sum, 16), 0x21f0aaad);
  sum = multiply(fold(sum, 15), 0xd35a2d97);
  return fold(sum, 15);
}

Value bn::createHashState(ImplicitLocOpBuilder &b, Value runSeed,
                          Value stepSeed, int64_t stream) {
  Type i32 = b.getI32Type();
  Value state = createWord(b, i32, 0);
  Value half = arith::ConstantOp::create(b, b.getI64IntegerAttr(32));
  for (Value seed : {runSeed, stepSeed}) {
    Value low = arith::TruncIOp::create(b, i32, seed);
    state = createHashStep(b, state, low);
    Value high =
        arith::TruncIOp::create(b, i32, arith::ShRUIOp::create(b, seed, half));
    state = createHashStep(b, state, high);
  }
  return createHashStep(b, state,
                        createWord(b, i32, static_cast<uint32_t>(stream)));
}

Value bn::createIsKept(ImplicitLocOpBuilder &b, Value state, double ratio) {
  double threshold =
      std::min(std::round(std::ldexp(ratio, 32)), std::ldexp(1.0, 32) - 1.0);
  return arith::CmpIOp::create(
      b, arith::CmpIPredicate::uge, state,
      createWord(b, state.getType(), static_cast<uint32_t>(threshold)));
}
