//===- PredictionSource.h - A model as a file in prediction mode *- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_IMPORT_PREDICTIONSOURCE_H
#define BN_LIB_IMPORT_PREDICTIONSOURCE_H

#include "onnx/onnx_pb.h"

#include <optional>
#include <string>

namespace mlir::bn {

/// `model` as the bytes of an ONNX file in prediction mode: batch norms and
/// dropouts in training mode are in prediction mode there, without the outputs
/// that they have in training alone. Everything else is kept: names, opset,
/// metadata. Initializers of floats hold raw data, so that other values of the
/// same number of bytes can be put in their place. With `momentum`, in ONNX's
/// convention, all batch norms get it.
std::string getPredictionSource(onnx::ModelProto model,
                                std::optional<float> momentum);

} // namespace mlir::bn

#endif // BN_LIB_IMPORT_PREDICTIONSOURCE_H
