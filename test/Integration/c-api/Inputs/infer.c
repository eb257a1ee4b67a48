/*===- infer.c - A program that uses a compiled model ------------*- C -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===-------------------------------------------------------------------===*/

#define _POSIX_C_SOURCE 200112L
#include "lenet.h"

#include <stdio.h>
#include <stdlib.h>

enum { Rows = 2, Pixels = 28 * 28, Classes = 10 };

static int best(const float *logits) {
  int i, result = 0;
  for (i = 1; i < Classes; ++i)
    if (logits[i] > logits[result])
      result = i;
  return result;
}

int main(void) {
  static float images[Rows * Pixels], logits[Rows * Classes];
  void *workspace;
  int i;
  if (posix_memalign(&workspace, LENET_WORKSPACE_ALIGNMENT,
                     (size_t)LENET_WORKSPACE_BYTES(Rows)))
    return 1;
  /* The same picture twice: a vertical stroke. */
  for (i = 0; i < Rows * Pixels; ++i)
    images[i] = i % 28 >= 12 && i % 28 < 16 ? 1.0f : -1.0f;

  if (lenet_infer(images, logits, 0, workspace) != 0)
    printf("a batch of 0 is refused\n");
  if (lenet_infer(images, logits, Rows, workspace) != 0)
    return 1;
  printf("%d rows, the same class: %s\n", Rows,
         best(logits) == best(logits + Classes) ? "yes" : "no");
  free(workspace);
  return 0;
}
