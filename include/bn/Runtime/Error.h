//===- Error.h - Errors as values -------------------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The runtime is compiled without exceptions: what may fail returns an Error or
// an Expected. A message is one line without a final period and names the
// culprit, a file where there is one: "FILE: error: MESSAGE".
//
//===----------------------------------------------------------------------===//

#ifndef BN_RUNTIME_ERROR_H
#define BN_RUNTIME_ERROR_H

#include <string>
#include <utility>

namespace bn::runtime {

/// Success, or what went wrong. As in LLVM, an Error is true when it failed.
class [[nodiscard]] Error {
public:
  static Error success() { return Error(); }

  /// A failure with a message formatted as by printf.
  static Error make(const char *format, ...)
      __attribute__((format(printf, 1, 2)));

  /// The same error blamed on `path`, unless a file is blamed already.
  Error inFile(const std::string &path) &&;

  explicit operator bool() const { return failed; }
  const std::string &culprit() const { return file; }
  const std::string &message() const { return text; }

private:
  Error() = default;
  template <typename T> friend class Expected;

  bool failed = false;
  std::string file;
  std::string text;
};

/// A value of type T, which has a default constructor, or an Error. True when
/// there is a value.
template <typename T> class [[nodiscard]] Expected {
public:
  Expected(T value) : value(std::move(value)) {}
  Expected(Error error) : error(std::move(error)) {}

  explicit operator bool() const { return !error; }
  T &operator*() { return value; }
  T *operator->() { return &value; }
  Error takeError() { return std::move(error); }

private:
  T value{};
  Error error;
};

/// Prints "CULPRIT: error: MESSAGE" to stderr; an error without a file is
/// blamed on `program`. Control characters are replaced, as names in hostile
/// files may hold them.
void printError(const char *program, const Error &error);

/// Prints "CULPRIT: warning: MESSAGE" to stderr.
void printWarning(const std::string &culprit, const std::string &message);

} // namespace bn::runtime

#endif // BN_RUNTIME_ERROR_H
