//===- Codegen.h - From the llvm dialect to machine code --------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_TARGET_OBJECT_CODEGEN_H
#define BN_TARGET_OBJECT_CODEGEN_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Support/LLVM.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Target/TargetMachine.h"

#include <memory>

namespace mlir::bn {

/// Translates a module of the llvm dialect to LLVM IR for `machine` and
/// optimises it, with LLVM's pipeline of `level` 0 to 3. Level 0 still gets
/// LLVM's -O1: it is about plain loops, not about slow ones. Fails with a
/// diagnostic on `module`.
FailureOr<std::unique_ptr<llvm::Module>>
translateAndOptimize(ModuleOp module, llvm::LLVMContext &context,
                     llvm::TargetMachine &machine, unsigned level);

/// Machine code as text or as an object file.
enum class CodeKind { Assembly, Object };

/// Generates code for `module`, which is used up. The buffer is named after the
/// module.
std::unique_ptr<llvm::MemoryBuffer>
emitCode(llvm::Module &module, llvm::TargetMachine &machine, CodeKind kind);

/// An archive with the member `name`, an object file.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
createArchive(StringRef name, const llvm::MemoryBuffer &object);

} // namespace mlir::bn

#endif // BN_TARGET_OBJECT_CODEGEN_H
