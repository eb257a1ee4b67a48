//===- Error.cpp - Errors as values -----------------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Runtime/Error.h"

#include <stdarg.h>
#include <stdio.h>

using namespace bn::runtime;

Error Error::make(const char *format, ...) {
  char buffer[1024];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(buffer, sizeof buffer, format, arguments);
  va_end(arguments);
  Error error;
  error.failed = true;
  error.text = buffer;
  return error;
}

Error Error::inFile(const std::string &path) && {
  if (failed && file.empty())
    file = path;
  return std::move(*this);
}

static void printDiagnostic(const char *severity, const std::string &culprit,
                            const std::string &message) {
  std::string line = culprit + ": " + severity + ": " + message;
  for (char &c : line)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      c = '?';
  fprintf(stderr, "%s\n", line.c_str());
}

void bn::runtime::printError(const char *program, const Error &error) {
  printDiagnostic("error", error.culprit().empty() ? program : error.culprit(),
                  error.message());
}

void bn::runtime::printWarning(const std::string &culprit,
                               const std::string &message) {
  printDiagnostic("warning", culprit, message);
}
