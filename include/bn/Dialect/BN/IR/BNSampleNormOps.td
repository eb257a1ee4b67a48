//===- BNSampleNormOps.td - Normalization within a sample --*- tablegen -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_DIALECT_BN_IR_BNSAMPLENORMOPS_TD
#define BN_DIALECT_BN_IR_BNSAMPLENORMOPS_TD

include "bn/Dialect/BN/IR/BNOpBase.td"

def BN_GroupNormOp : BN_Op<"group_norm", [
    DeclareOpInterfaceMethods<BN_DifferentiableOpInterface>,
    DeclareOpInterfaceMethods<BN_NormalizationOpInterface>,
    AllTypesMatch<["input", "result"]>]> {
  let summary = "normalization over groups of channels of one sample";
  let description = [{
    The channels are split into `groups` of consecutive ones. Over the values of
    one sample and one group (its channels and all positions):

        mean     = sum(input) / m
        variance = sum((input - mean)^2) / m
        result   = scale[c] * (input - mean) / sqrt(variance + epsilon)
                   + offset[c]

    (Wu and He 2018). One group per channel is instance norm (Ulyanov, Vedaldi
    and Lempitsky 2016).

    ```mlir
    func.func @group_norm(%x: tensor<?x6x5x7xf32>, %c: tensor<6xf32>)
        -> tensor<?x6x5x7xf32> {
      %y = bn.group_norm %x, scale %c, offset %c
        {epsilon = 1.0e-05 : f64, groups = 3 : i64}
        : (tensor<?x6x5x7xf32>, tensor<6xf32>, tensor<6xf32>)
        -> tensor<?x6x5x7xf32>
      return %y : tensor<?x6x5x7xf32>
    }
    ```
  }];
  let arguments = (ins
    BN_Features:$input,
    BN_ChannelVector:$scale,
    BN_ChannelVector:$offset,
    I64Attr:$groups,
    F64Attr:$epsilon,
    BN_DefaultLayout:$layout);
  let results = (outs BN_Features:$result);
  let assemblyFormat = [{
    $input `,` `scale` $scale `,` `offset` $offset attr-dict `:`
    functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def BN_LayerNormOp : BN_Op<"layer_norm", [
    DeclareOpInterfaceMethods<BN_DifferentiableOpInterface>,
    DeclareOpInterfaceMethods<BN_NormalizationOpInterface>,
    AllTypesMatch<["input", "result"]>]> {
  let summary = "normalization over the last axes of a sample";
  let description = [{
    Over the values along the axes from `axis` to the last:

        mean     = sum(input) / m
        variance = sum((input - mean)^2) / m
        result   = scale * (input - mean) / sqrt(variance + epsilon) + offset

    (Ba, Kiros and Hinton 2016). `scale` and `offset` have the extents of the
    normalized axes. With `root_mean_square` the mean counts as zero, so that
    nothing is subtracted: RMS norm (Zhang and Sennrich 2019).

    ```mlir
    func.func @layer_norm(%x: tensor<?x5x7xf32>, %c: tensor<5x7xf32>)
        -> tensor<?x5x7xf32> {
      %y = bn.layer_norm %x, scale %c offset %c
        {axis = 1 : i64, epsilon = 1.0e-05 : f64}
        : (tensor<?x5x7xf32>, tensor<5x7xf32>, tensor<5x7xf32>)
        -> tensor<?x5x7xf32>
      return %y : tensor<?x5x7xf32>
    }
    ```
  }];
  let arguments = (ins
    BN_Tensor:$input,
    BN_Tensor:$scale,
    Optional<BN_Tensor>:$offset,
    I64Attr:$axis,
    F64Attr:$epsilon,
    UnitAttr:$root_mean_square);
  let results = (outs BN_Tensor:$result);
  let assemblyFormat = [{
    $input `,` `scale` $scale (`offset` $offset^)? attr-dict `:`
    functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

#endif // BN_DIALECT_BN_IR_BNSAMPLENORMOPS_TD
