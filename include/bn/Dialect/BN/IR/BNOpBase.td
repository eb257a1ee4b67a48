//===- BNOpBase.td - Base classes of the bn ops ------------*- tablegen -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_DIALECT_BN_IR_BNOPBASE_TD
#define BN_DIALECT_BN_IR_BNOPBASE_TD

include "bn/Dialect/BN/IR/BNAttrs.td"
include "bn/Dialect/BN/IR/BNInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

/// A tensor of floats of any rank.
def BN_Tensor : RankedTensorOf<[AnyFloat]>;
/// A vector of one value per channel.
def BN_ChannelVector : 1DTensorOf<[AnyFloat]>;
/// Batch, channels and at least one spatial extent, in the op's layout.
def BN_Image : TensorRankOf<[AnyFloat], [3, 4, 5]>;
/// Batch and channels, with up to three spatial extents.
def BN_Features : TensorRankOf<[AnyFloat], [2, 3, 4, 5]>;

def BN_DefaultLayout
    : DefaultValuedAttr<BN_LayoutAttr, "::mlir::bn::Layout::NCHW">;

/// An op without side effects.
class BN_Op<string mnemonic, list<Trait> traits = []>
    : Op<BN_Dialect, mnemonic, !listconcat(traits, [Pure])>;

/// An op whose result types are computed from operands and attributes.
class BN_InferredOp<string mnemonic, list<Trait> traits = []>
    : BN_Op<mnemonic, !listconcat(traits, [InferTypeOpAdaptor])>;

#endif // BN_DIALECT_BN_IR_BNOPBASE_TD
