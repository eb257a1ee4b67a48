//===- BNInterfaces.td - Interfaces of the bn ops ----------*- tablegen -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_DIALECT_BN_IR_BNINTERFACES_TD
#define BN_DIALECT_BN_IR_BNINTERFACES_TD

include "mlir/IR/OpBase.td"

def BN_NormalizationOpInterface : OpInterface<"NormalizationOpInterface"> {
  let cppNamespace = "::mlir::bn";
  let description = [{
    Ops that normalize activations by statistics and scale and shift them by
    learned parameters.
  }];
  let methods = [
    InterfaceMethod<
      "The op type of the source model, such as BatchNormalization.",
      "::llvm::StringRef", "getSourceOpType">,
    InterfaceMethod<
      "The number of channels that have learned parameters of their own.",
      "int64_t", "getChannelCount">
  ];
}

#endif // BN_DIALECT_BN_IR_BNINTERFACES_TD
