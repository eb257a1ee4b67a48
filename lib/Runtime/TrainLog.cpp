//===- TrainLog.cpp - Training as lines of JSON -----------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TrainLog.h"
#include "Json.h"
#include "bn/Runtime/Readers.h"
#include "bn/Runtime/Writers.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

using namespace bn::runtime;

TrainLog::~TrainLog() {
  if (file)
    fclose(file);
}

/// The number behind `"key":` in a line that this class wrote, or -1.
static int64_t numberBehind(std::string_view line, const char *key) {
  size_t place = line.find(key);
  if (place == std::string_view::npos)
    return -1;
  std::string rest(line.substr(place + strlen(key)));
  return strtoll(rest.c_str(), nullptr, 10);
}

/// The lines up to a step and an epoch. A last line that a killed run left
/// incomplete is among the dropped ones.
static std::string keepLines(std::string_view bytes, int64_t step,
                             int64_t epoch) {
  std::string kept;
  for (size_t end; (end = bytes.find('\n')) != std::string_view::npos;
       bytes.remove_prefix(end + 1)) {
    std::string_view line = bytes.substr(0, end + 1);
    int64_t lineStep = numberBehind(line, "\"step\":");
    bool isOld = lineStep >= 0 ? lineStep <= step
                               : numberBehind(line, "\"epoch\":") <= epoch;
    if (isOld)
      kept += line;
  }
  return kept;
}

Error TrainLog::open(const std::string &newPath, int64_t step, int64_t epoch,
                     int newDigits) {
  if (newPath.empty())
    return Error::success();
  path = newPath;
  digits = newDigits;
  if (Error error = checkWritable(path))
    return error;
  bool continues = step > 0 && access(path.c_str(), R_OK) == 0;
  if (continues) {
    Expected<Buffer> old = readFile(path);
    if (!old)
      return old.takeError();
    std::string kept = keepLines({old->data(), old->size()}, step, epoch);
    if (Error error = writeFile(path, {kept}))
      return error;
  }
  file = fopen(path.c_str(), continues ? "ae" : "we");
  if (!file)
    return Error::make("cannot write: %s", strerror(errno)).inFile(path);
  setvbuf(file, buffer, _IOFBF, sizeof buffer);
  return Error::success();
}

void TrainLog::addStep(int64_t epoch, int64_t step, double loss) {
  if (!file)
    return;
  fprintf(file, "{\"epoch\":%lld,\"step\":%lld,\"loss\":",
          static_cast<long long>(epoch), static_cast<long long>(step));
  if (isfinite(loss))
    fprintf(file, "%.*g}\n", digits, loss);
  else // JSON has no such number
    fputs("null}\n", file);
}

void TrainLog::addEpoch(int64_t epoch, const EpochRecord &record,
                        const std::string &extra) {
  if (!file)
    return;
  fprintf(file,
          "{\"epoch\":%lld,\"train_loss\":%s,\"train_accuracy\":%s,"
          "\"test_accuracy\":%s,\"examples_per_second\":%s%s}\n",
          static_cast<long long>(epoch),
          jsonNumber(record.trainLoss, digits).c_str(),
          jsonNumber(record.trainAccuracy).c_str(),
          jsonNumber(record.testAccuracy).c_str(),
          jsonNumber(record.examplesPerSecond, 6).c_str(), extra.c_str());
}

Error TrainLog::flush() {
  if (!file || (fflush(file) == 0 && !ferror(file)))
    return Error::success();
  return Error::make("cannot write: %s", strerror(errno)).inFile(path);
}
