//===- Preprocess.h - From data to inputs -----------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Networks are trained on normalized pixels, and this is not part of the ONNX
// graph. The model's properties `bn.input_mean` and `bn.input_std` say it: one
// number, or one per channel, separated by commas; absent 0 and 1.
//
//===----------------------------------------------------------------------===//

#ifndef BN_RUNTIME_PREPROCESS_H
#define BN_RUNTIME_PREPROCESS_H

#include "bn/Runtime/Abi.h"
#include "bn/Runtime/Tensor.h"

namespace bn::runtime {

/// y = (byte / 255 - mean) / deviation. Both lists have the same length: 1, or
/// the number of channels.
struct Normalization {
  std::vector<double> mean = {0};
  std::vector<double> deviation = {1};
};

/// A model's property, or null.
const char *findProperty(const bn_model &model, std::string_view key);

/// What the model's properties say.
Expected<Normalization> modelNormalization(const bn_model &model);

/// Parses the value of --normalize: MEAN,STD, or all means and then all
/// deviations.
Expected<Normalization> parseNormalization(const std::string &text);

/// The normalization to use: `option` (of --normalize) unless it is empty,
/// else the model's. A contradiction between them is put into `warning`.
Expected<Normalization> chooseNormalization(const bn_model &model,
                                            const std::string &option,
                                            std::string &warning);

/// What the 256 pixel values become, for each channel of the normalization one
/// after another: in single precision, as the frameworks compute it. A wider
/// type must see the same input as the narrow one.
std::vector<float> pixelValues(const Normalization &normalization);

/// The shape `tensor` will have as an input for `spec`, or why it does not fit.
/// Pixels going into a floating-point input get a channel axis of 1 where it is
/// missing; all else must fit: the element type (f32 may be widened to f64),
/// the rank and each extent except the batch: the dynamic one, and extent 0 if
/// `rowsMayDiffer`.
Expected<std::vector<int64_t>> inputShape(const bn_tensor_spec &spec,
                                          const Tensor &tensor,
                                          const Normalization &normalization,
                                          bool rowsMayDiffer);

/// Makes `tensor`, of which `inputShape` accepts the shape, an input for
/// `spec`: pixels are normalized, f32 is widened to f64.
Expected<Tensor> prepareInput(const bn_tensor_spec &spec, Tensor tensor,
                              const Normalization &normalization,
                              bool rowsMayDiffer);

} // namespace bn::runtime

#endif // BN_RUNTIME_PREPROCESS_H
