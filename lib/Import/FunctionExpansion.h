//===- FunctionExpansion.h - Ops that ONNX defines by others ----*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_IMPORT_FUNCTIONEXPANSION_H
#define BN_LIB_IMPORT_FUNCTIONEXPANSION_H

#include "OpTable.h"
#include "onnx/onnx_pb.h"
#include <string>

namespace mlir::bn {

/// Whether `domain` is ONNX's own.
inline bool isDefaultDomain(StringRef domain) {
  return domain.empty() || domain == "ai.onnx";
}

/// The version of ONNX's own op set that `model` imports, or 0.
int getOpset(const onnx::ModelProto &model);

/// Whether `node` has a handler, or is a function, of the model or of ONNX,
/// whose body can be imported as far as that is known without types.
bool isSupported(const onnx::NodeProto &node, const onnx::ModelProto &model,
                 const OpTable &table);

/// Writes out what ONNX's own passes stumble over when it is left out: outputs
/// of BatchNormalization in training mode, types of initializers, and defaults
/// of attributes that bodies of functions refer to.
void completeNodes(onnx::ModelProto &model, const OpTable &table);

/// ONNX's checker refuses deprecated ops, of which files hold some that can be
/// imported (GroupNormalization of opset 18): takes them out of ONNX's domain,
/// and back into it.
void hideDeprecatedNodes(onnx::ModelProto &model, const OpTable &table);
void restoreDeprecatedNodes(onnx::ModelProto &model);

/// Inlines the model's functions, and ONNX's functions for ops that have no
/// handler. Types and shapes of `model` must be inferred. Throws what ONNX's
/// inliner throws.
void expandFunctions(onnx::ModelProto &model, const OpTable &table);

/// Checks and infers types and shapes. Throws when they contradict.
void inferShapes(onnx::ModelProto &model);

} // namespace mlir::bn

#endif // BN_LIB_IMPORT_FUNCTIONEXPANSION_H
