//===- ModelChecks.cpp - What a file must hold to be read at all ----------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelChecks.h"

#include "TensorData.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;
using namespace mlir::bn;

/// Deepest nesting of calls among a model's functions.
static constexpr int64_t kDeepestCalls = 100;
/// Most nodes that a model may have once its functions are inlined.
static constexpr int64_t kMostNodes = 1 << 20;

static LogicalResult checkTensor(const onnx::TensorProto &tensor,
                                 const Twine &what, Location location) {
  if (std::optional<std::string> fault = findFault(tensor))
    return emitError(location)
           << what << " '" << tensor.name() << "': " << *fault;
  return success();
}

/// Checks the tensors in attributes of `nodes`. Graphs in attributes belong to
/// ops that are never imported, and are not entered.
template <typename Nodes>
static LogicalResult checkNodes(const Nodes &nodes, Location location) {
  for (const onnx::NodeProto &node : nodes)
    for (const onnx::AttributeProto &attribute : node.attribute())
      if (attribute.has_t() &&
          failed(checkTensor(attribute.t(),
                             "node '" + Twine(node.name()) + "' (" +
                                 node.op_type() + "): tensor in attribute",
                             location)))
        return failure();
  return success();
}

static LogicalResult checkDeclaredShape(const onnx::ValueInfoProto &value,
                                        StringRef kind, Location location) {
  SmallVector<int64_t> shape;
  for (const auto &dim : value.type().tensor_type().shape().dim()) {
    // A dynamic extent is sometimes written as -1.
    if (dim.has_dim_value() && dim.dim_value() != -1)
      shape.push_back(dim.dim_value());
  }
  std::optional<int64_t> count = countElements(shape);
  if (!count || *count == 0)
    return emitError(location)
           << kind << " '" << value.name()
           << "': expected extents from 1 up and at most 2^40 values";
  return success();
}

namespace {
/// Counts the nodes that calls of a model's functions expand to.
class CallExpansion {
public:
  explicit CallExpansion(const onnx::ModelProto &model) {
    for (const onnx::FunctionProto &function : model.functions())
      functions[getKey(function.domain(), function.name())] = &function;
  }

  /// The number of nodes after inlining, at most `kMostNodes + 1`; none when
  /// calls nest too deep, as those in a cycle do.
  template <typename Nodes>
  std::optional<int64_t> count(const Nodes &nodes, int64_t depth = 0) {
    if (depth > kDeepestCalls)
      return std::nullopt;
    int64_t total = 0;
    for (const onnx::NodeProto &node : nodes) {
      std::optional<int64_t> size = countNode(node, depth);
      if (!size)
        return std::nullopt;
      total = std::min(total + *size, kMostNodes + 1);
    }
    return total;
  }

private:
  static std::string getKey(StringRef domain, StringRef name) {
    return (domain + "\n" + name).str();
  }

  std::optional<int64_t> countNode(const onnx::NodeProto &node, int64_t depth) {
    std::string key = getKey(node.domain(), node.op_type());
    auto function = functions.find(key);
    if (function == functions.end())
      return 1;
    auto known = sizes.find(key);
    if (known != sizes.end())
      return known->second;
    std::optional<int64_t> size = count(function->second->node(), depth + 1);
    if (size)
      sizes[key] = *size;
    return size;
  }

  llvm::StringMap<const onnx::FunctionProto *> functions;
  llvm::StringMap<int64_t> sizes;
};
} // namespace

LogicalResult bn::checkLimits(const onnx::ModelProto &model,
                              Location location) {
  const onnx::GraphProto &graph = model.graph();
  if (graph.sparse_initializer_size() > 0)
    return emitError(location) << "sparse initializers are not supported";
  for (const onnx::TensorProto &tensor : graph.initializer())
    if (failed(checkTensor(tensor, "initializer", location)))
      return failure();
  for (const onnx::ValueInfoProto &input : graph.input())
    if (failed(checkDeclaredShape(input, "input", location)))
      return failure();
  for (const onnx::ValueInfoProto &output : graph.output())
    if (failed(checkDeclaredShape(output, "output", location)))
      return failure();
  if (failed(checkNodes(graph.node(), location)))
    return failure();
  for (const onnx::FunctionProto &function : model.functions())
    if (failed(checkNodes(function.node(), location)))
      return failure();

  std::optional<int64_t> nodes = CallExpansion(model).count(graph.node());
  if (!nodes)
    return emitError(location) << "functions call one another in a cycle, or "
                                  "deeper than "
                               << kDeepestCalls << " calls";
  if (*nodes > kMostNodes)
    return emitError(location) << "expected at most " << kMostNodes
                               << " nodes after inlining the functions";
  return success();
}
