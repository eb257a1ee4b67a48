//===- TrainerTableBuilder.cpp - The table of a training program ----------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TrainerTableBuilder.h"
#include "bn/Runtime/Abi.h"

using namespace mlir;
using namespace mlir::bn;

/// struct bn_parameter_spec { tensor; role; layer; fan_in; }
std::string
TrainerTableBuilder::parameters(ArrayRef<ParameterSignature> parameters) {
  SmallVector<SmallVector<Field>> rows;
  for (const ParameterSignature &parameter : parameters) {
    SmallVector<Field> spec = tensor(parameter.name, parameter.type);
    rows.push_back({[this, spec] { return structOf(tensorType(), spec); },
                    integer(i32, parameter.role), string(parameter.layer),
                    integer(i64, parameter.fanIn)});
  }
  auto type = LLVM::LLVMStructType::getLiteral(
      builder.getContext(), {tensorType(), i32, pointer, i64});
  return array(type, rows);
}

void TrainerTableBuilder::build(const TrainerSignature &signature,
                                ArrayRef<std::string> models) {
  TypedField fields[] = {
      {i32, integer(i32, BN_ABI_VERSION)},
      {i32, integer(i32, signature.parameters.size())},
      {i32, integer(i32, signature.trainedCount)},
      {i32, integer(i32, signature.loss)},
      {i32, integer(i32, signature.optimizer)},
      {i32, integer(i32, signature.classCount)},
      {f64, real(signature.labelSmoothing)},
      {pointer, address(parameters(signature.parameters))},
      {pointer, address(models[0])},
      {pointer, address(models[1])},
      {pointer, address(models[2])},
      {pointer,
       signature.source.empty() ? address("") : bytes(signature.source)},
      {i64, integer(i64, signature.source.size())},
      // Nothing is on a device.
      {pointer, address("")},
  };
  structure(table, fields);
}
