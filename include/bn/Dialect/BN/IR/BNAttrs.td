//===- BNAttrs.td - Attributes of the bn dialect -----------*- tablegen -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_DIALECT_BN_IR_BNATTRS_TD
#define BN_DIALECT_BN_IR_BNATTRS_TD

include "bn/Dialect/BN/IR/BNDialect.td"

class BN_Attr<string name, string attrMnemonic> : AttrDef<BN_Dialect, name> {
  let mnemonic = attrMnemonic;
}

//===----------------------------------------------------------------------===//
// Enumerations
//===----------------------------------------------------------------------===//

class BN_I32Enum<string name, string description, list<I32EnumAttrCase> cases>
    : I32EnumAttr<name, description, cases> {
  let cppNamespace = "::mlir::bn";
  let genSpecializedAttr = 0;
}

def BN_Layout : BN_I32Enum<"Layout", "order of the axes of an image tensor", [
  I32EnumAttrCase<"NCHW", 0>, I32EnumAttrCase<"NHWC", 1>]>;
def BN_LayoutAttr : EnumAttr<BN_Dialect, BN_Layout, "layout">;

def BN_MomentumConvention
    : BN_I32Enum<"MomentumConvention", "what the momentum multiplies", [
  // new = momentum * running + (1 - momentum) * batch
  I32EnumAttrCase<"onnx", 0>,
  // new = (1 - momentum) * running + momentum * batch
  I32EnumAttrCase<"torch", 1>]>;
def BN_MomentumConventionAttr
    : EnumAttr<BN_Dialect, BN_MomentumConvention, "momentum_convention">;

def BN_RunningVariance
    : BN_I32Enum<"RunningVariance", "which variance the running one averages", [
  // sum((x - mean)^2) / m, as ONNX says
  I32EnumAttrCase<"biased", 0>,
  // sum((x - mean)^2) / (m - 1), as PyTorch stores it
  I32EnumAttrCase<"unbiased", 1>]>;
def BN_RunningVarianceAttr
    : EnumAttr<BN_Dialect, BN_RunningVariance, "running_variance">;

def BN_NormalizationStatus
    : BN_I32Enum<"NormalizationStatus", "what became of a normalization", [
  I32EnumAttrCase<"Kept", 0, "kept">,
  I32EnumAttrCase<"Fused", 1, "fused">,
  I32EnumAttrCase<"FoldedIntoProducer", 2, "folded-into-producer">,
  I32EnumAttrCase<"FoldedIntoConsumer", 3, "folded-into-consumer">]>;

//===----------------------------------------------------------------------===//
// Facts about normalizations
//===----------------------------------------------------------------------===//

def BN_NormalizationAttr : BN_Attr<"Normalization", "normalization"> {
  let summary = "what became of one normalization layer of the source model";
  let description = [{
    `name` and `op` are those of the source model's node. `into` names the layer
    that absorbed it (empty when kept), `reason` says in words why it stayed or
    what was done. `bound` is the relative change of the layer's output that was
    allowed, `measured` the largest that was measured.

    ```mlir
    module attributes {bn.normalizations = [
      #bn.normalization<name = "bn1", op = "BatchNormalization",
                        status = "folded-into-producer", into = "conv1",
                        reason = "", bound = 1.0e-05 : f64,
                        measured = 2.0e-07 : f64>]} {
    }
    ```
  }];
  let parameters = (ins
    StringRefParameter<"node name">:$name,
    StringRefParameter<"op type of the source">:$op,
    StringRefParameter<"a NormalizationStatus, in words">:$status,
    StringRefParameter<"layer that absorbed it">:$into,
    StringRefParameter<"why">:$reason,
    "::mlir::FloatAttr":$bound,
    "::mlir::FloatAttr":$measured);
  let assemblyFormat = "`<` struct(params) `>`";
}

#endif // BN_DIALECT_BN_IR_BNATTRS_TD
