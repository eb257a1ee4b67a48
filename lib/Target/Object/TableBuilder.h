//===- TableBuilder.h - Constant structs and arrays -------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_TARGET_OBJECT_TABLEBUILDER_H
#define BN_LIB_TARGET_OBJECT_TABLEBUILDER_H

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

#include <functional>
#include <string>

namespace mlir::bn {

/// Builds constant structs, and the strings and arrays they point to, of
/// internal linkage and named after `table`.
class TableBuilder {
public:
  TableBuilder(ImplicitLocOpBuilder &builder, StringRef table);

protected:
  /// Yields one field of a struct, inside a global's initialiser.
  using Field = std::function<Value()>;
  using TypedField = std::pair<Type, Field>;

  Field integer(Type type, int64_t value);
  Field real(double value);
  /// The address of a global or function; null when the name is empty.
  Field address(const std::string &name);
  /// The address of `text` with a zero behind it.
  Field string(StringRef text);
  /// The address of `data` as it is.
  Field bytes(StringRef data);

  std::string nextName();
  Value structOf(Type type, ArrayRef<Field> fields);
  /// The struct of all `fields`, as a constant of this name.
  void structure(StringRef name, ArrayRef<TypedField> fields);
  /// A constant that `initialise` yields the value of.
  void global(StringRef name, Type type,
              llvm::function_ref<Value()> initialise);
  /// An array of structs; returns its name, empty for no elements.
  std::string array(Type element, ArrayRef<SmallVector<Field>> rows);

  /// The fields of struct bn_tensor_spec of bn/Runtime/Abi.h, and its type.
  SmallVector<Field> tensor(StringRef name, ShapedType type);
  Type tensorType();

  ImplicitLocOpBuilder &builder;
  std::string table;
  Type pointer, i32, i64, f64;

private:
  std::string shape(ShapedType type);

  unsigned count = 0;
};

} // namespace mlir::bn

#endif // BN_LIB_TARGET_OBJECT_TABLEBUILDER_H
