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
    DeclareOpInterfaceMethods<BN_DifferentiableOpInterface>,
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
    DeclareOpInterfaceMethods<BN_DifferentiableOpInterface>,
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

def BN_ConcatOp : BN_InferredOp<"concat", [
    DeclareOpInterfaceMethods<BN_DifferentiableOpInterface>]> {
  let summary = "tensors one behind the other along an axis";
  let description = [{
    All extents but that of `axis` are equal; those of `axis` add up.

    ```mlir
    func.func @concat(%x: tensor<?x3x5x7xf32>, %y: tensor<?x2x5x7xf32>)
        -> tensor<?x5x5x7xf32> {
      %z = bn.concat %x, %y {axis = 1 : i64}
        : (tensor<?x3x5x7xf32>, tensor<?x2x5x7xf32>) -> tensor<?x5x5x7xf32>
      return %z : tensor<?x5x5x7xf32>
    }
    ```
  }];
  let arguments = (ins Variadic<BN_Tensor>:$inputs, I64Attr:$axis);
  let results = (outs BN_Tensor:$result);
  let assemblyFormat = [{
    $inputs attr-dict `:` functional-type(operands, results)
  }];
}

def BN_SliceOp : BN_InferredOp<"slice", [
    DeclareOpInterfaceMethods<BN_DifferentiableOpInterface>,
    AllElementTypesMatch<["input", "result"]>]> {
  let summary = "some consecutive positions of an axis";
  let description = [{
    The positions from `begin` up to `begin + size` of `axis`, whose extent is
    static.

    ```mlir
    func.func @slice(%x: tensor<?x5x5x7xf32>) -> tensor<?x2x5x7xf32> {
      %y = bn.slice %x {axis = 1 : i64, begin = 3 : i64, size = 2 : i64}
        : (tensor<?x5x5x7xf32>) -> tensor<?x2x5x7xf32>
      return %y : tensor<?x2x5x7xf32>
    }
    ```
  }];
  let arguments = (ins
    BN_Tensor:$input,
    I64Attr:$axis,
    I64Attr:$begin,
    I64Attr:$size);
  let results = (outs BN_Tensor:$result);
  let assemblyFormat = [{
    $input attr-dict `:` functional-type(operands, results)
  }];
}

#endif // BN_DIALECT_BN_IR_BNSHAPEOPS_TD
