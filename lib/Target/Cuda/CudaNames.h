//===- CudaNames.h - Names in the text --------------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_TARGET_CUDA_CUDANAMES_H
#define BN_LIB_TARGET_CUDA_CUDANAMES_H

#include "mlir/IR/Location.h"
#include "llvm/ADT/StringSet.h"

#include <string>

namespace mlir::bn::cuda {

/// Names that are taken: those of C++, CUDA and the text's own functions, of
/// the whole text and, in a copy of that scope, of one function.
class NameScope {
public:
  NameScope();

  /// An identifier made from `wanted` that nothing else has.
  std::string choose(StringRef wanted);

private:
  llvm::StringSet<> taken;
};

/// The name that `loc` gives a value or function, or an empty string.
StringRef getName(Location loc);

} // namespace mlir::bn::cuda

#endif // BN_LIB_TARGET_CUDA_CUDANAMES_H
