//===- BNShapeOps.td - Ops that move values without computing --*- tablegen -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_DIALECT_BN_IR_BNSHAPEOPS_TD
#define BN_DIALECT_BN_IR_BNSHAPEOPS_TD

include "bn/Dialect/BN/IR/BNOpBase.td"

def BN_ReshapeOp : BN_Op<"reshape", [
    DeclareOpInterfaceMethods<BN_AffineCarrier>,
    AllElementTypesMatch<["input", "result"]>]> {
  let summary = "the same values in another shape";
  let description = [{
    The row-major sequence of values is kept. The batch may be dynamic if the
    extents of one row have the same product on both sides; ONNX's Flatten,
    Squeeze, Unsqueeze and Reshape are all this op.

    ```mlir
    func.func @flatten(%x: tensor<?x16x4x4xf32>) -> tensor<?x256xf32> {
      %y = bn.reshape %x : tensor<?x16x4x4xf32> -> tensor<?x256xf32>
      return %y : tensor<?x256xf32>
    }
    ```
  }];
  let arguments = (ins BN_Tensor:$input);
  let results = (outs BN_Tensor:$result);
  let assemblyFormat = [{
    $input attr-dict `:` type($input) `->` type($result)
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
}

def BN_TransposeOp : BN_InferredOp<"transpose", [
    DeclareOpInterfaceMethods<BN_AffineCarrier>,
    AllElementTypesMatch<["input", "result"]>]> {
  let summary = "permuted axes";
  let description = [{
    Axis i of the result is axis `permutation[i]` of the input.

    ```mlir
    func.func @to_nhwc(%x: tensor<?x3x5x7xf32>) -> tensor<?x5x7x3xf32> {
      %y = bn.transpose %x {permutation = array<i64: 0, 2, 3, 1>}
        : (tensor<?x3x5x7xf32>) -> tensor<?x5x7x3xf32>
      return %y : tensor<?x5x7x3xf32>
    }
    ```
  }];
  let arguments = (ins BN_Tensor:$input, DenseI64ArrayAttr:$permutation);
  let results = (outs BN_Tensor:$result);
  let assemblyFormat = [{
    $input attr-dict `:` functional-type(operands, results)
  }];
  let hasFolder = 1;
}

#endif // BN_DIALECT_BN_IR_BNSHAPEOPS_TD
