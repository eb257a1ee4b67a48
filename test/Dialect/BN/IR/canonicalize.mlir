// RUN: %bn-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: @same_shape
// CHECK-SAME:  %[[X:.*]]: tensor
// CHECK-NEXT:  return %[[X]]
func.func @same_shape(%x: tensor<?x6xf32>) -> tensor<?x6xf32> {
  %y = bn.reshape %x : tensor<?x6xf32> -> tensor<?x6xf32>
  return %y : tensor<?x6xf32>
}

// CHECK-LABEL: @chain
// CHECK-SAME:  %[[X:.*]]: tensor
// CHECK-NEXT:  %[[Y:.*]] = bn.reshape %[[X]] : tensor<?x2x3xf32> -> tensor<?x6xf32>
// CHECK-NEXT:  return %[[Y]]
func.func @chain(%x: tensor<?x2x3xf32>) -> tensor<?x6xf32> {
  %y = bn.reshape %x : tensor<?x2x3xf32> -> tensor<?x3x2xf32>
  %z = bn.reshape %y : tensor<?x3x2xf32> -> tensor<?x6xf32>
  return %z : tensor<?x6xf32>
}

// CHECK-LABEL: @transposes
// CHECK-SAME:  %[[X:.*]]: tensor
// CHECK-NEXT:  %[[Y:.*]] = bn.transpose %[[X]] {permutation = array<i64: 1, 0>}
// CHECK-NEXT:  return %[[X]], %[[Y]]
func.func @transposes(%x: tensor<2x3xf32>) -> (tensor<2x3xf32>, tensor<3x2xf32>) {
  %y = bn.transpose %x {permutation = array<i64: 0, 1>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %z = bn.transpose %x {permutation = array<i64: 1, 0>} : (tensor<2x3xf32>) -> tensor<3x2xf32>
  return %y, %z : tensor<2x3xf32>, tensor<3x2xf32>
}

// Folding is a decision, not a normal form: a batch norm behind a layer stays.
// CHECK-LABEL: @no_fold
// CHECK:       bn.linear
// CHECK-NEXT:  bn.batch_norm_inference
func.func @no_fold(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<1.0> : tensor<2x2xf32>
  %c = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %0 = bn.linear %x, %w : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32>
  %1 = bn.batch_norm_inference %0, scale %c, offset %c, mean %c, variance %c
    {epsilon = 1.0e-05 : f64} : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>,
    tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  return %1 : tensor<?x2xf32>
}

// What nobody reads goes.
// CHECK-LABEL: @dead
// CHECK-NEXT:  return
func.func @dead(%x: tensor<?x2xf32>) {
  %y = bn.exp %x : tensor<?x2xf32>
  return
}
