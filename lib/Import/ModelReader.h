//===- ModelReader.h - ONNX bytes to ONNX messages --------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_IMPORT_MODELREADER_H
#define BN_LIB_IMPORT_MODELREADER_H

#include "bn/Import/ImportOnnx.h"
#include "onnx/onnx_pb.h"

namespace mlir::bn {

/// Parses `buffer`. Errors are reported at the position in the text, or at the
/// file. Throws what ONNX's parser throws.
LogicalResult readModel(llvm::MemoryBufferRef buffer,
                        std::optional<OnnxFormat> format, MLIRContext &context,
                        onnx::ModelProto &model);

} // namespace mlir::bn

#endif // BN_LIB_IMPORT_MODELREADER_H
