//===- CudaNames.cpp - Names in the text ----------------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CudaNames.h"

#include "bn/Target/Object/CHeader.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::bn;
using namespace mlir::bn::cuda;

/// What the text must not call its own: keywords, names that CUDA or the C
/// library declare in the global namespace, and functions that the text begins
/// with.
static constexpr StringLiteral reservedNames =
    "abs addWords alignas alignof allocateZeros and asm auto blockDim "
    "blockIdx bool break case catch char check class const constexpr "
    "continue copyBytes default delete deviceTraining divideUp do double "
    "else enum exp explicit exponential export extern false float float4 "
    "floor fmaf for friend gatherRows goto gradientsModel gridDim "
    "hyperbolicTangent "
    "if index INFINITY inline inputs int isWordAtLeast j0 j1 jn larger "
    "launch loadParameters loadTraining log logarithm long main "
    "make_float4 max maximum min minimum model multiplyWords mutable "
    "namespace NAN new not nullptr openBeside operator or outputs "
    "parameters pow predictBatch predictModel private properties "
    "protected public putRows read readSource register return round run "
    "session "
    "shiftWord short sigmoid signal signed sizeof smaller sourceWords "
    "sqrt static std storeTraining struct switch tanh template this "
    "threadIdx throw time training trainRows trainStep true try typedef typeid "
    "typename union unsigned updateModel using virtual void volatile "
    "warpSize while write xor y0 y1 yn";

NameScope::NameScope() {
  for (StringRef name : llvm::split(StringRef(reservedNames), ' '))
    taken.insert(name);
}

std::string NameScope::choose(StringRef wanted) {
  std::string base = makeIdentifier(wanted, "_");
  // Names with an underscore in front are the implementation's.
  base = StringRef(base).ltrim('_').str();
  if (base.empty() || llvm::isDigit(base.front()))
    base = "value" + base;
  std::string name = base;
  for (unsigned i = 2; !taken.insert(name).second; ++i)
    name = base + "_" + std::to_string(i);
  return name;
}

StringRef cuda::getName(Location loc) {
  auto name = dyn_cast<NameLoc>(loc);
  return name ? name.getName().getValue() : StringRef();
}
