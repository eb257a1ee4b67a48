//===- OpTable.cpp - Which ONNX ops are imported, and by what -------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpTable.h"

using namespace mlir;
using namespace mlir::bn;

OpTable::OpTable() {
  for (ArrayRef<OpEntry> family :
       {getConstantOps(), getDropoutOps(), getElementwiseOps(), getIntegerOps(),
        getNormalizationOps(), getPoolOps(), getProductOps(),
        getSampleNormOps(), getShapeOps(), getSliceOps()})
    for (const OpEntry &entry : family)
      entries[entry.op].push_back(entry);
}

NodeHandler OpTable::lookup(StringRef op, int opset) const {
  auto versions = entries.find(op);
  if (versions == entries.end())
    return nullptr;
  const OpEntry *latest = nullptr;
  for (const OpEntry &entry : versions->second)
    if (entry.since <= opset && (!latest || entry.since > latest->since))
      latest = &entry;
  return latest ? latest->handler : nullptr;
}
