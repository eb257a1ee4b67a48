//===- GraphExporter.cpp - From a function to an ONNX graph ---------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GraphExporter.h"

#include "onnx/defs/attr_proto_util.h"

#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::bn;

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

/// The name that `location` keeps, or nothing.
static StringRef getLocationName(Location location) {
  if (auto name = location->findInstanceOf<NameLoc>())
    return name.getName();
  return {};
}

/// The name of the node for `op`.
static std::string getNodeName(Operation *op) {
  StringRef name = getLocationName(op->getLoc());
  return name.empty() ? op->getName().stripDialect().str() : name.str();
}

InFlightDiagnostic GraphExporter::emitError(Operation *op) {
  return mlir::emitError(op->getLoc())
         << "'" << op->getName() << "' of '" << getNodeName(op)
         << "' cannot be written as ONNX: ";
}

std::string GraphExporter::makeUnique(StringRef hint,
                                      llvm::StringSet<> &names) {
  std::string name = hint.empty() ? "value" : hint.str();
  for (unsigned i = 1; !names.insert(name).second; ++i)
    name = (hint + "_" + Twine(i)).str();
  return name;
}

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

std::string GraphExporter::addResultName(Operation *op, Value result) {
  std::string &name = names[result];
  if (name.empty())
    name = makeUnique(getNodeName(op) + "_output");
  return name;
}

onnx::NodeProto &GraphExporter::addNode(Operation *op, StringRef type,
                                        ArrayRef<std::string> inputs) {
  onnx::NodeProto &node = *graph.add_node();
  node.set_name(makeUnique(getNodeName(op), takenByNodes));
  node.set_op_type(type.str());
  for (const std::string &input : inputs)
    node.add_input(input);
  node.add_output(addResultName(op, op->getResult(0)));
  return node;
}

onnx::NodeProto &GraphExporter::addHelper(Operation *op, StringRef type,
                                          ArrayRef<std::string> inputs) {
  onnx::NodeProto &node = *graph.add_node();
  std::string name = makeUnique(getNodeName(op) + "/" + type.str());
  node.set_name(makeUnique(name, takenByNodes));
  node.set_op_type(type.str());
  for (const std::string &input : inputs)
    node.add_input(input);
  node.add_output(name);
  return node;
}

void GraphExporter::setInt(onnx::NodeProto &node, StringRef name,
                           int64_t value) {
  *node.add_attribute() = onnx::MakeAttribute(name.str(), value);
}

void GraphExporter::setFloat(onnx::NodeProto &node, StringRef name,
                             double value) {
  *node.add_attribute() =
      onnx::MakeAttribute(name.str(), static_cast<float>(value));
}

