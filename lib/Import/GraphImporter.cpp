//===- GraphImporter.cpp - From an ONNX graph to a function ---------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GraphImporter.h"

#include "FunctionExpansion.h"
#include "ModelChecks.h"
#include "NodeContext.h"
#include "bn/Dialect/BN/IR/BN.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::bn;

StringRef bn::getNodeName(const onnx::NodeProto &node) {
  if (!node.name().empty())
    return node.name();
  for (const std::string &output : node.output())
    if (!output.empty())
      return output;
  return node.op_type();
}

LogicalResult bn::reportFailures(ArrayRef<NodeFailure> failures,
                                 Location file) {
  if (failures.size() == 1)
    return emitError(failures.front().location) << failures.front().message;
  InFlightDiagnostic diagnostic = emitError(file);
  diagnostic << failures.size() << " nodes cannot be imported";
  for (const NodeFailure &failure : failures)
    diagnostic.attachNote(failure.location) << failure.message;
  return diagnostic;
}

/// The graph's name as a C identifier, which it becomes a part of.
static std::string getFunctionName(StringRef graph) {
  std::string name;
  for (char c : graph)
    name += llvm::isAlnum(c) ? c : '_';
  if (StringRef(name).trim('_').empty())
    return "main";
  return llvm::isDigit(name.front()) ? "_" + name : name;
}

GraphImporter::GraphImporter(onnx::ModelProto &model, const OpTable &table,
                             const ImportOptions &options,
                             std::optional<int64_t> exampleBatch, Location file)
    : model(model), table(table), options(options), exampleBatch(exampleBatch),
      file(file), opset(bn::getOpset(model)),
      parameterBuilder(file.getContext()) {}

Location GraphImporter::getNamedLoc(StringRef name) const {
  if (name.empty())
    return file;
  return NameLoc::get(StringAttr::get(file.getContext(), name), file);
}

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

const IntegerTensor *GraphImporter::getIntegers(StringRef name) {
  auto it = meanings.find(name);
  if (it == meanings.end())
    return nullptr;
  Meaning &meaning = it->second;
  if (meaning.initializer && isIntegerType(meaning.initializer->data_type())) {
    meaning.integers = readIntegers(*meaning.initializer);
    meaning.initializer = nullptr;
  }
  return meaning.integers ? &*meaning.integers : nullptr;
}

Value GraphImporter::getTensor(StringRef name, std::string &reason) {
  auto it = meanings.find(name);
  if (it == meanings.end())
    return nullptr;
  Meaning &meaning = it->second;
  if (onnx::TensorProto *tensor = meaning.initializer) {
    if (!getFloatType(tensor->data_type(), file.getContext())) {
      reason = "expected initializer '" + tensor->name() +
               "' to hold values of type float or double, got " +
               getElementTypeName(tensor->data_type());
      return nullptr;
    }
    meaning.value =
        arith::ConstantOp::create(parameterBuilder, getNamedLoc(name),
                                  takeFloats(*tensor, name, file.getContext()));
    meaning.initializer = nullptr;
  }
  return meaning.value;
}

void GraphImporter::define(StringRef name, Value value) {
  if (!name.empty())
    meanings[name] = {value, std::nullopt, nullptr};
}

void GraphImporter::define(StringRef name, IntegerTensor integers) {
  if (!name.empty())
    meanings[name] = {nullptr, std::move(integers), nullptr};
}

void GraphImporter::alias(StringRef name, StringRef source) {
  // An initializer is taken only once, so it gets its constant first.
  std::string reason;
  if (!getIntegers(source))
    (void)getTensor(source, reason);
  Meaning meaning = meanings[source];
  if (!name.empty())
    meanings[name] = std::move(meaning);
}

void GraphImporter::noteTrainingMode(StringRef node, Location location) {
  trainingNodes.push_back({node.str(), location});
}

void GraphImporter::collectUses() {
  for (const onnx::NodeProto &node : model.graph().node())
    for (const std::string &input : node.input())
      used.insert(input);
  for (const onnx::ValueInfoProto &output : model.graph().output())
    used.insert(output.name());
  used.erase("");
}

//===----------------------------------------------------------------------===//
// The function
//===----------------------------------------------------------------------===//

func::FuncOp GraphImporter::createFunction(ModuleOp module) {
  onnx::GraphProto &graph = *model.mutable_graph();
  MLIRContext *context = file.getContext();
  OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());

  SmallVector<onnx::ValueInfoProto *> inputs = getActualInputs(graph);
  SmallVector<Type> types;
  for (const onnx::ValueInfoProto *input : inputs) {
    const auto &type = input->type().tensor_type();
    SmallVector<int64_t> shape;
    for (const auto &dim : type.shape().dim())
      shape.push_back(dim.has_dim_value() ? dim.dim_value()
                                          : ShapedType::kDynamic);
    types.push_back(
        RankedTensorType::get(shape, getFloatType(type.elem_type(), context)));
  }
  // The results follow when they are known.
  auto function =
      func::FuncOp::create(builder, file, getFunctionName(graph.name()),
                           builder.getFunctionType(types, {}));
  Block *entry = function.addEntryBlock();
  for (auto [index, input] : llvm::enumerate(inputs)) {
    function.setArgAttr(index, BNDialect::kNameAttr,
                        builder.getStringAttr(input->name()));
    entry->getArgument(index).setLoc(getNamedLoc(input->name()));
    define(input->name(), entry->getArgument(index));
  }
  for (onnx::TensorProto &tensor : *graph.mutable_initializer())
    meanings[tensor.name()] = {nullptr, std::nullopt, &tensor};
  return function;
}

