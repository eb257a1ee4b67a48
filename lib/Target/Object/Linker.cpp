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
