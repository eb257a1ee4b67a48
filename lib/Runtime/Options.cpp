//===- Options.cpp - Command-line options -----------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Runtime/Options.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <string_view>

using namespace bn::runtime;

Option bn::runtime::flagOption(const char *name, const char *help,
                               bool &target) {
  return {Option::Kind::Flag, name, nullptr, help, &target};
}

Option bn::runtime::textOption(const char *name, const char *argument,
                               const char *help, std::string &target) {
  return {Option::Kind::Text, name, argument, help, &target};
}

Option bn::runtime::listOption(const char *name, const char *argument,
                               const char *help,
                               std::vector<std::string> &target) {
  return {Option::Kind::List, name, argument, help, &target};
}

Option bn::runtime::integerOption(const char *name, const char *argument,
                                  const char *help, int64_t &target,
                                  int64_t minimum, int64_t maximum) {
  return {
      Option::Kind::Integer, name, argument, help, &target, minimum, maximum};
}

Option bn::runtime::realOption(const char *name, const char *argument,
                               const char *help, double &target,
                               int64_t minimum) {
  return {Option::Kind::Real, name, argument, help, &target, minimum};
}

static Error assign(const Option &option, const char *value) {
  switch (option.kind) {
  case Option::Kind::Flag:
    *static_cast<bool *>(option.target) = true;
    return Error::success();
  case Option::Kind::Text:
    if (!*value)
      return Error::make("%s: expected %s, got nothing", option.name,
                         option.argument);
    *static_cast<std::string *>(option.target) = value;
    return Error::success();
  case Option::Kind::List:
    static_cast<std::vector<std::string> *>(option.target)->push_back(value);
    return Error::success();
  case Option::Kind::Integer: {
    char *end;
    errno = 0;
    long long number = strtoll(value, &end, 10);
    if (end == value || *end || errno || number < option.minimum ||
        number > option.maximum)
      return Error::make("%s: expected a number from %lld to %lld, got '%s'",
                         option.name, static_cast<long long>(option.minimum),
                         static_cast<long long>(option.maximum), value);
    *static_cast<int64_t *>(option.target) = number;
    return Error::success();
  }
  case Option::Kind::Real: {
    char *end;
    double number = strtod(value, &end);
    if (end == value || *end || !isfinite(number) ||
        number < static_cast<double>(option.minimum))
      return Error::make("%s: expected a number of at least %lld, got '%s'",
                         option.name, static_cast<long long>(option.minimum),
                         value);
    *static_cast<double *>(option.target) = number;
    return Error::success();
  }
  }
  return Error::success();
}

/// The option that `word` gives; `value` is what is attached to it, or null.
static const Option *find(const std::vector<Option> &options, const char *word,
                          const char *&value) {
  for (const Option &option : options) {
    size_t size = strlen(option.name);
    if (strncmp(word, option.name, size) != 0)
      continue;
    bool isShort = option.name[1] != '-';
    value = nullptr;
    if (word[size] == 0)
      return &option;
    if (word[size] == '=' || (isShort && option.argument)) {
      value = word + size + (word[size] == '=');
      return &option;
    }
  }
  return nullptr;
}

Error bn::runtime::parseCommandLine(int argc, const char *const *argv,
                                    const std::vector<Option> &options,
                                    std::vector<std::string> &operands) {
  bool onlyOperands = false;
  for (int i = 1; i < argc; ++i) {
    const char *word = argv[i];
    if (onlyOperands || word[0] != '-' || word[1] == 0) {
      operands.push_back(word);
      continue;
    }
    if (std::string_view(word) == "--") {
      onlyOperands = true;
      continue;
    }
    const char *value;
    const Option *option = find(options, word, value);
    if (!option)
      return Error::make("unknown option '%s'; see --help", word);
    if (!option->argument && value)
      return Error::make("%s takes no value", option->name);
    if (option->argument && !value) {
      if (++i == argc)
        return Error::make("%s: expected %s, got nothing", option->name,
                           option->argument);
      value = argv[i];
    }
    if (Error error = assign(*option, value))
      return error;
  }
  return Error::success();
}

void bn::runtime::printOptions(const std::vector<Option> &options) {
  for (const Option &option : options) {
    std::string left = option.name;
    if (option.argument)
      left += std::string(" ") + option.argument;
    printf("  %-22s %s\n", left.c_str(), option.help);
  }
}