void GraphExporter::setInts(onnx::NodeProto &node, StringRef name,
                            ArrayRef<int64_t> values) {
  *node.add_attribute() = onnx::MakeAttribute(name.str(), values.vec());
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

/// The ONNX type for `type`, or UNDEFINED.
static onnx::TensorProto_DataType getOnnxType(Type type) {
  if (type.isF32())
    return onnx::TensorProto::FLOAT;
  if (type.isF64())
    return onnx::TensorProto::DOUBLE;
  return onnx::TensorProto::UNDEFINED;
}

/// Writes the type, shape and data of `value`; fails for other types than f32
/// and f64.
static LogicalResult setTensor(onnx::TensorProto &tensor, ElementsAttr value,
                               ArrayRef<int64_t> shape) {
  Type type = value.getElementType();
  if (getOnnxType(type) == onnx::TensorProto::UNDEFINED)
    return failure();
  tensor.set_data_type(getOnnxType(type));
  tensor.mutable_dims()->Add(shape.begin(), shape.end());
  ArrayRef<char> bytes;
  if (auto blob = dyn_cast<DenseResourceElementsAttr>(value))
    bytes = blob.getData();
  else if (auto dense = dyn_cast<DenseElementsAttr>(value))
    bytes = dense.getRawData();
  size_t size = value.getNumElements() * type.getIntOrFloatBitWidth() / 8;
  std::string data(bytes.begin(), bytes.end());
  if (isa<DenseElementsAttr>(value) &&
      cast<DenseElementsAttr>(value).isSplat()) {
    std::string one = std::move(data);
    data.clear();
    data.reserve(size);
    for (int64_t i = 0; i < value.getNumElements(); ++i)
      data += one;
  }
  if (data.size() != size)
    return failure();
  tensor.set_raw_data(std::move(data));
  return success();
}

LogicalResult GraphExporter::exportConstant(Operation *op, ElementsAttr value) {
  onnx::TensorProto &tensor = *graph.add_initializer();
  std::string hint = getLocationName(op->getLoc()).str();
  if (auto blob = dyn_cast<DenseResourceElementsAttr>(value);
      blob && hint.empty())
    hint = blob.getRawHandle().getKey().str();
  std::string name = makeUnique(hint.empty() ? "constant" : hint);
  tensor.set_name(name);
  names[op->getResult(0)] = name;
  if (failed(setTensor(tensor, value, value.getShapedType().getShape())))
    return emitError(op) << "expected a constant of type f32 or f64 that holds "
                            "all of its data";
  return success();
}

std::string GraphExporter::addInitializer(Operation *op, StringRef what,
                                          onnx::TensorProto tensor) {
  std::string name = makeUnique((getNodeName(op) + "/" + what).str());
  tensor.set_name(name);
  *graph.add_initializer() = std::move(tensor);
  return name;
}

std::string GraphExporter::addIntegers(Operation *op, ArrayRef<int64_t> values,
                                       StringRef what) {
  onnx::TensorProto tensor;
  tensor.set_data_type(onnx::TensorProto::INT64);
  tensor.add_dims(values.size());
  tensor.mutable_int64_data()->Add(values.begin(), values.end());
  return addInitializer(op, what, std::move(tensor));
}

std::string GraphExporter::addChannelTensor(Operation *op, Value vector,
                                            int64_t axis, int64_t rank) {
  SmallVector<int64_t> shape(rank - axis, 1);
  shape.front() = cast<RankedTensorType>(vector.getType()).getDimSize(0);
  if (shape.size() == 1)
    return getName(vector);
  ElementsAttr value;
  if (matchPattern(vector, m_Constant(&value))) {
    onnx::TensorProto tensor;
    if (succeeded(setTensor(tensor, value, shape))) {
      tensor.set_name(makeUnique(getName(vector) + "/channels"));
      std::string name = tensor.name();
      *graph.add_initializer() = std::move(tensor);
      return name;
    }
  }
  return addHelper(op, "Reshape", {getName(vector), addIntegers(op, shape)})
      .output(0);
}

//===----------------------------------------------------------------------===//
// Layouts
//===----------------------------------------------------------------------===//

std::string GraphExporter::getChannelsFirst(Operation *op, Value value,
                                            Layout layout) {
  int64_t rank = cast<RankedTensorType>(value.getType()).getRank();
  if (layout == Layout::NCHW || rank == 2)
    return getName(value);
  onnx::NodeProto &node = addHelper(op, "Transpose", {getName(value)});
  SmallVector<int64_t> permutation{0, rank - 1};
  llvm::append_range(permutation, llvm::seq<int64_t>(1, rank - 1));
  setInts(node, "perm", permutation);
  return node.output(0);
}

void GraphExporter::restoreLayout(Operation *op, onnx::NodeProto &node,
                                  Layout layout) {
  int64_t rank = cast<RankedTensorType>(op->getResult(0).getType()).getRank();
  if (layout == Layout::NCHW || rank == 2)
    return;
  // The node's result gets a name of its own, and the transpose the op's.
  std::string result = node.output(0);
  std::string channelsFirst = makeUnique(result + "/NCHW");
  node.set_output(0, channelsFirst);
  onnx::NodeProto &transpose = addHelper(op, "Transpose", {channelsFirst});
  transpose.set_output(0, result);
  SmallVector<int64_t> permutation{0};
  llvm::append_range(permutation, llvm::seq<int64_t>(2, rank));
  permutation.push_back(1);
  setInts(transpose, "perm", permutation);
}

//===----------------------------------------------------------------------===//
// The function
//===----------------------------------------------------------------------===//

void GraphExporter::addValueInfo(onnx::ValueInfoProto &info, StringRef name,
                                 Type type) {
  auto tensor = cast<RankedTensorType>(type);
  info.set_name(name.str());
  auto &onnxType = *info.mutable_type()->mutable_tensor_type();
  onnxType.set_elem_type(getOnnxType(tensor.getElementType()));
  onnxType.mutable_shape();
  for (int64_t extent : tensor.getShape()) {
    auto &dim = *onnxType.mutable_shape()->add_dim();
    // All dynamic extents are the one batch.
    if (ShapedType::isDynamic(extent))
      dim.set_dim_param("batch");
    else
      dim.set_dim_value(extent);
  }
}

/// The name in `attributes`, or `otherwise`.
static std::string getSourceName(DictionaryAttr attributes,
                                 const Twine &otherwise) {
  if (attributes)
    if (auto name = attributes.getAs<StringAttr>(BNDialect::kNameAttr))
      return name.str();
  return otherwise.str();
}

LogicalResult GraphExporter::nameResults(func::FuncOp function,
                                         Operation *terminator) {
  for (auto [index, value] : llvm::enumerate(terminator->getOperands())) {
    std::string name = makeUnique(getSourceName(
        function.getResultAttrDict(index), "output" + Twine(index)));
    addValueInfo(*graph.add_output(), name, value.getType());
    // What is no node's result, or is returned twice, is copied at the end.
    Operation *producer = value.getDefiningOp();
    std::string &known = names[value];
    if (known.empty() && producer &&
        !producer->hasTrait<OpTrait::ConstantLike>())
      known = name;
  }
  return success();
}

LogicalResult GraphExporter::exportOp(Operation *op) {
  ElementsAttr constant;
  if (matchPattern(op, m_Constant(&constant)))
    return exportConstant(op, constant);
  for (auto family :
       {exportProduct, exportNormalization, exportSampleNorm, exportDropout,
        exportPool, exportElementwise, exportShape})
    if (std::optional<LogicalResult> result = family(*this, op))
      return *result;
  return emitError(op) << "ONNX has no such operator";
}

LogicalResult GraphExporter::exportFunction(func::FuncOp function) {
  if (!function.getBody().hasOneBlock())
    return emitError(function) << "expected one block";
  for (Type type : llvm::concat<const Type>(function.getArgumentTypes(),
                                            function.getResultTypes())) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor ||
        getOnnxType(tensor.getElementType()) == onnx::TensorProto::UNDEFINED)
      return emitError(function)
             << "expected tensors of f32 or f64, got " << type;
  }
  function.walk([&](Operation *op) {
    auto pool = dyn_cast<AveragePoolOp>(op);
    // Dilations came to AveragePool with opset 19.
    if (pool &&
        llvm::any_of(pool.getDilations(), [](int64_t d) { return d != 1; }))
      opset = std::max(opset, 19);
    opset = std::max(opset, getSampleNormOpset(op));
  });
  graph.set_name(function.getSymName().str());
  for (BlockArgument argument : function.getArguments()) {
    unsigned index = argument.getArgNumber();
    std::string name = makeUnique(
        getSourceName(function.getArgAttrDict(index), "input" + Twine(index)));
    addValueInfo(*graph.add_input(), name, argument.getType());
    names[argument] = name;
  }
  Operation *terminator = function.getBody().front().getTerminator();
  if (failed(nameResults(function, terminator)))
    return failure();
  for (Operation &op : function.getBody().front().without_terminator())
    if (failed(exportOp(&op)))
      return failure();
  for (auto [index, value] : llvm::enumerate(terminator->getOperands())) {
    const std::string &output = graph.output(index).name();
    if (getName(value) != output)
      addHelper(terminator, "Identity", {getName(value)}).set_output(0, output);
  }
  return success();
}
