//===- ModelReader.cpp - ONNX bytes to ONNX messages ----------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelReader.h"

#include "mlir/IR/Diagnostics.h"
#include "onnx/defs/parser.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Regex.h"
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/stubs/logging.h>
#include <limits>

using namespace mlir;
using namespace mlir::bn;

/// ONNX's parser descends into nested brackets by recursion. Binary files are
/// limited by protobuf itself, to 100.
static constexpr int64_t kDeepestText = 100;

static OnnxFormat chooseFormat(llvm::MemoryBufferRef buffer) {
  StringRef name = buffer.getBufferIdentifier();
  if (name.ends_with(".onnxtxt"))
    return OnnxFormat::Text;
  if (name.ends_with(".onnx"))
    return OnnxFormat::Binary;
  // The wire format holds bytes of control already in its first fields.
  for (unsigned char c : buffer.getBuffer().take_front(1024))
    if (c < 0x20 && c != '\t' && c != '\n' && c != '\r')
      return OnnxFormat::Binary;
  return OnnxFormat::Text;
}

static LogicalResult readBinary(StringRef bytes, Location location,
                                onnx::ModelProto &model) {
  if (bytes.size() > std::numeric_limits<int>::max())
    return emitError(location)
           << "expected a model of less than 2 GiB, got " << bytes.size()
           << " bytes; larger ones keep their tensors in "
              "files of external data";
  // Protobuf would print its own messages.
  google::protobuf::LogSilencer silencer;
  google::protobuf::io::ArrayInputStream array(bytes.data(), bytes.size());
  google::protobuf::io::CodedInputStream stream(&array);
  stream.SetTotalBytesLimit(std::numeric_limits<int>::max());
  if (!model.ParseFromCodedStream(&stream) || !stream.ConsumedEntireMessage() ||
      !model.has_graph())
    return emitError(location)
           << "not an ONNX model, or a damaged or truncated one";
  return success();
}

/// Where brackets nest deeper than allowed, outside of strings and comments.
static std::optional<size_t> findTooDeep(StringRef text) {
  int64_t depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '"') {
      for (++i; i < text.size() && text[i] != '"'; ++i)
        if (text[i] == '\\')
          ++i;
    } else if (c == '#') {
      i = std::min(text.find('\n', i), text.size());
    } else if (StringRef("([{<").contains(c)) {
      if (++depth > kDeepestText)
        return i;
    } else if (StringRef(")]}>").contains(c)) {
      --depth;
    }
  }
  return std::nullopt;
}

static LogicalResult readText(llvm::MemoryBufferRef buffer,
                              MLIRContext &context, onnx::ModelProto &model) {
  StringRef text = buffer.getBuffer();
  StringRef name = buffer.getBufferIdentifier();
  if (std::optional<size_t> offset = findTooDeep(text)) {
    StringRef before = text.take_front(*offset);
    size_t line = before.count('\n') + 1;
    return emitError(FileLineColLoc::get(
               &context, name, line, *offset - (before.rfind('\n') + 1) + 1))
           << "expected brackets nested at most " << kDeepestText << " deep";
  }

  onnx::OnnxParser parser(std::string_view(text.data(), text.size()));
  onnx::Common::Status status;
  try {
    status = parser.Parse(model);
  } catch (const std::logic_error &) {
    // std::out_of_range and std::invalid_argument, from std::stoll.
    status = parser.ParseError("Number malformed or out of range.");
  }
  if (status.IsOK())
    return success();

  // "[ParseError at position (line: 3 column: 7)]\nError context: ...\nWhat."
  StringRef message = status.ErrorMessage();
  SmallVector<StringRef> position;
  unsigned line = 0, column = 0;
  if (llvm::Regex("line: ([0-9]+) column: ([0-9]+)")
          .match(message, &position)) {
    (void)position[1].getAsInteger(10, line);
    (void)position[2].getAsInteger(10, column);
  }
  StringRef what = message.rtrim().rsplit('\n').second;
  return emitError(FileLineColLoc::get(&context, name, line, column))
         << "cannot read ONNX text: "
         << (what.empty() ? message.rtrim() : what);
}

LogicalResult bn::readModel(llvm::MemoryBufferRef buffer,
                            std::optional<OnnxFormat> format,
                            MLIRContext &context, onnx::ModelProto &model) {
  Location location =
      FileLineColLoc::get(&context, buffer.getBufferIdentifier(), 0, 0);
  if (buffer.getBufferSize() == 0)
    return emitError(location) << "expected an ONNX model, got an empty file";
  if (format.value_or(chooseFormat(buffer)) == OnnxFormat::Text)
    return readText(buffer, context, model);
  return readBinary(buffer.getBuffer(), location, model);
}
