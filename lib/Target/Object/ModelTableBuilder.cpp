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

std::string ModelTableBuilder::tensors(ArrayRef<TensorSignature> tensors) {
  SmallVector<SmallVector<Field>> rows;
  for (const TensorSignature &signature : tensors)
    rows.push_back(tensor(signature.name, signature.type));
  return array(tensorType(), rows);
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
  TypedField fields[] = {
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
  structure(table, fields);
}
