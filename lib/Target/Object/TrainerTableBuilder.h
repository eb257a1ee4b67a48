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
#include "bn/Target/Object/TrainerSignature.h"

namespace mlir::bn {

/// Builds the struct `bn_trainer`, and what it points to besides the models.
class TrainerTableBuilder : public TableBuilder {
public:
  using TableBuilder::TableBuilder;
  /// `models` are the names of the tables of the trainer's models.
  void build(const TrainerSignature &signature, ArrayRef<std::string> models);

private:
  std::string parameters(ArrayRef<ParameterSignature> parameters);
};

} // namespace mlir::bn

#endif // BN_LIB_TARGET_OBJECT_TRAINERTABLEBUILDER_H
