//===- Network.h - The networks that are compared ---------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_STUDY_NETWORK_H
#define BN_STUDY_NETWORK_H

#include "bn/Runtime/DataSet.h"

#include <cstdint>
#include <string>

namespace mlir::bn {

enum class Activation { Sigmoid, Relu };
enum class Normalization { None, Batch, Layer, Instance, Group };

/// What the networks of a study differ in.
struct NetworkOptions {
  Activation activation = Activation::Relu;
  Normalization normalization = Normalization::Batch;
  /// Activation first, then normalization.
  bool normalizesLast = false;
  /// Share of the features that are dropped behind each hidden linear layer.
  double dropout = 0.0;
};

/// What a data set asks of a network.
struct DataShape {
  int64_t channels, height, width;
  int64_t classes;
};

/// Fails unless the data are images that `buildNetwork` has room for, of
/// classes that are numbered from 0.
::bn::runtime::Expected<DataShape>
getDataShape(const ::bn::runtime::DataSet &data);

/// "0.5", "10": as printf's %g.
std::string formatShort(double number);

/// A name that tells the options: "lenet_bn_relu", "lenet_sigmoid".
std::string getNetworkName(const NetworkOptions &options);

/// An ONNX model, in binary form, of the layers and names of BN-LeNet, sized
/// for the data: two blocks of convolution, normalization, activation and
/// pooling, two of linear layer, normalization, activation and dropout, and a
/// linear layer. Weights are zeros, to be initialised by whoever trains it.
std::string buildNetwork(const NetworkOptions &options, const DataShape &data);

} // namespace mlir::bn

#endif // BN_STUDY_NETWORK_H
