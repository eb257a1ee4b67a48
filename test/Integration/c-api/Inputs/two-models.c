/*===- two-models.c - Two models in one program ------------------*- C -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===-------------------------------------------------------------------===*/

#include "bn/Runtime/Abi.h"
#include "lenet.h"
#include "simple.h"

#include <stdio.h>

static void show(const char *name, const bn_model *model) {
  printf("%s: input %s, output %s\n", name, model->inputs[0].name,
         model->outputs[0].name);
}

int main(void) {
  show("lenet", lenet_model());
  show("simple", simple_model());
  return 0;
}
