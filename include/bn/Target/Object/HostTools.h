//===- HostTools.h - Programs of the computer that compiles --- -*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_TARGET_OBJECT_HOSTTOOLS_H
#define BN_TARGET_OBJECT_HOSTTOOLS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>

namespace mlir::bn {

/// A file in the system's temporary directory, removed on every way out, by
/// return or by signal.
class ScratchFile {
public:
  ScratchFile() = default;
  ScratchFile(const ScratchFile &) = delete;
  ~ScratchFile();

  llvm::Error create(llvm::StringRef suffix, llvm::StringRef bytes);

  llvm::StringRef getPath() const { return path; }

private:
  llvm::SmallString<128> path;
};

/// A directory there, removed with all that is in it on return.
class ScratchDirectory {
public:
  ScratchDirectory() = default;
  ScratchDirectory(const ScratchDirectory &) = delete;
  ~ScratchDirectory();

  llvm::Error create();

  llvm::StringRef getPath() const { return path; }

private:
  llvm::SmallString<128> path;
};

/// The first of `names` on PATH; `kind` is what they are, for the message.
llvm::Expected<std::string> findTool(llvm::StringRef kind,
                                     llvm::ArrayRef<llvm::StringRef> names);

/// Runs a program. An error says that `task` failed with it, and what it
/// printed.
llvm::Error runTool(llvm::StringRef task, llvm::StringRef program,
                    llvm::ArrayRef<llvm::StringRef> arguments);

/// The first of `names` that exists, relative to the directory above that of
/// `programPath`; `kind` is what it is, for the message.
llvm::Expected<std::string>
findBesideProgram(llvm::StringRef kind, llvm::ArrayRef<llvm::StringRef> names,
                  llvm::StringRef programPath);

} // namespace mlir::bn

#endif // BN_TARGET_OBJECT_HOSTTOOLS_H
