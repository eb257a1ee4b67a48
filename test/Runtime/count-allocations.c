//===- count-allocations.c - Counts calls of malloc -------------*- C -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// To be preloaded into a program: writes the number of its allocations to
// allocations.txt when it ends.
//
//===----------------------------------------------------------------------===//

#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>

// glibc's own names of what is replaced here.
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static atomic_long calls;

void *malloc(size_t size) {
  ++calls;
  return __libc_malloc(size);
}
void *calloc(size_t count, size_t size) {
  ++calls;
  return __libc_calloc(count, size);
}
void *realloc(void *old, size_t size) {
  ++calls;
  return __libc_realloc(old, size);
}
void *aligned_alloc(size_t alignment, size_t size) {
  ++calls;
  return __libc_memalign(alignment, size);
}

__attribute__((destructor)) static void report(void) {
  long total = calls;
  FILE *file = fopen("allocations.txt", "w");
  if (!file)
    return;
  fprintf(file, "%ld\n", total);
  fclose(file);
}
