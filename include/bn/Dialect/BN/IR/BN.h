//===- BN.h - The bn dialect: ops, attributes, interfaces -------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_DIALECT_BN_IR_BN_H
#define BN_DIALECT_BN_IR_BN_H

#include "bn/Dialect/BN/IR/ChannelAffineMap.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "bn/Dialect/BN/IR/BNDialect.h.inc"
#include "bn/Dialect/BN/IR/BNEnums.h.inc"
#include "bn/Dialect/BN/IR/BNInterfaces.h.inc"
#define GET_ATTRDEF_CLASSES
#include "bn/Dialect/BN/IR/BNAttrs.h.inc"
#define GET_OP_CLASSES
#include "bn/Dialect/BN/IR/BNOps.h.inc"

namespace mlir::bn {

/// The axis that holds the channels of a tensor of `rank` in `layout`.
inline int64_t getChannelAxis(int64_t rank, Layout layout) {
  return layout == Layout::NCHW ? 1 : rank - 1;
}

/// The first of the `rank - 2` spatial axes of a tensor in `layout`.
inline int64_t getFirstSpatialAxis(Layout layout) {
  return layout == Layout::NCHW ? 2 : 1;
}

} // namespace mlir::bn

#endif // BN_DIALECT_BN_IR_BN_H
