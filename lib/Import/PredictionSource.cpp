//===- PredictionSource.cpp - A model as a file in prediction mode --------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PredictionSource.h"

#include "FunctionExpansion.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir::bn;

static void removeAttribute(onnx::NodeProto &node, llvm::StringRef name) {
  auto &attributes = *node.mutable_attribute();
  for (int i = attributes.size() - 1; i >= 0; --i)
    if (attributes[i].name() == name)
      attributes.DeleteSubrange(i, 1);
}

static onnx::AttributeProto &addAttribute(onnx::NodeProto &node,
                                          llvm::StringRef name) {
  removeAttribute(node, name);
  onnx::AttributeProto &attribute = *node.add_attribute();
  attribute.set_name(name.str());
  return attribute;
}

static void setInt(onnx::NodeProto &node, llvm::StringRef name, int64_t value) {
  onnx::AttributeProto &attribute = addAttribute(node, name);
  attribute.set_type(onnx::AttributeProto::INT);
  attribute.set_i(value);
}

/// Sets what says training mode in `opset`; `dropped` gets the names of outputs
/// that prediction mode does not have.
static void setPrediction(onnx::NodeProto &node, int opset,
                          llvm::StringSet<> &dropped) {
  bool isBatchNorm = node.op_type() == "BatchNormalization";
  if (opset < 7)
    setInt(node, "is_test", 1);
  else if (isBatchNorm)
    removeAttribute(node, "training_mode");
  if (isBatchNorm) {
    for (int i = 1; i < node.output_size(); ++i)
      dropped.insert(node.output(i));
    while (node.output_size() > 1)
      node.mutable_output()->RemoveLast();
  } else if (opset >= 12 && node.input_size() > 2) {
    // Data, ratio, training_mode.
    node.mutable_input()->RemoveLast();
  }
}

/// Moves values of floats to where they lie as bytes.
template <typename T, typename Values>
static void makeRaw(onnx::TensorProto &tensor, Values &values) {
  if (tensor.has_raw_data() || values.empty())
    return;
  tensor.set_raw_data(values.data(), values.size() * sizeof(T));
  values.Clear();
}

std::string mlir::bn::getPredictionSource(onnx::ModelProto model,
                                          std::optional<float> momentum) {
  int opset = getOpset(model);
  onnx::GraphProto &graph = *model.mutable_graph();
  llvm::StringSet<> dropped;
  for (onnx::NodeProto &node : *graph.mutable_node()) {
    bool isBatchNorm = node.op_type() == "BatchNormalization";
    if (!isBatchNorm && node.op_type() != "Dropout")
      continue;
    setPrediction(node, opset, dropped);
    if (isBatchNorm && momentum) {
      onnx::AttributeProto &attribute = addAttribute(node, "momentum");
      attribute.set_type(onnx::AttributeProto::FLOAT);
      attribute.set_f(*momentum);
    }
  }
  auto dropFrom = [&](auto &values) {
    for (int i = values.size() - 1; i >= 0; --i)
      if (dropped.contains(values[i].name()))
        values.DeleteSubrange(i, 1);
  };
  dropFrom(*graph.mutable_output());
  dropFrom(*graph.mutable_value_info());
  for (onnx::TensorProto &tensor : *graph.mutable_initializer()) {
    if (tensor.data_type() == onnx::TensorProto::FLOAT)
      makeRaw<float>(tensor, *tensor.mutable_float_data());
    else if (tensor.data_type() == onnx::TensorProto::DOUBLE)
      makeRaw<double>(tensor, *tensor.mutable_double_data());
  }
  return model.SerializeAsString();
}
