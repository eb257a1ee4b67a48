//===- Network.cpp - The networks that are compared -----------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Study/Network.h"

#include "onnx/defs/attr_proto_util.h"
#include "onnx/onnx_pb.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

#include <numeric>

using namespace llvm;
using namespace mlir::bn;
namespace runtime = ::bn::runtime;

static constexpr int64_t kKernel = 5, kPool = 2;
static constexpr int64_t kConvolutions[] = {6, 16}, kLinears[] = {120, 84};
/// More channels than this many per group are put into one.
static constexpr int64_t kMostGroups = 4;
/// Two convolutions and poolings leave one pixel of it.
static constexpr int64_t kSmallestImage = 16;
static constexpr int64_t kMostClasses = 100000;

runtime::Expected<DataShape>
mlir::bn::getDataShape(const runtime::DataSet &data) {
  std::vector<int64_t> shape = data.train.images.shape;
  auto fail = [&](runtime::Error error) {
    return std::move(error).inFile(data.train.imagesPath);
  };
  if (shape.size() == 3) // no axis for a single channel
    shape.insert(shape.begin() + 1, 1);
  if (shape.size() != 4)
    return fail(runtime::Error::make(
        "expected images, of rank 3 or 4 with the rows, got %s",
        data.train.images.describe().c_str()));
  DataShape result = {shape[1], shape[2], shape[3], 0};
  if (std::min(result.height, result.width) < kSmallestImage)
    return fail(runtime::Error::make(
        "expected images of at least %lldx%lld pixels, got %s",
        static_cast<long long>(kSmallestImage),
        static_cast<long long>(kSmallestImage),
        data.train.images.describe().c_str()));
  for (const runtime::LabeledData *part : {&data.train, &data.test})
    for (int64_t label : part->labels) {
      if (label < 0 || label >= kMostClasses)
        return runtime::Error::make("expected labels from 0 to %lld, got %lld",
                                    static_cast<long long>(kMostClasses - 1),
                                    static_cast<long long>(label))
            .inFile(part->labelsPath);
      result.classes = std::max(result.classes, label + 1);
    }
  return result;
}

static StringRef getActivationName(Activation activation) {
  return activation == Activation::Relu ? "relu" : "sigmoid";
}

/// Of layers and of networks.
static StringRef getPrefix(Normalization normalization) {
  switch (normalization) {
  case Normalization::None:
    return "";
  case Normalization::Batch:
    return "bn";
  case Normalization::Layer:
    return "ln";
  case Normalization::Instance:
    return "in";
  case Normalization::Group:
    return "gn";
  }
  llvm_unreachable("all normalizations are named");
}

std::string mlir::bn::formatShort(double number) {
  std::string text;
  raw_string_ostream(text) << format("%g", number);
  return text;
}

std::string mlir::bn::getNetworkName(const NetworkOptions &options) {
  StringRef words[] = {getPrefix(options.normalization),
                       getActivationName(options.activation)};
  if (options.normalizesLast)
    std::swap(words[0], words[1]);
  std::string name = "lenet";
  for (StringRef word : words)
    if (!word.empty())
      name += "_" + word.str();
  if (options.dropout > 0)
    name += "_dropout_" + formatShort(options.dropout);
  return name;
}

namespace {

/// Appends layer after layer.
class NetworkBuilder {
public:
  NetworkBuilder(const NetworkOptions &options, const DataShape &data);
  std::string build();

private:
  /// A node of one output, which becomes the current tensor; the current one is
  /// its first input.
  onnx::NodeProto &addNode(StringRef op, std::string name,
                           ArrayRef<std::string> parameters = {});
  std::string addParameter(std::string name, ArrayRef<int64_t> extents,
                           float value);
  void addTensorType(onnx::ValueInfoProto &value, StringRef name,
                     ArrayRef<int64_t> row);

  void addConvolution(int number, int64_t channels);
  void addLinear(int number, int64_t features);
  /// Normalization and activation, in their order.
  void addBlock(int number);
  void addNormalization(int number);
  void addActivation(int number);
  void addPool(int number);
  void addFlatten();
  void addDropout(int number);

  const NetworkOptions &options;
  int64_t classes;
  onnx::ModelProto model;
  onnx::GraphProto &graph;
  std::string current = "input";
  SmallVector<int64_t> shape; // of a row of it
};

} // namespace

NetworkBuilder::NetworkBuilder(const NetworkOptions &options,
                               const DataShape &data)
    : options(options), classes(data.classes), graph(*model.mutable_graph()),
      shape({data.channels, data.height, data.width}) {
  // Group norm has parameters by channel since opset 21.
  bool isGroups = options.normalization == Normalization::Group;
  model.set_ir_version(isGroups ? 10 : 8);
  model.set_producer_name("bn-run study");
  onnx::OperatorSetIdProto &opset = *model.add_opset_import();
  opset.set_domain("");
  opset.set_version(isGroups ? 21 : 17);
  graph.set_name(getNetworkName(options));
  addTensorType(*graph.add_input(), current, shape);
}

void NetworkBuilder::addTensorType(onnx::ValueInfoProto &value, StringRef name,
                                   ArrayRef<int64_t> row) {
  value.set_name(name.str());
  auto &type = *value.mutable_type()->mutable_tensor_type();
  type.set_elem_type(onnx::TensorProto::FLOAT);
  type.mutable_shape()->add_dim()->set_dim_param("batch");
  for (int64_t extent : row)
    type.mutable_shape()->add_dim()->set_dim_value(extent);
}

