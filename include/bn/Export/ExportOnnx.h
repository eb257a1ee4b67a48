//===- ExportOnnx.h - From the bn dialect to ONNX ---------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_EXPORT_EXPORTONNX_H
#define BN_EXPORT_EXPORTONNX_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/raw_ostream.h"

namespace mlir::bn {

/// The two forms of an ONNX model: protobuf's wire format, and ONNX's own text.
enum class OnnxEncoding { Binary, Text };

/// Writes the one function of an imported or optimized `module` as an ONNX
/// model, in opset 17 (19 where an average pool is dilated). Inputs, outputs,
/// nodes and initializers get the names that locations and `bn.name` keep;
/// `bn.properties` become metadata. The model has passed ONNX's checker when
/// the first byte is written.
///
/// What ONNX has no op for becomes one error diagnostic; nothing throws.
LogicalResult exportOnnx(ModuleOp module, llvm::raw_ostream &os,
                         OnnxEncoding encoding = OnnxEncoding::Binary);

} // namespace mlir::bn

#endif // BN_EXPORT_EXPORTONNX_H
