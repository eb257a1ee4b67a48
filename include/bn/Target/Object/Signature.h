//===- Signature.h - What a lowered model says about itself -----*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_TARGET_OBJECT_SIGNATURE_H
#define BN_TARGET_OBJECT_SIGNATURE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/SmallVector.h"

#include <string>

namespace mlir::bn {

/// One input or output of a lowered model: its name in the source and its type,
/// a memref of identity layout in which only extent 0 may be dynamic.
struct TensorSignature {
  std::string name;
  MemRefType type;
};

/// The fields of `bn_model` (see bn/Runtime/Abi.h) that a lowered function
/// carries in its type and attributes.
struct ModelSignature {
  func::FuncOp function;
  std::string name;
  SmallVector<TensorSignature> inputs;
  SmallVector<TensorSignature> outputs;
  int64_t workspaceBytes = 0;
  int64_t workspaceBytesPerRow = 0;
  int64_t workspaceBytesPerThread = 0;
  int64_t minimumBatch = 1;
  std::string minimumBatchReason;
  /// True if rows of the outputs depend on other rows of the batch.
  bool batchStatistics = false;
  int64_t parameterCount = 0;
  int64_t operationsPerRow = 0;

  /// True if the batch is chosen at each call.
  bool hasDynamicBatch() const;
  /// The batch of a model whose batch is not dynamic: extent 0 of its first
  /// input, or 1.
  int64_t getFixedBatch() const;
};

/// True if `module` holds a lowered model, recognised by `bn.input_count`.
bool isLowered(ModuleOp module);

/// Reads the signature of the only lowered function of `module`. Fails with a
/// diagnostic when there is none or several, or when its arguments are not what
/// a lowered model has.
FailureOr<ModelSignature> getModelSignature(ModuleOp module);

/// Reads the signature of a lowered function.
FailureOr<ModelSignature> getModelSignature(func::FuncOp function);

/// The source model's metadata, and what the runtime must know besides.
DictionaryAttr getModelProperties(ModuleOp module,
                                  const ModelSignature &signature);

} // namespace mlir::bn

#endif // BN_TARGET_OBJECT_SIGNATURE_H
