//===- TrainerTableBuilder.h - The table of a training program --*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_TARGET_OBJECT_TRAINERTABLEBUILDER_H
#define BN_LIB_TARGET_OBJECT_TRAINERTABLEBUILDER_H

#include "TableBuilder.h"

namespace mlir::bn {

/// A parameter of a training program: the fields of `bn_parameter_spec` of
/// bn/Runtime/Abi.h.
struct ParameterSignature {
  std::string name, layer;
  ShapedType type;
  int32_t role;
  int64_t fanIn;
};

/// The fields of `bn_trainer`; the models are names of tables.
struct TrainerSignature {
  SmallVector<ParameterSignature> parameters;
  int32_t trainedCount = 0;
  int32_t loss = 0, optimizer = 0;
  int32_t classCount = 0;
  double labelSmoothing = 0.0;
  std::string gradients, predict, update;
  StringRef source;
};

/// Builds the struct `bn_trainer`, and what it points to besides the models.
class TrainerTableBuilder : public TableBuilder {
public:
  using TableBuilder::TableBuilder;
  void build(const TrainerSignature &signature);

private:
  std::string parameters(ArrayRef<ParameterSignature> parameters);
};

} // namespace mlir::bn

#endif // BN_LIB_TARGET_OBJECT_TRAINERTABLEBUILDER_H
