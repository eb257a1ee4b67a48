//===- ImportOnnx.cpp - From ONNX to the bn dialect -----------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Import/ImportOnnx.h"

#include "FunctionExpansion.h"
#include "GraphImporter.h"
#include "ModelChecks.h"
#include "ModelReader.h"
#include "PredictionSource.h"
#include "bn/Dialect/BN/IR/BN.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/AsmState.h"
#include "onnx/checker.h"
#include "onnx/defs/schema.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace mlir::bn;

/// Checks that this library knows the op set that the model is written in.
static LogicalResult checkOpset(const onnx::ModelProto &model, Location file) {
  int opset = getOpset(model);
  if (opset < 1)
    return emitError(file)
           << "expected the model to import a version of ONNX's op set";
  int newest = onnx::OpSchemaRegistry::DomainToVersionRange::Instance()
                   .Map()
                   .at("")
                   .second;
  if (opset > newest)
    return emitError(file) << "expected an op set up to " << newest
                           << ", the newest known, got " << opset;
  return success();
}

/// Reports all nodes whose operators cannot be imported, at once.
static LogicalResult checkOperators(const onnx::ModelProto &model,
                                    const OpTable &table, Location file) {
  SmallVector<NodeFailure> failures;
  auto check = [&](const onnx::NodeProto &node) {
    if (isSupported(node, model, table))
      return;
    std::string op = node.op_type();
    std::string opset = std::to_string(getOpset(model));
    if (!isDefaultDomain(node.domain()))
      opset = "of " + node.domain();
    auto name = StringAttr::get(file.getContext(), getNodeName(node));
    Location location = name.empty() ? file : NameLoc::get(name, file);
    failures.push_back(
        {location, ("node '" + name.getValue() + "' (" + op +
                    "): the operator is not supported (opset " + opset + ")")
                       .str()});
  };
  llvm::for_each(model.graph().node(), check);
  for (const onnx::FunctionProto &function : model.functions())
    llvm::for_each(function.node(), check);
  if (failures.empty())
    return success();
  return reportFailures(failures, file);
}

/// What ONNX's exceptions say, on one line.
static std::string flatten(StringRef message) {
  SmallVector<StringRef> lines;
  message.split(lines, '\n', -1, /*KeepEmpty=*/false);
  for (StringRef &line : lines)
    line = line.trim();
  return llvm::join(lines, " ");
}

/// Checks the model, infers its types and inlines functions. Throws what ONNX's
/// library throws.
static void prepareModel(onnx::ModelProto &model, const OpTable &table) {
  hideDeprecatedNodes(model, table);
  completeNodes(model, table);
  onnx::GraphProto &graph = *model.mutable_graph();
  // ONNX's checker insists on shapes of outputs, which many files leave to be
  // inferred, and its inference on the extents that it would choose itself,
  // where runtimes differ (the last window of ceil_mode). Outputs are scalars
  // while the one looks, without shape for the other, and compared with what
  // was imported at last.
  auto declared = graph.output();
  for (onnx::ValueInfoProto &output : *graph.mutable_output())
    if (output.type().has_tensor_type()) {
      auto &type = *output.mutable_type()->mutable_tensor_type();
      type.clear_shape();
      type.mutable_shape();
    }
  onnx::checker::check_model(model);
  for (onnx::ValueInfoProto &output : *graph.mutable_output())
    if (output.type().has_tensor_type())
      output.mutable_type()->mutable_tensor_type()->clear_shape();
  inferShapes(model);
  expandFunctions(model, table);
  restoreDeprecatedNodes(model);
  *graph.mutable_output() = std::move(declared);
}

void bn::setSource(ModuleOp module, StringRef bytes) {
  auto type = RankedTensorType::get({static_cast<int64_t>(bytes.size())},
                                    IntegerType::get(module.getContext(), 8));
  module->setAttr(
      BNDialect::kSourceAttr,
      DenseResourceElementsAttr::get(
          type, "source",
          HeapAsmResourceBlob::allocateAndCopyWithAlign(
              ArrayRef<char>(bytes.data(), bytes.size()), /*align=*/1)));
}

static FailureOr<OwningOpRef<ModuleOp>>
importModel(llvm::MemoryBufferRef buffer, MLIRContext &context,
            const ImportOptions &options, Location file) {
  onnx::ModelProto model;
  if (failed(readModel(buffer, options.format, context, model)))
    return failure();
  onnx::GraphProto &graph = *model.mutable_graph();

  // Operators first: whoever has a model that cannot be imported wants to know
  // all of them, and ONNX's checker stops at the first that it does not know.
  OpTable table;
  if (failed(checkOpset(model, file)) ||
      failed(loadExternalData(graph, options.externalDataDirectory, file)) ||
      failed(checkLimits(model, file)) ||
      failed(checkOperators(model, table, file)))
    return failure();
  std::string source;
  if (options.keepSource)
    source = getPredictionSource(model, options.sourceMomentum);
  // Nothing here needs the types that a file claims for its inner tensors.
  graph.clear_value_info();
  auto exampleBatch = settleInputShapes(graph, options, file);
  if (failed(exampleBatch))
    return failure();

  // ONNX's version converter is not used: handlers read each opset as it
  // is, where the converter gets BatchNormalization wrong (from 6 to 7 it takes
  // a training-mode node for a prediction-mode one), drops metadata and copies
  // every tensor.
  prepareModel(model, table);
  auto module = GraphImporter(model, table, options, *exampleBatch, file).run();
  if (succeeded(module) && options.keepSource)
    setSource(**module, source);
  return module;
}

FailureOr<OwningOpRef<ModuleOp>> bn::importOnnx(llvm::MemoryBufferRef buffer,
                                                MLIRContext &context,
                                                const ImportOptions &options) {
  context.loadDialect<BNDialect, arith::ArithDialect, func::FuncDialect,
                      tensor::TensorDialect>();
  Location file =
      FileLineColLoc::get(&context, buffer.getBufferIdentifier(), 0, 0);
  // LLVM is built without exceptions: none may leave this function.
  try {
    return importModel(buffer, context, options, file);
  } catch (const std::bad_alloc &) {
    return emitError(file) << "not enough memory to import the model";
  } catch (const std::exception &exception) {
    return emitError(file) << "invalid model: " << flatten(exception.what());
  }
}

FailureOr<OwningOpRef<ModuleOp>> bn::importOnnxFile(StringRef path,
                                                    MLIRContext &context,
                                                    ImportOptions options) {
  // A volatile file is read, not mapped: nobody can change it under the parser.
  llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> buffer =
      path == "-"
          ? llvm::MemoryBuffer::getSTDIN()
          : llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                        /*RequiresNullTerminator=*/false,
                                        /*IsVolatile=*/true);
  if (!buffer)
    return emitError(FileLineColLoc::get(&context, path, 0, 0))
           << "cannot open the file: " << buffer.getError().message();
  options.externalDataDirectory.clear();
  if (path != "-") {
    StringRef directory = llvm::sys::path::parent_path(path);
    options.externalDataDirectory = directory.empty() ? "." : directory.str();
  }
  return importOnnx(**buffer, context, options);
}
