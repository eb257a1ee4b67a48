//===- Linker.cpp - Programs and shared libraries -------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Target/Object/Linker.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace {

/// A file in the system's temporary directory, removed on every way out, by
/// return or by signal.
class ScratchFile {
public:
  ScratchFile() = default;
  ScratchFile(const ScratchFile &) = delete;
  ~ScratchFile() {
    if (path.empty())
      return;
    sys::fs::remove(path);
    sys::DontRemoveFileOnSignal(path);
  }

  Error create(StringRef suffix, StringRef bytes) {
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
    return createStringError(error,
                             path + ": cannot write: " + error.message());
  }

  StringRef getPath() const { return path; }

private:
  SmallString<128> path;
};

} // namespace

/// The first of `names` on PATH.
static Expected<std::string> findLinker(ArrayRef<StringRef> names) {
  for (StringRef name : names)
    if (ErrorOr<std::string> path = sys::findProgramByName(name))
      return *path;
  return createStringError("no linker found; looked on PATH for " +
                           join(names, ", "));
}

static Error runLinker(StringRef linker, ArrayRef<StringRef> arguments) {
  ScratchFile messages;
  if (Error error = messages.create("txt", ""))
    return error;
  SmallVector<StringRef> command = {linker};
  command.append(arguments.begin(), arguments.end());
  std::string problem;
  std::optional<StringRef> redirects[] = {StringRef(), messages.getPath(),
                                          messages.getPath()};
  int status = sys::ExecuteAndWait(linker, command, /*Env=*/std::nullopt,
                                   redirects, /*SecondsToWait=*/0,
                                   /*MemoryLimit=*/0, &problem);
  if (status == 0)
    return Error::success();
  std::string text = problem;
  if (auto printed = MemoryBuffer::getFile(messages.getPath()))
    text += (*printed)->getBuffer().rtrim();
  return createStringError("linking with " + linker + " failed" +
                           (text.empty() ? "" : ":\n" + text));
}

/// The runtime's archive `name`, beside the program.
static Expected<std::string> findArchive(StringRef name,
                                         StringRef programPath) {
  SmallString<256> prefix(
      sys::path::parent_path(sys::path::parent_path(programPath)));
  SmallVector<std::string> tried;
  for (StringRef directory : {"lib", "lib/bn-opt"}) {
    SmallString<256> path(prefix);
    sys::path::append(path, directory, name);
    if (sys::fs::exists(path))
      return std::string(path);
    tried.push_back(std::string(path));
  }
  return createStringError("the runtime was not found; looked for " +
                           join(tried, ", "));
}

Error mlir::bn::linkProgram(MemoryBufferRef object, StringRef output,
                            const LinkerOptions &options) {
  // What drives the link must know where the C library's start-up code is; a
  // bare linker does not.
  Expected<std::string> linker = findLinker({"cc", "gcc", "clang-22", "clang"});
  if (!linker)
    return linker.takeError();
  Expected<std::string> runtime =
      findArchive("libbn-standalone.a", options.programPath);
  if (!runtime)
    return runtime.takeError();
  ScratchFile input;
  if (Error error = input.create("o", object.getBuffer()))
    return error;
  // The archive holds everything but the C library, so that the program runs on
  // machines that have nothing of it.
  SmallVector<StringRef> arguments = {
      "-o",  output,           input.getPath(),     *runtime,
      "-lm", "-static-libgcc", "-Wl,--gc-sections", "-s"};
  // The archive's `main` runs a model. Nothing else asks for the other one.
  if (options.isTrainer)
    arguments.append({"-Wl,--defsym=main=bn_trainer_main",
                      "-Wl,--undefined=bn_trainer_main"});
  return runLinker(*linker, arguments);
}

Error mlir::bn::linkSharedLibrary(MemoryBufferRef object, StringRef output,
                                  StringRef name) {
  Expected<std::string> linker =
      findLinker({"cc", "gcc", "clang-22", "clang", "ld.lld", "ld.lld-22"});
  if (!linker)
    return linker.takeError();
  ScratchFile input;
  if (Error error = input.create("o", object.getBuffer()))
    return error;
  bool isDriver = !sys::path::filename(*linker).starts_with("ld.");
  std::string soname = ((isDriver ? "-Wl,-soname," : "-soname=") + name).str();
  SmallVector<StringRef> arguments = {"-shared",       "-o",   output,
                                      input.getPath(), soname, "-s"};
  // A bare linker does not know where the C library is; the program that loads
  // the library brings it.
  if (isDriver)
    arguments.append({"-Wl,--as-needed", "-lm"});
  return runLinker(*linker, arguments);
}

Error mlir::bn::compileCuda(StringRef text, StringRef output,
                            StringRef architecture, bool isShared,
                            StringRef programPath) {
  // On PATH, where tools/setup.sh puts it, or in its usual place.
  SmallString<256> local(
      sys::path::parent_path(sys::path::parent_path(programPath)));
  sys::path::append(local, "deps", "cuda", "bin");
  StringRef directories[] = {local, "/usr/local/cuda/bin"};
  ErrorOr<std::string> compiler = sys::findProgramByName("nvcc");
  if (!compiler)
    compiler = sys::findProgramByName("nvcc", directories);
  if (!compiler)
    return createStringError("no nvcc found; looked on PATH and in " +
                             join(ArrayRef<StringRef>(directories), ", ") +
                             ". The text alone, with an output that ends in "
                             ".cu, needs none");
  ScratchFile input;
  if (Error error = input.create("cu", text))
    return error;
  std::string target = ("-arch=" + architecture).str();
  SmallVector<StringRef> arguments = {
      "-O3", "-std=c++17", "-fmad=false",  target,
      "-o",  output,       input.getPath()};
  Expected<std::string> runtime =
      isShared ? std::string() : findArchive("libbn-standalone.a", programPath);
  if (!runtime)
    return runtime.takeError();
  if (isShared)
    arguments.append({"-shared", "-Xcompiler", "-fPIC"});
  else
    arguments.append({*runtime, "-lm"});
  return runLinker(*compiler, arguments);
}
