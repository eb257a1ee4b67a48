//===- CHeader.h - A C header for a compiled model --------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_TARGET_OBJECT_CHEADER_H
#define BN_TARGET_OBJECT_CHEADER_H

#include "bn/Target/Object/Signature.h"
#include "llvm/Support/raw_ostream.h"

namespace mlir::bn {

/// A C identifier made of `name`: other characters become underscores, and
/// `prefix` comes first when the result would begin with a digit or be empty.
std::string makeIdentifier(StringRef name, StringRef prefix);

/// Prints a self-contained C header for the object that exports `symbol`: the
/// entry points, the workspace's size, and a function whose parameters are the
/// model's inputs and outputs by name. If the model is `onDevice`, the
/// workspace is the device's.
void printCHeader(const ModelSignature &signature, StringRef symbol,
                  StringRef cpuFeatures, bool onDevice, llvm::raw_ostream &os);

} // namespace mlir::bn

#endif // BN_TARGET_OBJECT_CHEADER_H
