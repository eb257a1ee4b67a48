//===- RowSource.h - Rows of data into batches ------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_RUNTIME_ROWSOURCE_H
#define BN_LIB_RUNTIME_ROWSOURCE_H

#include "bn/Runtime/DataSet.h"
#include "bn/Runtime/Preprocess.h"

namespace bn::runtime {

/// Copies rows of a data set into batches of an input, converted as
/// `prepareInput` would convert the whole, which may be too large for it.
class RowSource {
public:
  /// `data` must outlive this object.
  static Expected<RowSource> create(const bn_tensor_spec &spec,
                                    const LabeledData &data,
                                    const Normalization &normalization);

  /// Row `rows[i]` of the data becomes row i of `target` and `labels`.
  void copy(const int64_t *rows, int64_t count, void *target,
            int64_t *labels) const;

  int64_t rowCount() const { return data->rows(); }
  /// Bytes of one row as an input.
  size_t rowBytes() const { return elements * (isDouble ? 8 : 4); }

private:
  template <typename T> void copyRow(int64_t row, T *target) const;

  const LabeledData *data = nullptr;
  size_t elements = 0; // of a row
  size_t plane = 1;    // of a channel
  bool isDouble = false;
  std::vector<float> values; // of pixels; see pixelValues
};

} // namespace bn::runtime

#endif // BN_LIB_RUNTIME_ROWSOURCE_H
