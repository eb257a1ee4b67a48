//===- BNElementwiseOps.td - Elementwise ops ---------------*- tablegen -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_DIALECT_BN_IR_BNELEMENTWISEOPS_TD
#define BN_DIALECT_BN_IR_BNELEMENTWISEOPS_TD

include "bn/Dialect/BN/IR/BNOpBase.td"

/// An elementwise op of one operand; its lowering is one scalar expression.
class BN_UnaryOp<string mnemonic, string formula, list<Trait> traits = []>
    : BN_Op<mnemonic, !listconcat(traits, [
        DeclareOpInterfaceMethods<BN_DifferentiableOpInterface>,
        SameOperandsAndResultType])> {
  let summary = "elementwise " # formula;
  let description = [{
    The result has the shape of the input: `result = }] # formula # [{`.

    ```mlir
    func.func @}] # mnemonic # [{(%x: tensor<?x3x5xf32>) -> tensor<?x3x5xf32> {
      %y = bn.}] # mnemonic # [{ %x : tensor<?x3x5xf32>
      return %y : tensor<?x3x5xf32>
    }
    ```
  }];
  let arguments = (ins BN_Tensor:$input);
  let results = (outs BN_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input)";
}

def BN_ReluOp : BN_UnaryOp<"relu", "max(input, 0)",
    [DeclareOpInterfaceMethods<BN_AffineCarrier>]>;
def BN_SigmoidOp : BN_UnaryOp<"sigmoid", "1 / (1 + exp(-input))">;
def BN_TanhOp : BN_UnaryOp<"tanh", "tanh(input)">;
def BN_ExpOp : BN_UnaryOp<"exp", "exp(input)">;
def BN_SqrtOp : BN_UnaryOp<"sqrt", "sqrt(input)">;

def BN_ClipOp : BN_Op<"clip", [
    DeclareOpInterfaceMethods<BN_DifferentiableOpInterface>,
    SameOperandsAndResultType]> {
  let summary = "elementwise min(max(input, minimum), maximum)";
  let description = [{
    Values below `minimum` become `minimum`, then values above `maximum` become
    `maximum`; NaN stays NaN. Either bound may be infinite. ONNX's ReLU6 is a
    clip from 0 to 6.

    ```mlir
    func.func @clip(%x: tensor<?x3x5xf32>) -> tensor<?x3x5xf32> {
      %y = bn.clip %x {minimum = 0.0 : f64, maximum = 6.0 : f64}
        : tensor<?x3x5xf32>
      return %y : tensor<?x3x5xf32>
    }
    ```
  }];
  let arguments = (ins BN_Tensor:$input, F64Attr:$minimum, F64Attr:$maximum);
  let results = (outs BN_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input)";
}

/// An elementwise op of two operands, broadcast as NumPy does.
class BN_BinaryOp<string mnemonic, string formula, list<Trait> traits = []>
    : BN_InferredOp<mnemonic, !listconcat(traits, [
        DeclareOpInterfaceMethods<BN_DifferentiableOpInterface>,
        AllElementTypesMatch<["lhs", "rhs", "result"]>])> {
  let summary = "elementwise " # formula # ", broadcast";
  let description = [{
    `result = }] # formula # [{`. Shapes are aligned at their last axes; an
    extent of 1, or a missing axis, is repeated.

    ```mlir
    func.func @}] # mnemonic # [{(%x: tensor<?x3x5x7xf32>, %c: tensor<3x1x1xf32>)
        -> tensor<?x3x5x7xf32> {
      %y = bn.}] # mnemonic # [{ %x, %c
        : (tensor<?x3x5x7xf32>, tensor<3x1x1xf32>) -> tensor<?x3x5x7xf32>
      return %y : tensor<?x3x5x7xf32>
    }
    ```
  }];
  let arguments = (ins BN_Tensor:$lhs, BN_Tensor:$rhs);
  let results = (outs BN_Tensor:$result);
  let assemblyFormat = [{
    $lhs `,` $rhs attr-dict `:` functional-type(operands, results)
  }];
}

def BN_AddOp : BN_BinaryOp<"add", "lhs + rhs", [Commutative]>;
def BN_SubOp : BN_BinaryOp<"sub", "lhs - rhs">;
def BN_MulOp : BN_BinaryOp<"mul", "lhs * rhs", [Commutative]>;
def BN_DivOp : BN_BinaryOp<"div", "lhs / rhs">;
def BN_PowOp : BN_BinaryOp<"pow", "lhs ^ rhs">;

#endif // BN_DIALECT_BN_IR_BNELEMENTWISEOPS_TD
