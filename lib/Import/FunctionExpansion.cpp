//===- FunctionExpansion.cpp - Ops that ONNX defines by others ------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FunctionExpansion.h"

#include "onnx/defs/schema.h"
#include "onnx/inliner/inliner.h"
#include "onnx/shape_inference/implementation.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::bn;

/// ONNX's functions call functions a few levels deep.
static constexpr int kMostRounds = 8;

int bn::getOpset(const onnx::ModelProto &model) {
  for (const onnx::OperatorSetIdProto &import : model.opset_import())
    if (isDefaultDomain(import.domain()))
      return static_cast<int>(
          std::clamp<int64_t>(import.version(), 0, 1 << 20));
  return 0;
}

static const onnx::OpSchema *getSchema(StringRef op, int opset) {
  return onnx::OpSchemaRegistry::Schema(op.str(), opset, "");
}

static bool hasBody(const onnx::OpSchema *schema, int opset) {
  return schema && (schema->GetFunction(opset) ||
                    schema->HasContextDependentFunctionWithOpsetVersion(opset));
}

/// Whether an op of ONNX's own can be imported, itself or through its body.
static bool isSupported(StringRef op, int opset, const OpTable &table) {
  const onnx::OpSchema *schema = getSchema(op, opset);
  if (!schema)
    return false;
  if (table.lookup(op, opset))
    return true;
  if (schema->deprecated() || !hasBody(schema, opset))
    return false;
  // A body that depends on types is not there to be looked at yet.
  const onnx::FunctionProto *body = schema->GetFunction(opset);
  return !body || llvm::all_of(body->node(), [&](const auto &node) {
    return ::isSupported(node.op_type(), opset, table);
  });
}

bool bn::isSupported(const onnx::NodeProto &node, const onnx::ModelProto &model,
                     const OpTable &table) {
  for (const onnx::FunctionProto &function : model.functions())
    if (function.name() == node.op_type() && function.domain() == node.domain())
      return true;
  return isDefaultDomain(node.domain()) &&
         ::isSupported(node.op_type(), getOpset(model), table);
}

void bn::inferShapes(onnx::ModelProto &model) {
  // Types are checked. Errors in shapes are not: the importer infers them
  // itself, and like runtimes counts windows of ceil_mode where ONNX's
  // inference has one too many. There is no data propagation, for it unrolls
  // shape tensors whose extent a hostile file chooses.
  onnx::ShapeInferenceOptions options(/*check_type_val=*/true,
                                      /*strict_mode_val=*/0,
                                      /*data_prop_val=*/false);
  onnx::shape_inference::InferShapes(model, onnx::OpSchemaRegistry::Instance(),
                                     options);
}

/// Whether `node` will be replaced by the body that ONNX gives its op.
static bool isExpanded(const onnx::NodeProto &node, int opset,
                       const OpTable &table) {
  return isDefaultDomain(node.domain()) &&
         !table.lookup(node.op_type(), opset) &&
         hasBody(getSchema(node.op_type(), opset), opset);
}

static const onnx::AttributeProto *findAttribute(const onnx::NodeProto &node,
                                                 StringRef name) {
  for (const onnx::AttributeProto &attribute : node.attribute())
    if (attribute.name() == name)
      return &attribute;
  return nullptr;
}

/// Running statistics that nobody reads may be left out, but ONNX's inference
/// wants all three outputs there.
static void completeOutputs(onnx::NodeProto &node) {
  const onnx::AttributeProto *mode = findAttribute(node, "training_mode");
  if (node.op_type() != "BatchNormalization" || !mode || mode->i() == 0 ||
      node.output_size() == 0)
    return;
  // A name that contains that of the output as a whole is no other's.
  for (const char *statistic : {"mean", "variance"})
    if (node.output_size() < 3)
      node.add_output(node.output(0) + "/unread running " + statistic);
}

static void completeAttributes(onnx::NodeProto &node, int opset) {
  const onnx::OpSchema *schema = getSchema(node.op_type(), opset);
  for (const auto &[name, attribute] : schema->attributes())
    if (attribute.default_value.has_type() && !findAttribute(node, name)) {
      onnx::AttributeProto &written = *node.add_attribute();
      written = attribute.default_value;
      written.set_name(name);
    }
}

/// A domain whose ops ONNX knows nothing of.
static constexpr const char *kDeprecated = "bn.deprecated";

void bn::hideDeprecatedNodes(onnx::ModelProto &model, const OpTable &table) {
  int opset = getOpset(model);
  bool hides = false;
  for (onnx::NodeProto &node : *model.mutable_graph()->mutable_node()) {
    if (!isDefaultDomain(node.domain()) || !table.lookup(node.op_type(), opset))
      continue;
    const onnx::OpSchema *schema = getSchema(node.op_type(), opset);
    if (!schema || !schema->deprecated())
      continue;
    node.set_domain(kDeprecated);
    hides = true;
  }
  if (!hides)
    return;
  onnx::OperatorSetIdProto &import = *model.add_opset_import();
  import.set_domain(kDeprecated);
  import.set_version(1);
}

void bn::restoreDeprecatedNodes(onnx::ModelProto &model) {
  for (onnx::NodeProto &node : *model.mutable_graph()->mutable_node())
    if (node.domain() == kDeprecated)
      node.clear_domain();
}

void bn::completeNodes(onnx::ModelProto &model, const OpTable &table) {
  int opset = getOpset(model);
  onnx::GraphProto &graph = *model.mutable_graph();
  bool expands = false;
  for (onnx::NodeProto &node : *graph.mutable_node()) {
    completeOutputs(node);
    if (isExpanded(node, opset, table)) {
      completeAttributes(node, opset);
      expands = true;
    }
  }
  if (!expands)
    return;
  for (const onnx::TensorProto &tensor : graph.initializer()) {
    onnx::ValueInfoProto &info = *graph.add_value_info();
    info.set_name(tensor.name());
    auto &type = *info.mutable_type()->mutable_tensor_type();
    type.set_elem_type(tensor.data_type());
    for (int64_t extent : tensor.dims())
      type.mutable_shape()->add_dim()->set_dim_value(extent);
    type.mutable_shape();
  }
}

void bn::expandFunctions(onnx::ModelProto &model, const OpTable &table) {
  int opset = getOpset(model);
  if (model.functions_size() > 0) {
    onnx::inliner::InlineLocalFunctions(model);
    inferShapes(model);
  }
  for (int round = 0; round < kMostRounds; ++round) {
    onnx::inliner::FunctionIdVector functions;
    for (const onnx::NodeProto &node : model.graph().node())
      if (isExpanded(node, opset, table))
        functions.emplace_back(node.domain(), node.op_type());
    if (functions.empty())
      return;
    onnx::inliner::InlineSelectedFunctions(
        model, *onnx::inliner::FunctionIdSet::Create(std::move(functions)),
        onnx::OpSchemaRegistry::Instance());
    inferShapes(model);
  }
}
