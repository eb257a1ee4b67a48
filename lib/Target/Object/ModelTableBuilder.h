//===- ModelTableBuilder.h - The tables of Abi.h as constants ---*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_TARGET_OBJECT_MODELTABLEBUILDER_H
#define BN_LIB_TARGET_OBJECT_MODELTABLEBUILDER_H

#include "TableBuilder.h"
#include "bn/Target/Object/Signature.h"

namespace mlir::bn {

/// Builds the struct `bn_model` of bn/Runtime/Abi.h, and what it points to. The
/// layout written here is that of the structs there.
class ModelTableBuilder : public TableBuilder {
public:
  using TableBuilder::TableBuilder;

  /// `properties` is a dictionary of strings, `run` the name of the entry
  /// point.
  void build(const ModelSignature &signature, DictionaryAttr properties,
             StringRef cpuFeatures, StringRef run);

private:
  std::string tensors(ArrayRef<TensorSignature> tensors);
};

} // namespace mlir::bn

#endif // BN_LIB_TARGET_OBJECT_MODELTABLEBUILDER_H
