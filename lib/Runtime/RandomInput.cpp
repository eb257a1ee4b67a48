//===- RandomInput.cpp - Inputs made up for timing and checking -*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Runtime/Bench.h"
#include "bn/Runtime/Execution.h"

using namespace bn::runtime;

/// SplitMix64, after Steele, Lea and Flood: well mixed from any seed.
static uint64_t nextRandom(uint64_t &state) {
  uint64_t z = state += 0x9e3779b97f4a7c15;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

void bn::runtime::fillRandom(Tensor &tensor, uint64_t seed) {
  int64_t count = tensor.elementCount();
  for (int64_t i = 0; i < count; ++i) {
    uint64_t bits = nextRandom(seed);
    // 24 bits: exact in both floating-point types, which so hold equal values.
    float uniform = static_cast<float>(bits >> 40) / (1 << 23) - 1.0f;
    switch (tensor.type) {
    case ElementType::F32:
      tensor.as<float>()[i] = uniform;
      break;
    case ElementType::F64:
      tensor.as<double>()[i] = static_cast<double>(uniform);
      break;
    case ElementType::I64:
      tensor.as<int64_t>()[i] = static_cast<int64_t>(bits >> 63);
      break;
    default:
      return; // no model has other inputs
    }
  }
}

Expected<std::vector<Tensor>>
bn::runtime::randomInputs(const bn_model &model, int64_t batch, uint64_t seed) {
  std::vector<Tensor> inputs;
  for (int32_t i = 0; i < model.input_count; ++i) {
    const bn_tensor_spec &spec = model.inputs[i];
    Expected<Tensor> tensor =
        Tensor::create(static_cast<ElementType>(spec.element_type),
                       shapeForBatch(spec, batch));
    if (!tensor)
      return tensor.takeError();
    tensor->name = spec.name;
    fillRandom(*tensor, seed + static_cast<uint64_t>(i));
    inputs.push_back(std::move(*tensor));
  }
  return inputs;
}
