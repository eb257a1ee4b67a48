//===- Readers.h - Tensors from files ---------------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every reader takes hostile bytes: shapes are multiplied with overflow checks
// and compared with the bytes present before anything is allocated. Errors do
// not name the file; `readTensorFile` and its kin add it.
//
//===----------------------------------------------------------------------===//

#ifndef BN_RUNTIME_READERS_H
#define BN_RUNTIME_READERS_H

#include "bn/Runtime/Tensor.h"

namespace bn::runtime {

/// The bytes of a file.
Expected<Buffer> readFile(const std::string &path);

/// NumPy's format, version 1 to 3, little-endian, C or Fortran order.
Expected<Tensor> parseNpy(std::string_view bytes);

/// NumPy's archive: a zip file, stored or deflated, of .npy files. Each tensor
/// is named as its entry without ".npy".
Expected<std::vector<Tensor>> parseNpz(std::string_view bytes);

/// A serialized ONNX TensorProto.
Expected<Tensor> parseOnnxTensor(std::string_view bytes);

/// IDX with unsigned bytes, as MNIST's files; gzip'ed or not. Rank 2 and up is
/// pixels, rank 1 labels.
Expected<Tensor> parseIdx(std::string_view bytes);

/// CIFAR-10's binary batch: pixels N,3,32,32 and the label of each.
struct CifarBatch {
  Tensor images;
  Tensor labels;
};
Expected<CifarBatch> parseCifar(std::string_view bytes);

/// A PNG, PGM or PPM picture as pixels 1,C,H,W. `channels` is 1 (grey) or 3
/// (colour), the picture is converted; 0 keeps what the file has.
Expected<Tensor> parsePng(std::string_view bytes, int channels);
Expected<Tensor> parsePnm(std::string_view bytes, int channels);

/// Reads any of the above, told by their first bytes or by the ending `.pb` or
/// `.bin`; only an .npz can hold more or less than one tensor.
Expected<std::vector<Tensor>> readTensorFile(const std::string &path,
                                             int channels = 0);

/// One label per row, from IDX, an integer .npy or a CIFAR-10 batch.
Expected<std::vector<int64_t>> readLabels(const std::string &path);

/// True for a directory.
bool isDirectory(const std::string &path);

/// Reads PREFIX_0.pb, PREFIX_1.pb, … of an ONNX test directory; `prefix` is
/// "input" or "output". There may be none.
Expected<std::vector<Tensor>> readTestDirectory(const std::string &path,
                                                const char *prefix);

} // namespace bn::runtime

#endif // BN_RUNTIME_READERS_H
