//===- ModelTableBuilder.cpp - The tables of Abi.h as constants -----------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelTableBuilder.h"
#include "bn/Runtime/Abi.h"

using namespace mlir;
using namespace mlir::bn;

ModelTableBuilder::ModelTableBuilder(ImplicitLocOpBuilder &builder,
                                     StringRef table)
    : builder(builder), table(table.str()),
      pointer(LLVM::LLVMPointerType::get(builder.getContext())),
      i32(builder.getI32Type()), i64(builder.getI64Type()) {}

std::string ModelTableBuilder::nextName() {
  return table + "." + std::to_string(count++);
}

ModelTableBuilder::Field ModelTableBuilder::integer(Type type, int64_t value) {
  return [=] { return LLVM::ConstantOp::create(builder, type, value); };
}

ModelTableBuilder::Field ModelTableBuilder::address(const std::string &name) {
  return [=]() -> Value {
    if (name.empty())
      return LLVM::ZeroOp::create(builder, pointer);
    return LLVM::AddressOfOp::create(builder, pointer, name);
  };
}

ModelTableBuilder::Field ModelTableBuilder::string(StringRef text) {
  std::string bytes = text.str();
  bytes.push_back('\0');
  std::string name = nextName();
  auto type = LLVM::LLVMArrayType::get(builder.getI8Type(), bytes.size());
  LLVM::GlobalOp::create(builder, type, /*isConstant=*/true,
                         LLVM::Linkage::Internal, name,
                         builder.getStringAttr(bytes));
  return address(name);
}

Value ModelTableBuilder::structOf(Type type, ArrayRef<Field> fields) {
  Value result = LLVM::UndefOp::create(builder, type);
  for (auto [i, field] : llvm::enumerate(fields))
    result = LLVM::InsertValueOp::create(builder, result, field(),
                                         static_cast<int64_t>(i));
  return result;
}

void ModelTableBuilder::global(StringRef name, Type type,
                               llvm::function_ref<Value()> initialise) {
  auto global =
      LLVM::GlobalOp::create(builder, type, /*isConstant=*/true,
                             LLVM::Linkage::Internal, name, Attribute());
  OpBuilder::InsertionGuard guard(builder);
  builder.createBlock(&global.getInitializerRegion());
  LLVM::ReturnOp::create(builder, initialise());
}

std::string ModelTableBuilder::array(Type element,
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

std::string ModelTableBuilder::shape(MemRefType type) {
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
std::string ModelTableBuilder::tensors(ArrayRef<TensorSignature> tensors) {
  SmallVector<SmallVector<Field>> rows;
  for (const TensorSignature &tensor : tensors)
    rows.push_back({string(tensor.name),
                    integer(i32, getElementType(tensor.type.getElementType())),
                    integer(i32, tensor.type.getRank()),
                    address(shape(tensor.type))});
  auto spec = LLVM::LLVMStructType::getLiteral(builder.getContext(),
                                               {pointer, i32, i32, pointer});
  return array(spec, rows);
}

void ModelTableBuilder::build(const ModelSignature &signature,
                              DictionaryAttr properties, StringRef cpuFeatures,
                              StringRef run) {
  MLIRContext *context = builder.getContext();
  // struct bn_property { key; value; }
  SmallVector<SmallVector<Field>> rows;
  for (NamedAttribute property : properties)
    rows.push_back({string(property.getName()),
                    string(cast<StringAttr>(property.getValue()))});
  std::string propertyTable = array(
      LLVM::LLVMStructType::getLiteral(context, {pointer, pointer}), rows);

  Field reason = signature.minimumBatchReason.empty()
                     ? address("")
                     : string(signature.minimumBatchReason);
  // struct bn_model, field by field.
  std::pair<Type, Field> fields[] = {
      {i32, integer(i32, BN_ABI_VERSION)},
      {i32, integer(i32, signature.inputs.size())},
      {i32, integer(i32, signature.outputs.size())},
      {i32, integer(i32, properties.size())},
      {pointer, string(signature.name)},
      {pointer, string(cpuFeatures)},
      {pointer, address(tensors(signature.inputs))},
      {pointer, address(tensors(signature.outputs))},
      {pointer, address(propertyTable)},
      {i64, integer(i64, signature.workspaceBytes)},
      {i64, integer(i64, signature.workspaceBytesPerRow)},
      {i64, integer(i64, signature.workspaceBytesPerThread)},
      {i64, integer(i64, signature.minimumBatch)},
      {pointer, reason},
      {i64, integer(i64, signature.parameterCount)},
      {i64, integer(i64, signature.operationsPerRow)},
      {pointer, address(run.str())},
  };
  SmallVector<Type> types(llvm::make_first_range(fields));
  SmallVector<Field> values(llvm::make_second_range(fields));
  auto model = LLVM::LLVMStructType::getLiteral(context, types);
  global(table, model, [&] { return structOf(model, values); });
}
