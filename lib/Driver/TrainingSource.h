//===- TrainingSource.h - The file that a training is saved in --*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_DRIVER_TRAININGSOURCE_H
#define BN_LIB_DRIVER_TRAININGSOURCE_H

#include "mlir/IR/BuiltinOps.h"

#include <optional>

namespace mlir::bn {

/// A batch norm that is written out with the statistics of the batch has no
/// running ones in its file, and no way to predict. If `module`, as it was
/// imported, has such, its `bn.source` becomes the model as this compiler
/// understands it: with BatchNormalization nodes, whose running statistics are
/// initializers with the names they have in training. `momentum` is that of all
/// batch norms, in ONNX's convention, or their own.
LogicalResult completeSource(ModuleOp module, std::optional<double> momentum);

} // namespace mlir::bn

#endif // BN_LIB_DRIVER_TRAININGSOURCE_H
