//===- ModelTableBuilder.h - The tables of Abi.h as constants ---*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_TARGET_OBJECT_MODELTABLEBUILDER_H
#define BN_LIB_TARGET_OBJECT_MODELTABLEBUILDER_H

#include "bn/Target/Object/Signature.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::bn {

/// Builds the struct `bn_model` of bn/Runtime/Abi.h, and the strings and arrays
/// it points to, as constants of internal linkage named after `table`. The
/// layout written here is that of the structs there.
class ModelTableBuilder {
public:
  ModelTableBuilder(ImplicitLocOpBuilder &builder, StringRef table);

  /// `properties` is a dictionary of strings, `run` the name of the entry
  /// point.
  void build(const ModelSignature &signature, DictionaryAttr properties,
             StringRef cpuFeatures, StringRef run);

private:
  /// Yields one field of a struct, inside a global's initialiser.
  using Field = std::function<Value()>;

  Field integer(Type type, int64_t value);
  /// The address of a global or function; null when the name is empty.
  Field address(const std::string &name);
  Field string(StringRef text);

  std::string nextName();
  Value structOf(Type type, ArrayRef<Field> fields);
  /// A constant that `initialise` yields the value of.
  void global(StringRef name, Type type,
              llvm::function_ref<Value()> initialise);
  /// An array of structs; returns its name, empty for no elements.
  std::string array(Type element, ArrayRef<SmallVector<Field>> rows);

  std::string shape(MemRefType type);
  std::string tensors(ArrayRef<TensorSignature> tensors);

  ImplicitLocOpBuilder &builder;
  std::string table;
  Type pointer, i32, i64;
  unsigned count = 0;
};

} // namespace mlir::bn

#endif // BN_LIB_TARGET_OBJECT_MODELTABLEBUILDER_H
