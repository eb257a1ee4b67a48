//===- ModelInfo.cpp - What --info tells ------------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelInfo.h"
#include "Json.h"
#include "bn/Runtime/Preprocess.h"

#include <stdio.h>

using namespace bn::runtime;

static std::string shapeOf(const bn_tensor_spec &spec) {
  return shapeText(spec.shape, static_cast<size_t>(spec.rank));
}

static const char *typeOf(const bn_tensor_spec &spec) {
  return elementName(static_cast<ElementType>(spec.element_type));
}

void bn::runtime::printModelInfo(const bn_model &model) {
  auto print = [](const char *label, long long value) {
    printf("%-22s %lld\n", label, value);
  };
  printf("%-22s %s\n", "model", model.name);
  for (int32_t i = 0; i < model.input_count; ++i)
    printf("%-22s %s: %s %s\n", "input", model.inputs[i].name,
           typeOf(model.inputs[i]), shapeOf(model.inputs[i]).c_str());
  for (int32_t i = 0; i < model.output_count; ++i)
    printf("%-22s %s: %s %s\n", "output", model.outputs[i].name,
           typeOf(model.outputs[i]), shapeOf(model.outputs[i]).c_str());
  print("parameters", model.parameter_count);
  print("operations per row", model.operations_per_row);
  print("workspace bytes", model.workspace_bytes);
  print("  and per row", model.workspace_bytes_per_row);
  print("  and per thread", model.workspace_bytes_per_thread);
  print("smallest batch", model.minimum_batch);
  printf("%-22s %s\n", "CPU features",
         model.cpu_features ? model.cpu_features : "");
  const char *mean = findProperty(model, "bn.input_mean");
  const char *deviation = findProperty(model, "bn.input_std");
  printf("%-22s bytes / 255, then mean %s and deviation %s\n", "byte input",
         mean ? mean : "0", deviation ? deviation : "1");
  for (int32_t i = 0; i < model.property_count; ++i)
    printf("%-22s %s = %s\n", "property", model.properties[i].key,
           model.properties[i].value);
}

static std::string signatureJson(const bn_tensor_spec *specs, int32_t count) {
  std::string text = "[";
  for (int32_t i = 0; i < count; ++i) {
    const bn_tensor_spec &spec = specs[i];
    text += std::string(i ? "," : "") + "{\"name\":" + jsonString(spec.name) +
            ",\"type\":\"" + typeOf(spec) +
            "\",\"shape\":" + jsonList({spec.shape, spec.shape + spec.rank}) +
            "}";
  }
  return text + "]";
}

std::string bn::runtime::modelInfoJson(const bn_model &model) {
  auto member = [](const char *key, int64_t value) {
    return std::string(",\"") + key + "\":" + std::to_string(value);
  };
  std::string text = "\"model\":" + jsonString(model.name) + ",\"inputs\":" +
                     signatureJson(model.inputs, model.input_count) +
                     ",\"signature_outputs\":" +
                     signatureJson(model.outputs, model.output_count);
  text +=
      member("parameters", model.parameter_count) +
      member("operations_per_row", model.operations_per_row) +
      member("workspace_bytes", model.workspace_bytes) +
      member("workspace_bytes_per_row", model.workspace_bytes_per_row) +
      member("workspace_bytes_per_thread", model.workspace_bytes_per_thread) +
      member("minimum_batch", model.minimum_batch);
  text += ",\"cpu_features\":" +
          jsonString(model.cpu_features ? model.cpu_features : "");
  text += ",\"properties\":{";
  for (int32_t i = 0; i < model.property_count; ++i)
    text += (i ? "," : "") + jsonString(model.properties[i].key) + ":" +
            jsonString(model.properties[i].value);
  return text + "}";
}
