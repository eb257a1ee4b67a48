//===- ExportOnnx.cpp - From the bn dialect to ONNX -----------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Export/ExportOnnx.h"

#include "GraphExporter.h"
#include "onnx/checker.h"
#include "onnx/defs/printer.h"
#include <sstream>

using namespace mlir;
using namespace mlir::bn;

/// The one public function of `module`, or null.
static func::FuncOp getModel(ModuleOp module) {
  func::FuncOp model;
  for (auto function : module.getOps<func::FuncOp>()) {
    if (!function.isPublic())
      continue;
    if (model)
      return nullptr;
    model = function;
  }
  return model;
}

/// The IR version that came with `opset`; later ones are not needed.
static int64_t getIrVersion(int opset) {
  if (opset < 19)
    return 8;
  return opset < 21 ? 9 : opset < 23 ? 10 : 11;
}

static LogicalResult buildModel(ModuleOp module, onnx::ModelProto &model) {
  func::FuncOp function = getModel(module);
  if (!function || function.isExternal())
    return emitError(module.getLoc(),
                     "expected one public function, the model");
  GraphExporter exporter(*model.mutable_graph());
  if (failed(exporter.exportFunction(function)))
    return failure();
  model.set_ir_version(getIrVersion(exporter.getOpset()));
  onnx::OperatorSetIdProto &opset = *model.add_opset_import();
  opset.set_domain("");
  opset.set_version(exporter.getOpset());
  model.set_producer_name("bn-opt");
  if (auto properties =
          module->getAttrOfType<DictionaryAttr>(BNDialect::kPropertiesAttr))
    for (NamedAttribute property : properties) {
      onnx::StringStringEntryProto &entry = *model.add_metadata_props();
      entry.set_key(property.getName().str());
      entry.set_value(cast<StringAttr>(property.getValue()).str());
    }
  return success();
}

LogicalResult bn::exportOnnx(ModuleOp module, llvm::raw_ostream &os,
                             OnnxEncoding encoding) {
  // LLVM is built without exceptions: none may leave this function.
  try {
    onnx::ModelProto model;
    if (failed(buildModel(module, model)))
      return failure();
    onnx::checker::check_model(model, /*full_check=*/true);
    std::string bytes;
    if (encoding == OnnxEncoding::Text)
      bytes = onnx::ProtoToString(model) + "\n";
    else if (!model.SerializeToString(&bytes))
      return emitError(module.getLoc(), "expected a model of less than 2 GiB");
    os << bytes;
    return success();
  } catch (const std::bad_alloc &) {
    return emitError(module.getLoc(), "not enough memory to write the model");
  } catch (const std::exception &exception) {
    return emitError(module.getLoc(), "the ONNX model would be invalid: ")
           << exception.what();
  }
}
