//===- TrainerSignature.h - What a training program says --------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_TARGET_OBJECT_TRAINERSIGNATURE_H
#define BN_TARGET_OBJECT_TRAINERSIGNATURE_H

#include "bn/Target/Object/Signature.h"

namespace mlir::bn {

/// A parameter of a training program: the fields of `bn_parameter_spec` of
/// bn/Runtime/Abi.h.
struct ParameterSignature {
  std::string name, layer;
  ShapedType type;
  int32_t role;
  int64_t fanIn;
};

/// The fields of `bn_trainer`.
struct TrainerSignature {
  SmallVector<ParameterSignature> parameters;
  int32_t trainedCount = 0;
  int32_t loss = 0, optimizer = 0;
  int32_t classCount = 0;
  double labelSmoothing = 0.0;
  /// The functions `gradients`, `predict` and `update`.
  SmallVector<ModelSignature> models;
  /// The source model as the bytes of an ONNX file.
  StringRef source;
};

/// True if `module` holds the lowered functions of a training program.
bool isTrainer(ModuleOp module);

/// Reads the signature of the training program in `module`, but for the loss
/// and the optimizer. Fails with a diagnostic when it is none.
FailureOr<TrainerSignature> getTrainerSignature(ModuleOp module);

} // namespace mlir::bn

#endif // BN_TARGET_OBJECT_TRAINERSIGNATURE_H
