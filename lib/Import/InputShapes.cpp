//===- InputShapes.cpp - Shapes of a model's inputs -----------------------===//
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
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace mlir::bn;

SmallVector<onnx::ValueInfoProto *>
bn::getActualInputs(onnx::GraphProto &graph) {
  llvm::StringSet<> initializers;
  for (const onnx::TensorProto &tensor : graph.initializer())
    initializers.insert(tensor.name());
  SmallVector<onnx::ValueInfoProto *> inputs;
  for (onnx::ValueInfoProto &input : *graph.mutable_input())
    if (!initializers.contains(input.name()))
      inputs.push_back(&input);
  return inputs;
}

static bool isDynamic(const onnx::TensorShapeProto::Dimension &dim) {
  return !dim.has_dim_value() || dim.dim_value() < 0;
}

/// Makes the batch of `input` dynamic; `example` is the one that the file had,
/// the same for all inputs.
static LogicalResult freeBatch(onnx::ValueInfoProto &input,
                               std::optional<int64_t> &example,
                               Location location) {
  auto &type = *input.mutable_type()->mutable_tensor_type();
  if (type.shape().dim_size() == 0 || isDynamic(type.shape().dim(0)))
    return success();
  auto &batch = *type.mutable_shape()->mutable_dim(0);
  if (example && *example != batch.dim_value())
    return emitError(location)
           << "input '" << input.name() << "': expected a batch of " << *example
           << " in the file, as that of the input before, got "
           << batch.dim_value() << ": one of them cannot become dynamic";
  example = batch.dim_value();
  batch.clear_dim_value();
  return success();
}

/// Applies `fix` to `input`; extents that it gives to named dimensions are
/// added to `named`.
static LogicalResult applyFix(onnx::ValueInfoProto &input, const ShapeFix &fix,
                              llvm::StringMap<int64_t> &named,
                              std::optional<int64_t> &example,
                              Location location) {
  auto fail = [&]() {
    return emitError(location)
           << "shape given for input '" << fix.input << "': ";
  };
  std::optional<int64_t> count = 1;
  for (auto [axis, extent] : llvm::enumerate(fix.shape))
    if ((extent < 1 && !(axis == 0 && ShapedType::isDynamic(extent))) ||
        extent > kMostElements)
      return fail() << "expected extents from 1 to 2^40";
  SmallVector<int64_t> extents(fix.shape);
  llvm::erase(extents, ShapedType::kDynamic);
  count = countElements(extents);
  if (!count)
    return fail() << "expected at most 2^40 values";

  auto &type = *input.mutable_type()->mutable_tensor_type();
  if (!type.has_shape())
    for (size_t axis = 0; axis < fix.shape.size(); ++axis)
      type.mutable_shape()->add_dim();
  auto &dims = *type.mutable_shape()->mutable_dim();
  if (dims.size() != static_cast<int>(fix.shape.size()))
    return fail() << "expected " << dims.size() << " extents, got "
                  << fix.shape.size();
  for (auto [axis, extent] : llvm::enumerate(fix.shape)) {
    auto &dim = dims[axis];
    if (ShapedType::isDynamic(extent)) {
      if (failed(freeBatch(input, example, location)))
        return failure();
      continue;
    }
    if (!isDynamic(dim) && dim.dim_value() != extent)
      return fail() << "expected " << dim.dim_value() << " on axis " << axis
                    << " as in the model, got " << extent;
    if (dim.has_dim_param() && !dim.dim_param().empty())
      named[dim.dim_param()] = extent;
    dim.set_dim_value(extent);
  }
  return success();
}

/// Checks the type of `input`.
static LogicalResult checkInput(const onnx::ValueInfoProto &input,
                                Location location) {
  auto fail = [&]() {
    return emitError(location) << "input '" << input.name() << "': ";
  };
  if (!input.type().has_tensor_type())
    return fail() << "expected a tensor";
  const auto &type = input.type().tensor_type();
  if (!getFloatType(type.elem_type(), location.getContext()))
    return fail() << "expected values of type float or double, got "
                  << getElementTypeName(type.elem_type());
  if (!type.has_shape())
    return fail() << "its shape is not known; give it with --shape="
                  << input.name() << "=...";
  for (int axis = 1; axis < type.shape().dim_size(); ++axis)
    if (isDynamic(type.shape().dim(axis))) {
      InFlightDiagnostic diagnostic = fail();
      diagnostic << "only the batch (axis 0) may be dynamic, got a dynamic "
                    "axis "
                 << axis << "; fix it with --shape=" << input.name() << "=";
      for (int i = 0; i < type.shape().dim_size(); ++i) {
        const auto &dim = type.shape().dim(i);
        diagnostic << (i ? "x" : "");
        if (isDynamic(dim))
          diagnostic << (dim.dim_param().empty() ? "?" : dim.dim_param());
        else
          diagnostic << dim.dim_value();
      }
      return diagnostic;
    }
  return success();
}

FailureOr<std::optional<int64_t>>
bn::settleInputShapes(onnx::GraphProto &graph, const ImportOptions &options,
                      Location location) {
  SmallVector<onnx::ValueInfoProto *> inputs = getActualInputs(graph);
  llvm::StringMap<int64_t> named;
  std::optional<int64_t> example;
  for (const ShapeFix &fix : options.shapes) {
    auto input = llvm::find_if(inputs, [&](const onnx::ValueInfoProto *value) {
      return value->name() == fix.input;
    });
    if (input == inputs.end()) {
      InFlightDiagnostic diagnostic = emitError(location)
                                      << "shape given for '" << fix.input
                                      << "', which is not an input; inputs: ";
      llvm::interleaveComma(inputs, diagnostic, [&](const auto *value) {
        diagnostic << "'" << value->name() << "'";
      });
      return diagnostic;
    }
    if (!(*input)->type().has_tensor_type())
      return checkInput(**input, location);
    if (failed(applyFix(**input, fix, named, example, location)))
      return failure();
  }
  if (options.freeBatch && options.shapes.empty() && inputs.size() == 1 &&
      inputs[0]->type().has_tensor_type() &&
      failed(freeBatch(*inputs[0], example, location)))
    return failure();

  for (onnx::ValueInfoProto *input : inputs) {
    if (input->type().has_tensor_type() &&
        input->type().tensor_type().has_shape()) {
      for (auto &dim : *input->mutable_type()
                            ->mutable_tensor_type()
                            ->mutable_shape()
                            ->mutable_dim()) {
        // A name that was given a value has it everywhere.
        auto value = named.find(dim.dim_param());
        if (!dim.has_dim_value() && value != named.end())
          dim.set_dim_value(value->second);
        else if (dim.has_dim_value() && dim.dim_value() < 0)
          dim.clear_value();
      }
    }
    if (failed(checkInput(*input, location)))
      return failure();
  }
  return example;
}
