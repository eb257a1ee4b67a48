//===- HostTools.cpp - Programs of the computer that compiles -------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Target/Object/HostTools.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdlib>
#include <string>
#include <vector>

using namespace llvm;
using namespace mlir::bn;

ScratchFile::~ScratchFile() {
  if (path.empty())
    return;
  sys::fs::remove(path);
  sys::DontRemoveFileOnSignal(path);
}

Error ScratchFile::create(StringRef suffix, StringRef bytes) {
  int descriptor;
  if (std::error_code error =
          sys::fs::createTemporaryFile("bn-opt", suffix, descriptor, path))
    return createStringError(error, "cannot create a temporary file: " +
                                        error.message());
  sys::RemoveFileOnSignal(path);
  raw_fd_ostream stream(descriptor, /*shouldClose=*/true);
  stream << bytes;
  stream.close();
  if (!stream.has_error())
    return Error::success();
  std::error_code error = stream.error();
  stream.clear_error();
  return createStringError(error, path + ": cannot write: " + error.message());
}

/// Directories that are there: a fault of a kernel on the CPU ends the program
/// by `quick_exit`, without a return.
static std::vector<std::string> &getDirectories() {
  static auto *directories = [] {
    std::at_quick_exit([] {
      for (const std::string &directory : getDirectories())
        sys::fs::remove_directories(directory);
    });
    return new std::vector<std::string>;
  }();
  return *directories;
}

ScratchDirectory::~ScratchDirectory() {
  if (path.empty())
    return;
  sys::fs::remove_directories(path);
  llvm::erase(getDirectories(), path.str());
}

Error ScratchDirectory::create() {
  if (std::error_code error = sys::fs::createUniqueDirectory("bn-opt", path))
    return createStringError(error, "cannot create a temporary directory: " +
                                        error.message());
  getDirectories().push_back(path.str().str());
  return Error::success();
}

Expected<std::string> mlir::bn::findTool(StringRef kind,
                                         ArrayRef<StringRef> names) {
  for (StringRef name : names)
    if (ErrorOr<std::string> path = sys::findProgramByName(name))
      return *path;
  return createStringError("no " + kind + " found; looked on PATH for " +
                           join(names, ", "));
}

Error mlir::bn::runTool(StringRef task, StringRef program,
                        ArrayRef<StringRef> arguments) {
  ScratchFile messages;
  if (Error error = messages.create("txt", ""))
    return error;
  SmallVector<StringRef> command = {program};
  command.append(arguments.begin(), arguments.end());
  std::string problem;
  std::optional<StringRef> redirects[] = {StringRef(), messages.getPath(),
                                          messages.getPath()};
  int status = sys::ExecuteAndWait(program, command, /*Env=*/std::nullopt,
                                   redirects, /*SecondsToWait=*/0,
                                   /*MemoryLimit=*/0, &problem);
  if (status == 0)
    return Error::success();
  std::string text = problem;
  if (auto printed = MemoryBuffer::getFile(messages.getPath()))
    text += (*printed)->getBuffer().rtrim();
  return createStringError(task + " with " + program + " failed" +
                           (text.empty() ? "" : ":\n" + text));
}

Expected<std::string> mlir::bn::findBesideProgram(StringRef kind,
                                                  ArrayRef<StringRef> names,
                                                  StringRef programPath) {
  SmallString<256> prefix(
      sys::path::parent_path(sys::path::parent_path(programPath)));
  SmallVector<std::string> tried;
  for (StringRef name : names) {
    SmallString<256> path(prefix);
    sys::path::append(path, name);
    if (sys::fs::exists(path))
      return std::string(path);
    tried.push_back(std::string(path));
  }
  return createStringError(kind + " not found; looked for " +
                           join(tried, ", "));
}
