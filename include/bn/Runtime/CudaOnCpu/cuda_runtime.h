//===- cuda_runtime.h - CUDA text as a program for the CPU ---- -*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Found before NVIDIA's header of this name, it makes concrete (non-template)
// CUDA C++ a program for the CPU, with the library libbn-cuda-on-cpu.a. The
// text stays as it is, but launches are written with `cudaLaunchKernelEx`
// (`<<<>>>` is no C++) and shared arrays are static: `alignas(16) __shared__
// float tile[64];`, not within templates or inline functions. Every GPU thread
// is a fiber, blocks run one after another, streams at once.
//
// With DIR for the directory of this file, in all three builds
//   FLAGS = -x c++ -std=c++17 -ffp-contract=off -Wno-unknown-pragmas -I DIR
//   LIBS = -x none libbn-cuda-on-cpu.a -ldl
// and the text becomes a program (or a library, with -fPIC and -shared) by
//   plain:    c++ FLAGS -O2 -g1 model.cu LIBS
//   checking: c++ FLAGS -O1 -g -fsanitize=thread -c model.cu -o model.o
//             c++ model.o LIBS (without -fsanitize: the library has its own
//             functions for what the compiler inserts; clang also needs
//             -fno-vectorize -fno-slp-vectorize)
//   address:  c++ FLAGS -O1 -g -fsanitize=address model.cu LIBS (clang also
//             needs -fsanitize-address-use-after-return=never)
//
// Every build finds divergent barriers, deadlocks of warp operations, wrong
// masks and copies past the end of an allocation. Allocations and shared memory
// are filled with NaN, so that what was not written shows. The checking build
// finds races between threads and between blocks, reads of memory that nothing
// has written, accesses out of bounds of an allocation or after it was freed,
// and memory of the host used by the device or the other way round. The address
// build finds accesses that leave a shared array for its neighbour; it has no
// grid-wide barriers. A fault is reported on stderr with kernel, block, thread
// and line, and ends the program with status 1.
//
// BN_CUDA_SCHEDULE in the environment, read at each launch, says in which order
// threads and blocks run: forward (the default), reverse or random:SEED.
//
// Not seen: the memory model's reordering, order between streams, time.
//
//===----------------------------------------------------------------------===//

#ifndef BN_RUNTIME_CUDAONCPU_CUDA_RUNTIME_H
#define BN_RUNTIME_CUDAONCPU_CUDA_RUNTIME_H

/// Tells text for the CPU from text for nvcc.
#define BN_CUDA_ON_CPU 1

#include "DeviceFunctions.h"
#include "HostFunctions.h"
#include "Launch.h"
#include "VectorTypes.h"
#include "WarpFunctions.h"

#endif // BN_RUNTIME_CUDAONCPU_CUDA_RUNTIME_H
