//===- SourceModel.h - The ONNX file that is trained ------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_RUNTIME_SOURCEMODEL_H
#define BN_RUNTIME_SOURCEMODEL_H

#include "bn/Runtime/Abi.h"
#include "bn/Runtime/Tensor.h"

namespace bn::runtime {

/// A serialized ONNX model whose initializers are read and replaced in place.
/// Everything else stays as it is, byte for byte, and need not be understood.
class SourceModel {
public:
  /// Reads the outline of `bytes`, which must outlive this object.
  static Expected<SourceModel> parse(std::string_view bytes);

  /// Fails unless there is an initializer of the spec's name and shape whose
  /// elements, f32 or f64, lie in the file.
  Error check(const bn_tensor_spec &spec) const;

  /// Copies the elements of an initializer, which `check` has accepted, to
  /// `target` in the spec's element type.
  void read(const bn_tensor_spec &spec, void *target) const;

  /// Begins a new version: a copy of the file to be changed by the following.
  Error edit();
  /// Stores `values`, of the spec's element type, in the initializer's own.
  void replace(const bn_tensor_spec &spec, const void *values);
  /// Sets an entry of the model's metadata.
  void setProperty(std::string_view key, std::string_view value);

  /// Writes the new version, as `writeFile` does.
  Error write(const std::string &path) const;

private:
  /// Bytes of the file.
  struct Span {
    size_t begin, size;
  };
  /// `elements` are little-endian, in one piece or in several.
  struct Initializer {
    std::string_view name;
    std::vector<int64_t> shape;
    uint64_t type = 0;
    std::vector<Span> elements;
    const char *obstacle = nullptr; // why the elements cannot be used
  };
  struct Property {
    std::string_view key;
    Span entry; // the whole field, with its key and size
  };

  Error readModel();
  Error readGraph(std::string_view graph);
  Error readInitializer(std::string_view tensor);
  Error readProperty(std::string_view value, Span entry);
  const Initializer *find(const char *name) const;
  template <typename Visitor>
  void forEachElement(const Initializer &initializer, Visitor visit) const;
  Span spanOf(std::string_view part) const;

  std::string_view bytes;
  std::vector<Initializer> initializers;
  std::vector<Property> properties;
  Buffer edited;
  std::vector<Span> dropped; // in the order of the file
  std::string added;
};

} // namespace bn::runtime

#endif // BN_RUNTIME_SOURCEMODEL_H