void GraphImporter::importNode(onnx::NodeProto &node, OpBuilder &builder) {
  std::string title =
      ("node '" + getNodeName(node) + "' (" + node.op_type() + "): ").str();
  Location location = getNamedLoc(getNodeName(node));
  // A node that reads a failed one has no failure of its own.
  for (const std::string &input : node.input()) {
    auto meaning = meanings.find(input);
    if (!input.empty() &&
        (meaning == meanings.end() ||
         (!meaning->second.value && !meaning->second.integers &&
          !meaning->second.initializer)))
      return;
  }
  NodeHandler handler = isDefaultDomain(node.domain())
                            ? table.lookup(node.op_type(), opset)
                            : nullptr;
  if (!handler) {
    failures.push_back({location, title +
                                      "the operator is not supported (opset " +
                                      std::to_string(opset) + ")"});
    return;
  }
  NodeContext context(*this, node, location, builder);
  if (failed(handler(context)))
    failures.push_back({location, title + context.getFailure().str()});
}

/// Checks that `type` is what the file says about `output`.
static LogicalResult checkDeclaredType(const onnx::ValueInfoProto &output,
                                       Type type, Location file) {
  const auto &declared = output.type().tensor_type();
  auto tensor = cast<RankedTensorType>(type);
  auto fail = [&]() {
    return emitError(file) << "output '" << output.name() << "': ";
  };
  if (getFloatType(declared.elem_type(), file.getContext()) !=
      tensor.getElementType())
    return fail() << "expected values of type "
                  << getElementTypeName(declared.elem_type())
                  << " as the file says, got " << tensor.getElementType();
  if (!declared.has_shape())
    return success();
  if (declared.shape().dim_size() != tensor.getRank())
    return fail() << "expected rank " << declared.shape().dim_size()
                  << " as the file says, got " << tensor.getRank();
  for (auto [axis, dim] : llvm::enumerate(declared.shape().dim()))
    if (dim.has_dim_value() && dim.dim_value() >= 0 &&
        !tensor.isDynamicDim(axis) &&
        tensor.getDimSize(axis) != dim.dim_value())
      return fail() << "expected extent " << dim.dim_value() << " on axis "
                    << axis << " as the file says, got "
                    << tensor.getDimSize(axis);
  return success();
}

LogicalResult GraphImporter::createReturn(func::FuncOp function,
                                          OpBuilder &builder) {
  SmallVector<Value> results;
  SmallVector<DictionaryAttr> names;
  for (const onnx::ValueInfoProto &output : model.graph().output()) {
    std::string reason = "it is not computed by any node";
    Value value = getTensor(output.name(), reason);
    if (getIntegers(output.name()))
      reason = "expected values of type float or double, got integers";
    if (!value)
      return emitError(file) << "output '" << output.name() << "': " << reason;
    if (failed(checkDeclaredType(output, value.getType(), file)))
      return failure();
    results.push_back(value);
    names.push_back(builder.getDictionaryAttr(builder.getNamedAttr(
        BNDialect::kNameAttr, builder.getStringAttr(output.name()))));
  }
  if (results.empty())
    return emitError(file) << "expected at least one output";
  func::ReturnOp::create(builder, file, results);
  function.setFunctionType(builder.getFunctionType(
      function.getArgumentTypes(), ValueRange(results).getTypes()));
  function.setAllResultAttrs(names);
  return success();
}

void GraphImporter::warnOfTrainingMode() {
  if (trainingNodes.empty())
    return;
  InFlightDiagnostic diagnostic = emitWarning(file);
  diagnostic << "batch normalization in training mode: normalized by the "
                "statistics of each batch, as the file says; prediction with "
                "the running statistics is --bn-mode=eval; nodes: ";
  llvm::interleaveComma(trainingNodes, diagnostic, [&](const auto &node) {
    diagnostic << "'" << node.first << "'";
  });
}

static DictionaryAttr getProperties(const onnx::ModelProto &model,
                                    Builder &builder) {
  NamedAttrList properties;
  for (const onnx::StringStringEntryProto &entry : model.metadata_props())
    if (!entry.key().empty())
      properties.set(entry.key(), builder.getStringAttr(entry.value()));
  return properties.getDictionary(builder.getContext());
}

FailureOr<OwningOpRef<ModuleOp>> GraphImporter::run() {
  OwningOpRef<ModuleOp> module = ModuleOp::create(file);
  collectUses();
  func::FuncOp function = createFunction(*module);
  OpBuilder builder = OpBuilder::atBlockEnd(&function.front());
  DictionaryAttr properties = getProperties(model, builder);
  if (!properties.empty())
    (*module)->setAttr(BNDialect::kPropertiesAttr, properties);

  // Parameters are inserted before the first node's op, wherever that will be:
  // an empty op marks the place.
  auto marker = ModuleOp::create(builder, file);
  parameterBuilder.setInsertionPoint(marker);
  for (onnx::NodeProto &node : *model.mutable_graph()->mutable_node())
    importNode(node, builder);
  if (!failures.empty())
    return reportFailures(failures, file);
  if (failed(createReturn(function, builder)))
    return failure();
  marker->erase();
  if (failed(verify(*module)))
    return failure();
  warnOfTrainingMode();
  return module;
}
