//===- OutputFile.h - Files written whole or not at all ---------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_DRIVER_OUTPUTFILE_H
#define BN_DRIVER_OUTPUTFILE_H

#include "llvm/Support/Error.h"
#include "llvm/Support/FileSystem.h"

#include <optional>
#include <string>

namespace mlir::bn {

/// A file that appears under its name only when it is complete: it is written
/// to a temporary file in the same directory and renamed. Until `commit`, on a
/// failure and on a signal, an older file of that name stays as it was and no
/// temporary file stays behind. What is not a regular file (a device, a pipe)
/// gets the bytes at `commit`; `-` is stdout. Errors say what went wrong, not
/// with which file.
class OutputFile {
public:
  /// Fails when `path` cannot be written.
  static llvm::Expected<OutputFile> create(llvm::StringRef path);
  OutputFile(OutputFile &&) = default;
  OutputFile &operator=(OutputFile &&) = default;
  ~OutputFile();

  /// The path as the user wrote it.
  llvm::StringRef getPath() const { return path; }
  /// Where to write: to be overwritten or replaced by a new file.
  llvm::StringRef getTemporaryPath() const;
  llvm::Error write(llvm::StringRef bytes);

  /// Puts the file in its place.
  llvm::Error commit();

private:
  OutputFile() = default;
  llvm::Error copyToTarget();

  std::string path;
  std::string target; // behind symbolic links
  bool isStream = false;
  std::optional<llvm::sys::fs::TempFile> file;
};

} // namespace mlir::bn

#endif // BN_DRIVER_OUTPUTFILE_H
