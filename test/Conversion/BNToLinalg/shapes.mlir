// RUN: %bn-opt %s --convert-bn-to-linalg --canonicalize | FileCheck %s

// CHECK-LABEL: func.func @reshape
// CHECK-SAME:    %[[X:.*]]: tensor<?x4x6xf32>
// CHECK:         %[[ROW:.*]] = tensor.collapse_shape %[[X]] {{\[}}[0, 1, 2]]
// CHECK:         %[[BATCH:.*]] = tensor.dim %[[X]]
// CHECK:         tensor.expand_shape %[[ROW]] {{\[}}[0, 1, 2]] output_shape [%[[BATCH]], 8, 3]
func.func @reshape(%x: tensor<?x4x6xf32>) -> tensor<?x8x3xf32> {
  %y = bn.reshape %x : tensor<?x4x6xf32> -> tensor<?x8x3xf32>
  return %y : tensor<?x8x3xf32>
}

// CHECK-LABEL: func.func @scalar
// CHECK:         %[[SCALAR:.*]] = tensor.collapse_shape %{{.*}} [] : tensor<1x1xf32> into tensor<f32>
// CHECK:         return %[[SCALAR]]
func.func @scalar(%x: tensor<1x1xf32>) -> tensor<f32> {
  %y = bn.reshape %x : tensor<1x1xf32> -> tensor<f32>
  return %y : tensor<f32>
}

// CHECK-LABEL: func.func @transpose
// CHECK:         linalg.transpose {{.*}} permutation = [0, 2, 1]
func.func @transpose(%x: tensor<?x4x6xf32>) -> tensor<?x6x4xf32> {
  %y = bn.transpose %x {permutation = array<i64: 0, 2, 1>}
    : (tensor<?x4x6xf32>) -> tensor<?x6x4xf32>
  return %y : tensor<?x6x4xf32>
}
