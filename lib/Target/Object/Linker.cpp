//===- Linker.cpp - Programs and shared libraries -------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Target/Object/Linker.h"

#include "bn/Target/Object/HostTools.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"

using namespace llvm;
using namespace mlir::bn;

Error mlir::bn::linkProgram(MemoryBufferRef object, StringRef output,
                            const LinkerOptions &options) {
  // What drives the link must know where the C library's start-up code is; a
  // bare linker does not.
  Expected<std::string> linker =
      findTool("linker", {"cc", "gcc", "clang-22", "clang"});
  if (!linker)
    return linker.takeError();
  Expected<std::string> runtime = findBesideProgram(
      "the runtime was",
      {"lib/libbn-standalone.a", "lib/bn-opt/libbn-standalone.a"},
      options.programPath);
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
  return runTool("linking", *linker, arguments);
}

Error mlir::bn::linkSharedLibrary(MemoryBufferRef object, StringRef output,
                                  StringRef name) {
  Expected<std::string> linker = findTool(
      "linker", {"cc", "gcc", "clang-22", "clang", "ld.lld", "ld.lld-22"});
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
  return runTool("linking", *linker, arguments);
}

/// nvcc: on PATH, in its usual place, or where tools/setup.sh puts it.
static Expected<std::string> findNvcc(StringRef programPath) {
  if (ErrorOr<std::string> path = sys::findProgramByName("nvcc"))
    return *path;
  if (ErrorOr<std::string> path =
          sys::findProgramByName("nvcc", {"/usr/local/cuda/bin"}))
    return *path;
  return findBesideProgram("no nvcc on PATH or in /usr/local/cuda/bin (an "
                           "output that ends in .cu needs none); that of "
                           "tools/setup.sh was",
                           {"deps/cuda/bin/nvcc"}, programPath);
}

Error mlir::bn::compileCuda(StringRef text, StringRef output,
                            StringRef architecture, bool isShared,
                            const LinkerOptions &options) {
  Expected<std::string> compiler = findNvcc(options.programPath);
  if (!compiler)
    return compiler.takeError();
  ScratchFile input;
  if (Error error = input.create("cu", text))
    return error;
  std::string target = ("-arch=" + architecture).str();
  SmallVector<StringRef> arguments = {
      "-O3", "-std=c++17", "-fmad=false",  target,
      "-o",  output,       input.getPath()};
  if (isShared) {
    arguments.append({"-shared", "-Xcompiler", "-fPIC"});
    return runTool("compiling for CUDA", *compiler, arguments);
  }
  Expected<std::string> runtime = findBesideProgram(
      "the runtime was",
      {"lib/libbn-standalone.a", "lib/bn-opt/libbn-standalone.a"},
      options.programPath);
  if (!runtime)
    return runtime.takeError();
  arguments.append({*runtime, "-lm"});
  if (options.isTrainer)
    arguments.append({"-Xlinker", "--gc-sections", "-Xlinker",
                      "--defsym=main=bn_trainer_main", "-Xlinker",
                      "--undefined=bn_trainer_main"});
  return runTool("compiling for CUDA", *compiler, arguments);
}
