//===- BNDialect.td - The bn dialect -----------------------*- tablegen -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_DIALECT_BN_IR_BNDIALECT_TD
#define BN_DIALECT_BN_IR_BNDIALECT_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"

def BN_Dialect : Dialect {
  let name = "bn";
  let cppNamespace = "::mlir::bn";
  let summary = "Networks with normalization layers";
  let description = [{
    A graph dialect with ONNX's meaning and MLIR's manners: ops on ranked
    tensors of floats, whose only dynamic extent is the batch. Parameters are
    `arith.constant` ops that hold resource blobs.

    Image tensors are `NCHW` (batch, channels, spatial extents) or `NHWC`
    (batch, spatial extents, channels); the names stand for the order at any
    rank from 3 to 5, and rank 2 is batch and channels in either.

    A model is one `func.func`. Its arguments and results carry the names of
    the source in `bn.name`; the module carries `bn.properties`, a dictionary of
    strings (ONNX's `metadata_props`), `bn.normalizations`, an array of
    `#bn.normalization` in which passes record what became of each
    normalization layer, and `bn.winograd`, in which planning records which
    convolutions are computed by few products.
  }];
  let useDefaultAttributePrinterParser = 1;
  let hasConstantMaterializer = 1;
  let hasOperationAttrVerify = 1;
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::tensor::TensorDialect"];
  let extraClassDeclaration = [{
    /// Name of a function argument or result in the source model (string).
    static constexpr ::llvm::StringLiteral kNameAttr = "bn.name";
    /// The source model's metadata, on the module (dictionary of strings).
    static constexpr ::llvm::StringLiteral kPropertiesAttr = "bn.properties";
    /// What became of each normalization, on the module (array of
    /// NormalizationAttr).
    static constexpr ::llvm::StringLiteral kNormalizationsAttr =
        "bn.normalizations";
    /// Momentum, in ONNX's convention, of a batch norm that the source model has
    /// in prediction mode, where it says nothing (f64): for who looks at the
    /// layer or trains it.
    static constexpr ::llvm::StringLiteral kMomentumAttr = "bn.momentum";
    /// What a lowered model needs, on its function (i64; see
    /// bn/Runtime/Abi.h, whose fields have the same names).
    static constexpr ::llvm::StringLiteral kInputCountAttr = "bn.input_count";
    static constexpr ::llvm::StringLiteral kWorkspaceBytesAttr =
        "bn.workspace_bytes";
    static constexpr ::llvm::StringLiteral kWorkspaceBytesPerRowAttr =
        "bn.workspace_bytes_per_row";
    static constexpr ::llvm::StringLiteral kWorkspaceBytesPerThreadAttr =
        "bn.workspace_bytes_per_thread";
    /// Block functions of a planned model (array of symbols), and the rows that
    /// must be left over before one more wide block pays (i64).
    static constexpr ::llvm::StringLiteral kBlocksAttr = "bn.blocks";
    static constexpr ::llvm::StringLiteral kWorthwhileRowsAttr =
        "bn.worthwhile_rows";
    /// Rows of the batch that a block function computes (i64).
    static constexpr ::llvm::StringLiteral kBlockRowsAttr = "bn.block_rows";
    static constexpr ::llvm::StringLiteral kMinimumBatchAttr =
        "bn.minimum_batch";
    static constexpr ::llvm::StringLiteral kMinimumBatchReasonAttr =
        "bn.minimum_batch_reason";
    /// A row of the result depends on other rows of the batch, as under a
    /// batch norm in training mode (unit): a batch cannot be computed in pieces.
    /// In a model's table it is a property of this name.
    static constexpr ::llvm::StringLiteral kBatchStatisticsAttr =
        "bn.batch_statistics";
    static constexpr ::llvm::StringLiteral kParameterCountAttr =
        "bn.parameter_count";
    static constexpr ::llvm::StringLiteral kOperationsPerRowAttr =
        "bn.operations_per_row";
    /// An argument that is a parameter of the model rather than data: what it is
    /// (string: weight, bias, scale, offset, running_mean, running_variance), and
    /// its value in the source model (elements). The last two are no trained
    /// parameters: a step gives them new values.
    static constexpr ::llvm::StringLiteral kParameterAttr = "bn.parameter";
    static constexpr ::llvm::StringLiteral kInitialValueAttr =
        "bn.initial_value";
    /// The layer that a parameter belongs to (string), and how many inputs one
    /// output of it is a sum of (i64; 0 for normalizations).
    static constexpr ::llvm::StringLiteral kLayerAttr = "bn.layer";
    static constexpr ::llvm::StringLiteral kFanInAttr = "bn.fan_in";
    /// The source model as ONNX bytes in prediction mode, on the module
    /// (elements of i8).
    static constexpr ::llvm::StringLiteral kSourceAttr = "bn.source";
    /// What a result of a training step is for: the name (`bn.name`) of the
    /// parameter whose gradient it is, or of the running statistic whose new
    /// value it is (strings).
    static constexpr ::llvm::StringLiteral kGradientOfAttr = "bn.gradient_of";
    static constexpr ::llvm::StringLiteral kNewValueOfAttr = "bn.new_value_of";
  }];
}

#endif // BN_DIALECT_BN_IR_BNDIALECT_TD
