//===- TableBuilder.cpp - Constant structs and arrays ---------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TableBuilder.h"
#include "bn/Runtime/Abi.h"

using namespace mlir;
using namespace mlir::bn;

TableBuilder::TableBuilder(ImplicitLocOpBuilder &builder, StringRef table)
    : builder(builder), table(table.str()),
      pointer(LLVM::LLVMPointerType::get(builder.getContext())),
      i32(builder.getI32Type()), i64(builder.getI64Type()),
      f64(builder.getF64Type()) {}

std::string TableBuilder::nextName() {
  return table + "." + std::to_string(count++);
}

TableBuilder::Field TableBuilder::integer(Type type, int64_t value) {
  return [=] { return LLVM::ConstantOp::create(builder, type, value); };
}

TableBuilder::Field TableBuilder::real(double value) {
  return [=] {
    return LLVM::ConstantOp::create(builder, f64,
                                    builder.getF64FloatAttr(value));
  };
}

TableBuilder::Field TableBuilder::address(const std::string &name) {
  return [=]() -> Value {
    if (name.empty())
      return LLVM::ZeroOp::create(builder, pointer);
    return LLVM::AddressOfOp::create(builder, pointer, name);
  };
}

TableBuilder::Field TableBuilder::string(StringRef text) {
  std::string terminated = text.str();
  terminated.push_back('\0');
  return bytes(terminated);
}

TableBuilder::Field TableBuilder::bytes(StringRef data) {
  std::string name = nextName();
  auto type = LLVM::LLVMArrayType::get(builder.getI8Type(), data.size());
  LLVM::GlobalOp::create(builder, type, /*isConstant=*/true,
                         LLVM::Linkage::Internal, name,
                         builder.getStringAttr(data));
  return address(name);
}

Value TableBuilder::structOf(Type type, ArrayRef<Field> fields) {
  Value result = LLVM::UndefOp::create(builder, type);
  for (auto [i, field] : llvm::enumerate(fields))
    result = LLVM::InsertValueOp::create(builder, result, field(),
                                         static_cast<int64_t>(i));
  return result;
}

void TableBuilder::structure(StringRef name, ArrayRef<TypedField> fields) {
  SmallVector<Type> types(llvm::make_first_range(fields));
  SmallVector<Field> values(llvm::make_second_range(fields));
  auto type = LLVM::LLVMStructType::getLiteral(builder.getContext(), types);
  global(name, type, [&] { return structOf(type, values); });
}

void TableBuilder::global(StringRef name, Type type,
                          llvm::function_ref<Value()> initialise) {
  auto global =
      LLVM::GlobalOp::create(builder, type, /*isConstant=*/true,
                             LLVM::Linkage::Internal, name, Attribute());
  OpBuilder::InsertionGuard guard(builder);
  builder.createBlock(&global.getInitializerRegion());
  LLVM::ReturnOp::create(builder, initialise());
}

std::string TableBuilder::array(Type element,
                                ArrayRef<SmallVector<Field>> rows) {
  if (rows.empty())
    return "";
  std::string name = nextName();
  auto type = LLVM::LLVMArrayType::get(element, rows.size());
  global(name, type, [&] {
    SmallVector<Field> values;
    for (const SmallVector<Field> &row : rows)
      values.push_back([&] { return structOf(element, row); });
    return structOf(type, values);
  });
  return name;
}

std::string TableBuilder::shape(ShapedType type) {
  if (type.getRank() == 0)
    return "";
  std::string name = nextName();
  auto array = LLVM::LLVMArrayType::get(i64, type.getRank());
  global(name, array, [&] {
    SmallVector<Field> extents;
    for (int64_t extent : type.getShape())
      extents.push_back(
          integer(i64, ShapedType::isDynamic(extent) ? BN_DYNAMIC : extent));
    return structOf(array, extents);
  });
  return name;
}

static bn_element_type getElementType(Type type) {
  return type.isF32() ? BN_F32 : type.isF64() ? BN_F64 : BN_I64;
}

/// struct bn_tensor_spec { name; element_type; rank; shape; }
SmallVector<TableBuilder::Field> TableBuilder::tensor(StringRef name,
                                                      ShapedType type) {
  return {string(name), integer(i32, getElementType(type.getElementType())),
          integer(i32, type.getRank()), address(shape(type))};
}

Type TableBuilder::tensorType() {
  return LLVM::LLVMStructType::getLiteral(builder.getContext(),
                                          {pointer, i32, i32, pointer});
}
