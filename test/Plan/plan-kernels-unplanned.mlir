// RUN: %bn-opt %s --split-input-file --bn-plan-kernels="vector-length=16 vector-registers=32" | FileCheck %s

// Functions with values that have no storage in a block take the plain way,
// whatever else is in them. An argument that nobody reads needs none.

// CHECK-LABEL: func.func @unused_argument(
// CHECK-SAME:    bn.blocks = [@unused_argument.channels1]
func.func @unused_argument(%x: tensor<?x3xf32>, %u: tensor<?x3x4xf32>) -> tensor<?x3xf32> {
  %y = bn.relu %x : tensor<?x3xf32>
  return %y : tensor<?x3xf32>
}

// -----

// CHECK-LABEL: func.func @returned_argument(
// CHECK-NOT:     bn.blocks
func.func @returned_argument(%x: tensor<?x3xf32>, %u: tensor<?x3xf64>)
    -> (tensor<?x3xf32>, tensor<?x3xf64>) {
  %y = bn.relu %x : tensor<?x3xf32>
  return %y, %u : tensor<?x3xf32>, tensor<?x3xf64>
}

// -----

// CHECK-LABEL: func.func @constant_result(
// CHECK-NOT:     bn.blocks
func.func @constant_result(%x: tensor<1x3xf32>) -> (tensor<1x3xf32>, tensor<1x3xf32>) {
  %c = arith.constant dense<1.0> : tensor<1x3xf32>
  %y = bn.relu %x : tensor<1x3xf32>
  return %y, %c : tensor<1x3xf32>, tensor<1x3xf32>
}

// -----

// CHECK-LABEL: func.func @constant_operand(
// CHECK-NOT:     bn.blocks
func.func @constant_operand(%x: tensor<1x3xf32>) -> tensor<1x3xf32> {
  %c = arith.constant dense<1.0> : tensor<1x3xf32>
  %y = bn.relu %c : tensor<1x3xf32>
  return %y : tensor<1x3xf32>
}

// -----

// CHECK-LABEL: func.func @no_operands(
// CHECK-NOT:     bn.blocks
func.func @no_operands(%x: tensor<1x3xf32>) -> tensor<1x3xf32> {
  %e = tensor.empty() : tensor<1x3xf32>
  %y = bn.add %x, %e : (tensor<1x3xf32>, tensor<1x3xf32>) -> tensor<1x3xf32>
  return %y : tensor<1x3xf32>
}
