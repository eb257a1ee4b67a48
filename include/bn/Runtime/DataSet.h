//===- DataSet.h - Pictures with labels -------------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A directory of a data set in the files and under the names that it is
// published with:
//
//   IDX       train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-…, each
//             with or without .gz; rank 4 for colour (MNIST, Fashion-MNIST)
//   CIFAR-10  data_batch_1.bin, data_batch_2.bin, …, test_batch.bin
//   NumPy     train-images.npy, train-labels.npy, test-images.npy, …
//
// The test part may be missing.
//
//===----------------------------------------------------------------------===//

#ifndef BN_RUNTIME_DATASET_H
#define BN_RUNTIME_DATASET_H

#include "bn/Runtime/Tensor.h"

namespace bn::runtime {

/// Rows and the class of each.
struct LabeledData {
  Tensor images;
  std::vector<int64_t> labels;
  std::string imagesPath, labelsPath; // the first file of each, to blame

  int64_t rows() const { return static_cast<int64_t>(labels.size()); }
};

struct DataSet {
  LabeledData train;
  LabeledData test; // no rows without a test part
};

Expected<DataSet> readDataSet(const std::string &directory);

/// Fails at a label that is no class.
Error checkLabels(const LabeledData &data, int64_t classCount);

} // namespace bn::runtime

#endif // BN_RUNTIME_DATASET_H
