//===- ModelChecks.h - What a file must hold to be read at all --*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_IMPORT_MODELCHECKS_H
#define BN_LIB_IMPORT_MODELCHECKS_H

#include "bn/Import/ImportOnnx.h"
#include "onnx/onnx_pb.h"

namespace mlir::bn {

/// Checks extents, amounts of data and nesting in `model` before anything
/// (ONNX's own checker included) computes with them.
LogicalResult checkLimits(const onnx::ModelProto &model, Location location);

/// Moves the external data of the initializers of `graph` into them. The files
/// must be regular ones in `directory`, reached through no link.
LogicalResult loadExternalData(onnx::GraphProto &graph, StringRef directory,
                               Location location);

/// Applies what `options` say about shapes to the inputs of `graph` and checks
/// that all are tensors of floats with static extents, the batch (axis 0)
/// apart. Returns the batch that the file has, where that became dynamic.
FailureOr<std::optional<int64_t>>
settleInputShapes(onnx::GraphProto &graph, const ImportOptions &options,
                  Location location);

/// The inputs of `graph` that are not initializers: until IR version 3 those
/// were inputs as well.
SmallVector<onnx::ValueInfoProto *> getActualInputs(onnx::GraphProto &graph);

} // namespace mlir::bn

#endif // BN_LIB_IMPORT_MODELCHECKS_H
