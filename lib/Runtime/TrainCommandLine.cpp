//===- TrainCommandLine.cpp - The command line of trainers ------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Runtime/LearningRate.h"
#include "bn/Runtime/Preprocess.h"
#include "bn/Runtime/Runner.h"
#include "bn/Runtime/Trainer.h"

#include <stdio.h>
#include <string.h>

using namespace bn::runtime;

static constexpr int64_t most = int64_t(1) << 40;

void bn::runtime::addStepOptions(std::vector<Option> &table,
                                 TrainOptions &options) {
  constexpr int64_t mostThreads = 1024;
  const Option rows[] = {
      realOption("--momentum", "X", "of gradient descent (0)", options.momentum,
                 0),
      flagOption("--nesterov", "Nesterov's momentum", options.nesterov),
      realOption("--weight-decay", "X", "times the parameters (0)",
                 options.weightDecay, 0),
      textOption("--schedule", "SCHEDULE",
                 "of the rate: constant, step:EPOCHS,FACTOR or cosine",
                 options.schedule),
      integerOption("--warmup", "STEPS", "steps of rising rate first (0)",
                    options.warmup, 0, most),
      integerOption("--seed", "N", "of shuffling, dropout and --init (0)",
                    options.seed, 0, INT64_MAX),
      flagOption("--no-shuffle", "keep the order of the file",
                 options.noShuffle),
      flagOption("--drop-last", "skip a last batch that is short",
                 options.dropLast),
      integerOption("--threads", "N", "threads to use (default: all)",
                    options.threads, 1, mostThreads)};
  table.insert(table.end(), rows, rows + sizeof rows / sizeof *rows);
}

void bn::runtime::addTrainOptions(std::vector<Option> &table,
                                  TrainOptions &options) {
  const Option rows[] = {
      textOption("--data", "DIR",
                 "data set: IDX files, CIFAR-10's .bin, or train-images.npy",
                 options.data),
      integerOption("--epochs", "N", "passes over the data (10)",
                    options.epochs, 1, most),
      integerOption("--batch", "N", "rows of a step (128)", options.batch, 1,
                    most),
      realOption("--lr", "X", "learning rate (0.1)", options.rate, 0)};
  table.insert(table.end(), rows, rows + sizeof rows / sizeof *rows);
  addStepOptions(table, options);
  const Option files[] = {
      textOption("--normalize", "MEAN,STD",
                 "for byte input, after division by 255 (default: the model's)",
                 options.normalize),
      textOption("--init", "file|random",
                 "begin with the model's weights (file) or new ones",
                 options.init),
      realOption("--init-scale", "X", "multiply the first weights (1)",
                 options.initScale, 0),
      textOption("--log", "FILE.jsonl", "a line for each step and each epoch",
                 options.log),
      flagOption("--log-stats",
                 "gradients and activations of each layer, for each epoch",
                 options.logStats),
      textOption("--plot", "FILE.svg", "draw loss and accuracy", options.plot),
      textOption("--save", "FILE.onnx", "write the trained model",
                 options.save),
      textOption("--checkpoint", "FILE",
                 "after each epoch, and when stopped, write the state",
                 options.checkpoint),
      textOption("--resume", "FILE", "go on from a checkpoint",
                 options.resume)};
  table.insert(table.end(), files, files + sizeof files / sizeof *files);
}

Error bn::runtime::checkUsage(const TrainOptions &options) {
  if (options.data.empty())
    return Error::make("expected --data DIR; see --help");
  if (options.init != "file" && options.init != "random")
    return Error::make("--init: expected file or random, got '%s'",
                       options.init.c_str());
  if (options.nesterov && options.momentum == 0)
    return Error::make("--nesterov needs --momentum");
  Expected<LearningRate> schedule = LearningRate::parse(options.schedule);
  if (!schedule)
    return schedule.takeError();
  if (options.normalize.empty())
    return Error::success();
  Expected<Normalization> parsed = parseNormalization(options.normalize);
  return parsed ? Error::success() : parsed.takeError();
}

static const char *optimizerName(const bn_trainer &trainer) {
  return trainer.optimizer == BN_SGD    ? "SGD"
         : trainer.optimizer == BN_ADAM ? "Adam"
                                        : "AdamW";
}

static void printHelp(const bn_trainer &trainer, const char *program,
                      const std::vector<Option> &table) {
  printf("Trains the model '%s' (%s, %s).\n\nUsage: %s --data DIR "
         "[options]\n\nDIR holds train-images-idx3-ubyte, "
         "train-labels-idx1-ubyte, t10k-... (.gz or not),\n"
         "data_batch_1.bin, ..., test_batch.bin, or train-images.npy, "
         "train-labels.npy,\ntest-....\n\nOptions:\n",
         trainer.predict->name,
         trainer.loss == BN_CROSS_ENTROPY ? "cross-entropy" : "squared error",
         optimizerName(trainer), program);
  printOptions(table);
  printf("\nCtrl-C stops after the step, and saves.\nExit status: 0 done, 1 "
         "failed, 2 wrong usage.\n");
}

int bn::runtime::runTrainerCommandLine(const bn_trainer &trainer, int argc,
                                       char **argv) {
  guardStandardStreams();
  const char *program = argc > 0 ? argv[0] : trainer.predict->name;
  if (const char *slash = strrchr(program, '/'))
    program = slash + 1;

  TrainOptions options;
  bool help = false, version = false;
  std::vector<Option> table;
  std::vector<std::string> operands;
  addTrainOptions(table, options);
  table.push_back(flagOption("--help", "print this text", help));
  table.push_back(flagOption("--version", "print the version", version));
  auto failUsage = [&](const Error &error) {
    printError(program, error);
    return ExitUsage;
  };
  if (Error error = parseCommandLine(argc, argv, table, operands))
    return failUsage(error);
  if (!operands.empty())
    return failUsage(Error::make("unexpected operand '%s'; see --help",
                                 operands[0].c_str()));
  int status = ExitDone;
  if (help)
    printHelp(trainer, program, table);
  else if (version)
    printf("%s, compiled by bn-opt %s\n", trainer.predict->name, BN_VERSION);
  else if (Error error = checkUsage(options))
    return failUsage(error);
  else
    status = runTraining(trainer, options, program);
  return finishStandardOutput(program, status);
}
