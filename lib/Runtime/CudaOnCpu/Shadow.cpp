//===- Shadow.cpp - What is known of each word of memory ------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Shadow.h"

#include <cstdio>
#include <cstdlib>
#include <sys/mman.h>

using namespace bn::cuda;

/// Zeros that take memory when they are first written.
static void *allocateZeros(size_t bytes) {
  void *zeros = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, /*fd=*/-1, 0);
  if (zeros == MAP_FAILED) {
    std::fprintf(stderr, "cuda-on-cpu: error: no memory for the checks\n");
    std::quick_exit(1);
  }
  return zeros;
}

Shadow::Shadow(size_t bytes) : count((bytes + wordBytes - 1) / wordBytes) {
  words = static_cast<Word *>(allocateZeros((count + 1) * sizeof(Word)));
  written = static_cast<uint8_t *>(allocateZeros(count + 1));
}

Shadow::~Shadow() {
  munmap(words, (count + 1) * sizeof(Word));
  munmap(written, count + 1);
}

void Shadow::initialize(size_t offset, size_t bytes) {
  for (size_t i = offset, end = offset + bytes; i < end;) {
    if (i % wordBytes == 0 && end - i >= wordBytes) {
      written[i / wordBytes] = 0xf;
      i += wordBytes;
    } else {
      written[i / wordBytes] |= 1u << i % wordBytes;
      ++i;
    }
  }
}
