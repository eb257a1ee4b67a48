//===- Report.h - Reports of faults in kernels ---------------- -*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_RUNTIME_CUDAONCPU_REPORT_H
#define BN_LIB_RUNTIME_CUDAONCPU_REPORT_H

#include <cstdint>
#include <string>

namespace bn::cuda {

/// A line of the text.
struct Place {
  unsigned line = 0;
  const char *file = "";

  bool operator==(const Place &other) const;
  std::string str() const;
};

/// The text `format` makes, as printf does.
[[gnu::format(printf, 1, 2)]] std::string print(const char *format, ...);

/// "FILE:LINE" of the instruction before `returnAddress`, or where it lies in
/// the program if that is not known.
std::string describeCode(const void *returnAddress);

/// The name of the function at `address`, without parameters.
std::string describeFunction(const void *address);

/// An instruction of this program as a small number, and back.
uint32_t packCode(const void *address);
const void *unpackCode(uint32_t packed);

/// Reports a fault at `place` ("FILE:LINE", or empty) and ends the program.
/// `details` are further lines, each ended by a newline. The running kernel,
/// block and thread and the schedule are added.
[[noreturn]] void reportFault(const std::string &place,
                              const std::string &message,
                              const std::string &details = "");

} // namespace bn::cuda

#endif // BN_LIB_RUNTIME_CUDAONCPU_REPORT_H
