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
  return schema && (schema->HasFunction() ||
                    schema->HasContextDependentFunctionWithOpsetVersion(opset));
}

/// Whether an op of ONNX's own can be imported, itself or through its body.
static bool isSupported(StringRef op, int opset, const OpTable &table) {
  const onnx::OpSchema *schema = getSchema(op, opset);
  if (!schema || schema->deprecated())
    return false;
  if (table.lookup(op, opset))
    return true;
  if (!hasBody(schema, opset))
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
  // Without data propagation: it unrolls shape tensors whose extent a hostile
  // file chooses, and this importer computes shapes by itself.
  onnx::ShapeInferenceOptions strict(/*check_type_val=*/true,
                                     /*strict_mode_val=*/1,
                                     /*data_prop_val=*/false);
  onnx::shape_inference::InferShapes(
      model, onnx::OpSchemaRegistry::Instance(), strict);
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
      if (isDefaultDomain(node.domain()) &&
          !table.lookup(node.op_type(), opset) &&
          hasBody(getSchema(node.op_type(), opset), opset))
        functions.emplace_back(node.domain(), node.op_type());
    if (functions.empty())
      return;
    onnx::inliner::InlineSelectedFunctions(
        model, *onnx::inliner::FunctionIdSet::Create(std::move(functions)),
        onnx::OpSchemaRegistry::Instance());
    inferShapes(model);
  }
}