onnx::NodeProto &NetworkBuilder::addNode(StringRef op, std::string name,
                                         ArrayRef<std::string> parameters) {
  onnx::NodeProto &node = *graph.add_node();
  node.set_op_type(op.str());
  node.set_name(name);
  node.add_input(current);
  for (const std::string &parameter : parameters)
    node.add_input(parameter);
  current = name + ".out";
  node.add_output(current);
  return node;
}

std::string NetworkBuilder::addParameter(std::string name,
                                         ArrayRef<int64_t> extents,
                                         float value) {
  onnx::TensorProto &tensor = *graph.add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(onnx::TensorProto::FLOAT);
  size_t count = 1;
  for (int64_t extent : extents) {
    tensor.add_dims(extent);
    count *= extent;
  }
  std::vector<float> values(count, value);
  tensor.set_raw_data(values.data(), count * sizeof(float));
  return name;
}

void NetworkBuilder::addConvolution(int number, int64_t channels) {
  std::string name = formatv("conv{0}", number);
  onnx::NodeProto &node =
      addNode("Conv", name,
              {addParameter(name + ".weight",
                            {channels, shape[0], kKernel, kKernel}, 0),
               addParameter(name + ".bias", {channels}, 0)});
  *node.add_attribute() = onnx::MakeAttribute(
      "kernel_shape", std::vector<int64_t>{kKernel, kKernel});
  shape = {channels, shape[1] - kKernel + 1, shape[2] - kKernel + 1};
}

void NetworkBuilder::addLinear(int number, int64_t features) {
  std::string name = formatv("fc{0}", number);
  onnx::NodeProto &node =
      addNode("Gemm", name,
              {addParameter(name + ".weight", {features, shape[0]}, 0),
               addParameter(name + ".bias", {features}, 0)});
  *node.add_attribute() = onnx::MakeAttribute("transB", int64_t(1));
  shape = {features};
}

void NetworkBuilder::addNormalization(int number) {
  Normalization kind = options.normalization;
  // Instance norm is for images: features have no extent to normalize over.
  if (kind == Normalization::None ||
      (kind == Normalization::Instance && shape.size() == 1))
    return;
  std::string name = formatv("{0}{1}", getPrefix(kind), number);
  SmallVector<int64_t> extents(shape);
  // Layer norm has parameters for each element of a row.
  if (kind != Normalization::Layer)
    extents.resize(1);
  SmallVector<std::string> parameters = {
      addParameter(name + ".weight", extents, 1),
      addParameter(name + ".bias", extents, 0)};
  if (kind == Normalization::Batch) {
    parameters.push_back(addParameter(name + ".running_mean", extents, 0));
    parameters.push_back(addParameter(name + ".running_var", extents, 1));
    addNode("BatchNormalization", name, parameters);
  } else if (kind == Normalization::Layer) {
    *addNode("LayerNormalization", name, parameters).add_attribute() =
        onnx::MakeAttribute("axis", -static_cast<int64_t>(shape.size()));
  } else if (kind == Normalization::Instance) {
    addNode("InstanceNormalization", name, parameters);
  } else {
    *addNode("GroupNormalization", name, parameters).add_attribute() =
        onnx::MakeAttribute("num_groups", std::gcd(shape[0], kMostGroups));
  }
}

void NetworkBuilder::addActivation(int number) {
  std::string name = getActivationName(options.activation).str();
  addNode(options.activation == Activation::Relu ? "Relu" : "Sigmoid",
          name + std::to_string(number));
}

void NetworkBuilder::addBlock(int number) {
  if (options.normalizesLast)
    addActivation(number);
  addNormalization(number);
  if (!options.normalizesLast)
    addActivation(number);
}

void NetworkBuilder::addPool(int number) {
  onnx::NodeProto &node = addNode("AveragePool", formatv("pool{0}", number));
  for (const char *name : {"kernel_shape", "strides"})
    *node.add_attribute() =
        onnx::MakeAttribute(name, std::vector<int64_t>{kPool, kPool});
  shape = {shape[0], shape[1] / kPool, shape[2] / kPool};
}

void NetworkBuilder::addFlatten() {
  addNode("Flatten", "flatten");
  shape = {shape[0] * shape[1] * shape[2]};
}

void NetworkBuilder::addDropout(int number) {
  if (options.dropout == 0)
    return;
  std::string name = formatv("dropout{0}", number);
  addNode(
      "Dropout", name,
      addParameter(name + ".ratio", {}, static_cast<float>(options.dropout)));
}

std::string NetworkBuilder::build() {
  int number = 0;
  for (int64_t channels : kConvolutions) {
    addConvolution(++number, channels);
    addBlock(number);
    addPool(number);
  }
  addFlatten();
  int linear = 0;
  for (int64_t features : kLinears) {
    addLinear(++linear, features);
    addBlock(++number);
    addDropout(linear);
  }
  addLinear(++linear, classes);
  current = "logits";
  graph.mutable_node()->rbegin()->set_output(0, current);
  addTensorType(*graph.add_output(), current, shape);
  return model.SerializeAsString();
}

std::string mlir::bn::buildNetwork(const NetworkOptions &options,
                                   const DataShape &data) {
  return NetworkBuilder(options, data).build();
}
