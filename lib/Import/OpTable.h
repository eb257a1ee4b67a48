//===- OpTable.h - Which ONNX ops are imported, and by what -----*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_IMPORT_OPTABLE_H
#define BN_LIB_IMPORT_OPTABLE_H

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"

namespace mlir::bn {

class NodeContext;

/// Builds the ops of one node and sets the node's outputs. Says what is wrong
/// with `NodeContext::fail`.
using NodeHandler = LogicalResult (*)(NodeContext &);

/// A handler for `op` of ONNX's default domain from opset `since` on, until an
/// entry with a later one.
struct OpEntry {
  llvm::StringLiteral op;
  int since;
  NodeHandler handler;
};

// The families, each in a file of its own.
ArrayRef<OpEntry> getConstantOps();
ArrayRef<OpEntry> getDropoutOps();
ArrayRef<OpEntry> getElementwiseOps();
ArrayRef<OpEntry> getIntegerOps();
ArrayRef<OpEntry> getNormalizationOps();
ArrayRef<OpEntry> getPoolOps();
ArrayRef<OpEntry> getProductOps();
ArrayRef<OpEntry> getSampleNormOps();
ArrayRef<OpEntry> getShapeOps();
ArrayRef<OpEntry> getSliceOps();

class OpTable {
public:
  OpTable();

  /// The handler for `op` in a model of `opset`, or null.
  NodeHandler lookup(StringRef op, int opset) const;

private:
  llvm::StringMap<SmallVector<OpEntry, 2>> entries;
};

} // namespace mlir::bn

#endif // BN_LIB_IMPORT_OPTABLE_H
