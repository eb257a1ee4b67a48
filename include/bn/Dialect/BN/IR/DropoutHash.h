//===- DropoutHash.h - Which values dropout keeps ---------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Whether dropout keeps a value depends on where the value is, and on nothing
// that changes while a step runs: any order of computation, number of threads
// and lowering gives the same zeros, and the gradient finds them again.
//
// A state of 32 bits takes in one word w of 32 bits after the other:
//
//     s = s + w + 0x9e3779b9
//     s = (s ^ s >> 16) * 0x21f0aaad
//     s = (s ^ s >> 15) * 0xd35a2d97
//     s = s ^ s >> 15
//
// (a bijection for each word, whose bits are all but unbiased). The words are,
// from a state of 0: the seed of the run and that of the step, the low half of
// each first; the op's stream; the row; the position within the row. A value is
// kept if the last state, as an unsigned number, is at least ratio * 2^32.
//
//===----------------------------------------------------------------------===//

#ifndef BN_DIALECT_BN_IR_DROPOUTHASH_H
#define BN_DIALECT_BN_IR_DROPOUTHASH_H

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::bn {

/// The state after `word`. Both are i32, or vectors of i32 of one type.
Value createHashStep(ImplicitLocOpBuilder &builder, Value state, Value word);

/// The state, an i32, before the row. Seeds are i64.
Value createHashState(ImplicitLocOpBuilder &builder, Value runSeed,
                      Value stepSeed, int64_t stream);

/// Whether a value is kept, an i1 or a vector of them, from its last state.
/// `ratio`, the probability of a zero, is at least 0 and less than 1.
Value createIsKept(ImplicitLocOpBuilder &builder, Value state, double ratio);

} // namespace mlir::bn

#endif // BN_DIALECT_BN_IR_DROPOUTHASH_H
