//===- CudaOnCpu.cpp - CUDA text as a library for the CPU -----------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Target/Object/CudaOnCpu.h"
#include "bn/Target/Object/HostTools.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace mlir::bn;

static SmallVector<StringRef> getBuildFlags(CudaOnCpuMode mode, bool isClang) {
  if (mode == CudaOnCpuMode::Plain)
    return {"-O2", "-g1"};
  if (isClang)
    return {"-O1", "-g", "-fsanitize=thread",
            // Accesses of whole vector registers are not instrumented.
            "-fno-vectorize", "-fno-slp-vectorize", "-mllvm",
            "-tsan-instrument-func-entry-exit=0"};
  return {"-O1", "-g", "-fsanitize=thread", "--param",
          "tsan-instrument-func-entry-exit=0"};
}

Error mlir::bn::compileCudaOnCpu(StringRef input, StringRef output,
                                 const CudaOnCpuOptions &options) {
  Expected<std::string> compiler =
      findTool("C++ compiler for CUDA text on the CPU",
               {"g++", "clang++-22", "clang++"});
  if (!compiler)
    return compiler.takeError();
  Expected<std::string> headers =
      findBesideProgram("the headers for CUDA on the CPU were",
                        {"include/bn/Runtime/CudaOnCpu"}, options.programPath);
  if (!headers)
    return headers.takeError();
  // Text may include the C interface as well.
  StringRef include = *headers;
  for (int i = 0; i < 3; ++i)
    include = sys::path::parent_path(include);
  Expected<std::string> library = findBesideProgram(
      "the library for CUDA on the CPU was",
      {"lib/libbn-cuda-on-cpu.a", "lib/bn-opt/libbn-cuda-on-cpu.a"},
      options.programPath);
  if (!library)
    return library.takeError();

  ScratchFile object;
  if (Error error = object.create("o", ""))
    return error;
  bool isClang = sys::path::filename(*compiler).contains("clang");
  SmallVector<StringRef> arguments = getBuildFlags(options.mode, isClang);
  // Products and sums are one operation only where the text says so.
  arguments.append({"-std=c++17", "-ffp-contract=off", "-fPIC",
                    "-Wno-unknown-pragmas", "-I", *headers, "-I", include, "-x",
                    "c++", "-c", input, "-o", object.getPath()});
  if (Error error = runTool("compiling for the CPU", *compiler, arguments))
    return error;
  // Another library with kernels may be in the same program: each has its own
  // copy of what runs them. -fsanitize would bring the compiler's own library.
  return runTool("linking for the CPU", *compiler,
                 {"-shared", "-o", output, object.getPath(), *library, "-ldl",
                  "-Wl,-Bsymbolic", "-Wl,--exclude-libs,ALL", "-Wl,-z,defs"});
}
