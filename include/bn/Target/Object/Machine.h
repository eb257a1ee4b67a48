//===- Machine.h - The machine to compile for -------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_TARGET_OBJECT_MACHINE_H
#define BN_TARGET_OBJECT_MACHINE_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Target/TargetMachine.h"

#include <memory>
#include <string>

namespace mlir::bn {

/// The machine that runs this program's own kind of code: the host's triple,
/// with the CPU `cpu`, which is `native` (the CPU of this computer, with what
/// its operating system lets it use) or one of LLVM's names. An error lists the
/// known names. `level` is 0 to 3.
llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
createTargetMachine(llvm::StringRef cpu, unsigned level);

/// The features, separated by commas, that code generated for `machine` may use
/// and that not every CPU of its architecture has; empty for the baseline.
std::string getRequiredCpuFeatures(const llvm::TargetMachine &machine);

/// The vector registers of a CPU, counted in values of type f32.
struct VectorUnit {
  int64_t length;
  int64_t registers;
};
VectorUnit getVectorUnit(const llvm::TargetMachine &machine);

} // namespace mlir::bn

#endif // BN_TARGET_OBJECT_MACHINE_H
