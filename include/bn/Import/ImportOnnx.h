//===- ImportOnnx.h - From ONNX to the bn dialect ---------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_IMPORT_IMPORTONNX_H
#define BN_IMPORT_IMPORTONNX_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/MemoryBufferRef.h"
#include <optional>
#include <string>

namespace mlir::bn {

/// How BatchNormalization nodes are read.
enum class BatchNormMode {
  /// As the file says, each by the rules of its own opset.
  AsFile,
  /// All in prediction mode, with the running statistics.
  Eval,
  /// All in training mode, with the statistics of the batch.
  Train
};

/// The two forms of an ONNX model: protobuf's wire format, and ONNX's own text.
enum class OnnxFormat { Binary, Text };

/// Fixes the shape of a graph input.
struct ShapeFix {
  std::string input;
  /// One extent per axis; ShapedType::kDynamic on axis 0 makes the batch
  /// dynamic, also where the file has a number: many exporters write that of
  /// the example they were called with.
  SmallVector<int64_t> shape;
};

struct ImportOptions {
  /// By default the ending of the buffer's name tells (.onnx, .onnxtxt), and
  /// for other names the content does.
  std::optional<OnnxFormat> format;
  SmallVector<ShapeFix> shapes;
  /// Make the batch of a model's only input dynamic unless `shapes` says
  /// something about it: for training, which has batches of its own.
  bool freeBatch = false;
  BatchNormMode batchNormMode = BatchNormMode::AsFile;
  /// Where files of external data may lie. Empty: external data is an error.
  std::string externalDataDirectory;
  /// Keep the file, in prediction mode, in the module attribute `bn.source`:
  /// for programs that write a trained model.
  bool keepSource = false;
  /// The momentum, in ONNX's convention, of the batch norms in that file; by
  /// default each keeps its own.
  std::optional<float> sourceMomentum;
};

/// Imports the ONNX model in `buffer`, whose identifier names it in
/// diagnostics. The module holds one public function, named as the graph; its
/// arguments and results carry the names of the source in `bn.name`, its ops
/// those of the nodes as locations, and parameters are resource blobs. The
/// dialects that this needs are loaded into `context`.
///
/// Whatever is wrong with the model becomes one error diagnostic (with a note
/// for each node concerned when there are several); nothing throws.
FailureOr<OwningOpRef<ModuleOp>> importOnnx(llvm::MemoryBufferRef buffer,
                                            MLIRContext &context,
                                            const ImportOptions &options = {});

/// Imports the model in the file `path` (`-`: standard input), whose directory
/// is where external data may lie, whatever the options say.
FailureOr<OwningOpRef<ModuleOp>> importOnnxFile(StringRef path,
                                                MLIRContext &context,
                                                ImportOptions options = {});

/// Keeps `bytes`, an ONNX file, in `bn.source`.
void setSource(ModuleOp module, StringRef bytes);

} // namespace mlir::bn

#endif // BN_IMPORT_IMPORTONNX_H
