//===- ExternalData.cpp - Tensors that lie in other files -----------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelChecks.h"

#include "TensorData.h"
#include "mlir/IR/Diagnostics.h"
#include "onnx/checker.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/FileSystem.h"
#include <sys/stat.h>
#include <unistd.h>

using namespace mlir;
using namespace mlir::bn;

namespace {
/// Where the data of one tensor lies.
struct Place {
  std::string file;
  uint64_t offset = 0;
  std::optional<uint64_t> length;
};
} // namespace

static std::optional<Place> getPlace(const onnx::TensorProto &tensor) {
  Place place;
  for (const onnx::StringStringEntryProto &entry : tensor.external_data()) {
    StringRef value = entry.value();
    uint64_t number = 0;
    if (entry.key() == "location") {
      place.file = entry.value();
    } else if (entry.key() == "offset") {
      if (value.getAsInteger(10, place.offset))
        return std::nullopt;
    } else if (entry.key() == "length") {
      if (value.getAsInteger(10, number))
        return std::nullopt;
      place.length = number;
    }
  }
  return place.file.empty() ? std::nullopt : std::optional(place);
}

/// Reads all of `bytes` from `file` at `offset`.
static bool readAll(int file, MutableArrayRef<char> bytes, uint64_t offset) {
  while (!bytes.empty()) {
    ssize_t got = pread(file, bytes.data(), bytes.size(), offset);
    if (got <= 0)
      return false;
    bytes = bytes.drop_front(got);
    offset += got;
  }
  return true;
}

static LogicalResult loadTensor(onnx::TensorProto &tensor, StringRef directory,
                                Location location) {
  auto fail = [&]() {
    return emitError(location)
           << "initializer '" << tensor.name() << "': external data ";
  };
  if (directory.empty())
    return fail() << "needs a model in a file, whose directory it lies in";
  std::optional<Place> place = getPlace(tensor);
  if (!place)
    return fail() << "without a file name, or with a malformed offset or "
                     "length";

  int64_t size;
  if (getFloatType(tensor.data_type(), location.getContext()))
    size = tensor.data_type() == onnx::TensorProto::FLOAT ? 4 : 8;
  else if (tensor.data_type() == onnx::TensorProto::INT64)
    size = 8;
  else
    return fail() << "of type " << getElementTypeName(tensor.data_type())
                  << " is not supported";
  std::optional<int64_t> count =
      countElements({tensor.dims().data(), size_t(tensor.dims_size())});
  if (!count)
    return fail() << "with negative extents or more than 2^40 values";
  uint64_t bytes = *count * size;
  if (place->length && *place->length != bytes)
    return fail() << "of " << bytes << " bytes expected, got a length of "
                  << *place->length;

  // Refuses absolute paths, "..", symbolic and hard links (throws).
  int file = onnx::checker::open_external_data(
      directory.str(), place->file, tensor.name(), /*read_only=*/true);
  llvm::scope_exit close([&] { ::close(file); });
  struct stat status;
  if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode))
    return fail() << "'" << place->file << "' is not a regular file";
  uint64_t present = status.st_size;
  if (place->offset > present || bytes > present - place->offset)
    return fail() << "of " << bytes << " bytes at offset " << place->offset
                  << " is beyond the end of '" << place->file << "' ("
                  << present << " bytes)";

  std::string data(bytes, '\0');
  if (!readAll(file, data, place->offset))
    return fail() << "cannot be read from '" << place->file << "'";
  tensor.set_raw_data(std::move(data));
  tensor.clear_external_data();
  tensor.clear_data_location();
  return success();
}

LogicalResult bn::loadExternalData(onnx::GraphProto &graph, StringRef directory,
                                   Location location) {
  for (onnx::TensorProto &tensor : *graph.mutable_initializer())
    if (tensor.data_location() == onnx::TensorProto::EXTERNAL &&
        failed(loadTensor(tensor, directory, location)))
      return failure();
  return success();
}
