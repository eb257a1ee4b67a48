//===- OutputFile.cpp - Files written whole or not at all -----------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Driver/OutputFile.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <unistd.h>

using namespace llvm;
using namespace mlir::bn;

static Error cannotWrite(std::error_code error) {
  return createStringError(error, "cannot write: " + error.message());
}

/// The directory in which temporary files for `target` are made: its own, so
/// that renaming does not cross file systems.
static std::string modelPath(StringRef target) {
  SmallString<128> model(sys::path::parent_path(target));
  sys::path::append(model, "." + sys::path::filename(target) + "-%%%%%%.tmp");
  return std::string(model);
}

Expected<OutputFile> OutputFile::create(StringRef path) {
  OutputFile output;
  output.path = path.str();
  output.target = path.str();
  output.isStream = path == "-";
  sys::fs::file_status status;
  if (!output.isStream && !sys::fs::status(path, status)) {
    if (sys::fs::is_directory(status))
      return cannotWrite(std::make_error_code(std::errc::is_a_directory));
    if (std::error_code error =
            sys::fs::access(path, sys::fs::AccessMode::Write))
      return cannotWrite(error);
    output.isStream = !sys::fs::is_regular_file(status);
    SmallString<128> resolved;
    if (!sys::fs::real_path(path, resolved))
      output.target = std::string(resolved);
  }
  std::string model;
  if (output.isStream) {
    SmallString<128> directory;
    sys::path::system_temp_directory(/*ErasedOnReboot=*/true, directory);
    sys::path::append(directory, "bn-opt-%%%%%%.tmp");
    model = std::string(directory);
  } else {
    model = modelPath(output.target);
  }
  Expected<sys::fs::TempFile> file = sys::fs::TempFile::create(model);
  if (!file)
    return cannotWrite(errorToErrorCode(file.takeError()));
  output.file = std::move(*file);
  return output;
}

OutputFile::~OutputFile() {
  if (file)
    consumeError(file->discard());
}

StringRef OutputFile::getTemporaryPath() const { return file->TmpName; }

static Error writeTo(int descriptor, bool shouldClose, StringRef bytes) {
  raw_fd_ostream stream(descriptor, shouldClose, /*unbuffered=*/true);
  stream << bytes;
  if (!stream.has_error())
    return Error::success();
  std::error_code error = stream.error();
  stream.clear_error();
  return cannotWrite(error);
}

Error OutputFile::write(StringRef bytes) {
  return writeTo(file->FD, /*shouldClose=*/false, bytes);
}

Error OutputFile::copyToTarget() {
  auto bytes = MemoryBuffer::getFile(getTemporaryPath());
  if (!bytes)
    return cannotWrite(bytes.getError());
  if (path == "-")
    return writeTo(STDOUT_FILENO, /*shouldClose=*/false, (*bytes)->getBuffer());
  int descriptor;
  if (std::error_code error =
          sys::fs::openFileForWrite(path, descriptor, sys::fs::CD_OpenExisting))
    return cannotWrite(error);
  return writeTo(descriptor, /*shouldClose=*/true, (*bytes)->getBuffer());
}

Error OutputFile::commit() {
  if (isStream)
    return copyToTarget();
  sys::fs::TempFile done = std::move(*file);
  file.reset();
  if (Error error = done.keep(target))
    return cannotWrite(errorToErrorCode(std::move(error)));
  return Error::success();
}
