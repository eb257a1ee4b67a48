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

def BN_AffineAbsorber : OpInterface<"AffineAbsorber"> {
  let cppNamespace = "::mlir::bn";
  let description = [{
    Ops of one input whose parameters can take in an affine map by channel, so
    that the op alone computes what op and map computed.
  }];
  let methods = [
    InterfaceMethod<[{
        The parameters that make the op compute `map(op(x))` (`side` is Result)
        or `op(map(x))` (`side` is Input). Changes nothing. On failure `reason`
        says why, as a clause about this op: "its weight is not constant".
      }],
      "::mlir::FailureOr<::mlir::bn::AbsorbedParameters>", "absorbMap",
      (ins "const ::mlir::bn::ChannelAffineMap &":$map,
           "::mlir::bn::AffineSide":$side, "std::string &":$reason)>,
    InterfaceMethod<[{
        Makes `parameters` the op's own, as new constants in front of it: the
        old ones may be shared.
      }],
      "void", "setParameters",
      (ins "::mlir::OpBuilder &":$builder,
           "const ::mlir::bn::AbsorbedParameters &":$parameters)>
  ];
}

def BN_AffineCarrier : OpInterface<"AffineCarrier"> {
  let cppNamespace = "::mlir::bn";
  let description = [{
    Ops of one input and without parameters past which an affine map by channel
    can be moved.
  }];
  let methods = [
    InterfaceMethod<[{
        The map on the other side that computes the same: with `to` Result,
        `map` is at the input and the answer m has `op(map(x)) = m(op(x))`;
        with `to` Input, `map` is at the result and `map(op(x)) = op(m(x))`. On
        failure `reason` says why, as a clause about this op.
      }],
      "::mlir::FailureOr<::mlir::bn::ChannelAffineMap>", "moveMap",
      (ins "const ::mlir::bn::ChannelAffineMap &":$map,
           "::mlir::bn::AffineSide":$to, "std::string &":$reason)>
  ];
}

def BN_DifferentiableOpInterface : OpInterface<"DifferentiableOpInterface"> {
  let cppNamespace = "::mlir::bn";
  let description = [{
    Ops that build their own gradient: given the derivatives of a loss by their
    results, those by their operands.
  }];
  let methods = [
    InterfaceMethod<[{
        Builds, at the builder's insertion point (behind the op), the
        derivatives of the loss by the operands that are `wanted`, and puts one
        value per operand into `gradients`, null for those that are not wanted.
        `resultGradients` holds one value per result, null for a result that the
        loss does not depend on; at least one is not null. On failure `reason`
        says why, as a clause about this op: "its padding is larger than its
        kernel".
      }],
      "::mlir::LogicalResult", "buildGradients",
      (ins "::mlir::OpBuilder &":$builder,
           "::mlir::ValueRange":$resultGradients,
           "::llvm::ArrayRef<bool>":$wanted,
           "::llvm::SmallVectorImpl<::mlir::Value> &":$gradients,
           "std::string &":$reason)>
  ];
}

#endif // BN_DIALECT_BN_IR_BNINTERFACES_TD
