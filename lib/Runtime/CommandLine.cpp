//===- CommandLine.cpp - The command line of executables --------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Runtime/Runner.h"

#include <stdio.h>
#include <string.h>

using namespace bn::runtime;

#ifndef BN_VERSION
#error "the build defines BN_VERSION"
#endif

void bn::runtime::addRunOptions(std::vector<Option> &table,
                                RunOptions &options) {
  constexpr int64_t mostThreads = 1024, mostClasses = 1000000;
  const Option rows[] = {
      listOption("--input", "NAME=FILE", "data for the input of that name",
                 options.namedInputs),
      textOption("-o", "FILE", "write the outputs to FILE, .npy or .npz",
                 options.output),
      textOption("--expect", "FILE", "compare the outputs with those in FILE",
                 options.expect),
      realOption("--rtol", "X", "relative tolerance of a comparison (1e-4)",
                 options.rtol, 0),
      realOption("--atol", "X", "absolute tolerance of a comparison (1e-5)",
                 options.atol, 0),
      textOption("--labels", "FILE", "true classes: print the accuracy",
                 options.labels),
      textOption("--mistakes", "FILE",
                 "with --labels: draw the misread inputs into a .png",
                 options.mistakes),
      textOption("--normalize", "MEAN,STD",
                 "for byte input, after division by 255 (default: the model's)",
                 options.normalize),
      textOption("--target", "cpu|cuda", "where to run (default: cpu)",
                 options.target),
      integerOption("--threads", "N", "threads to use (default: all)",
                    options.threads, 1, mostThreads),
      integerOption("--top", "K", "print the K best classes of each row",
                    options.top, 1, mostClasses),
      flagOption("--info", "print signature, memory and operations",
                 options.info),
      flagOption("--json", "print the results as JSON", options.json)};
  table.insert(table.end(), rows, rows + sizeof rows / sizeof *rows);
}

static void printHelp(const bn_model &model, const char *program,
                      const std::vector<Option> &table) {
  printf("Runs the model '%s'.\n\n"
         "Usage: %s [options] DATA...\n\n"
         "DATA, one for each input, is .npy, .npz with arrays named as the "
         "inputs, .pb\n(an ONNX tensor), IDX (.gz too), CIFAR-10's .bin, a "
         "PNG, PGM or PPM picture, or\nan ONNX test directory (its "
         "output_*.pb are compared). A model with one input\ntakes several "
         "DATA, one after another.\n\nOptions:\n",
         model.name, program);
  printOptions(table);
  printf("\nExit status: 0 done and equal, 1 failed or different, 2 wrong "
         "usage.\n");
}

int bn::runtime::runCommandLine(const bn_model &model, int argc, char **argv) {
  guardStandardStreams();
  const char *program = argc > 0 ? argv[0] : model.name;
  if (const char *slash = strrchr(program, '/'))
    program = slash + 1;

  RunOptions options;
  bool help = false, version = false;
  std::vector<Option> table;
  addRunOptions(table, options);
  table.push_back(flagOption("--help", "print this text", help));
  table.push_back(flagOption("--version", "print the version", version));
  if (Error error = parseCommandLine(argc, argv, table, options.data)) {
    printError(program, error);
    return ExitUsage;
  }
  int status = ExitDone;
  if (help) {
    printHelp(model, program, table);
  } else if (version) {
    printf("%s, compiled by bn-opt %s\n", model.name, BN_VERSION);
  } else if (Error error = checkUsage(options)) {
    printError(program, error);
    return ExitUsage;
  } else {
    status = runModel(model, options, program);
  }
  return finishStandardOutput(program, status);
}
