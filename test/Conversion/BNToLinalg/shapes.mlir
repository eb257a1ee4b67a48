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

// CHECK-LABEL: func.func @concat
// CHECK-SAME:    %[[X:.*]]: tensor<?x4x6xf32>, %[[Y:.*]]: tensor<?x1x6xf32>
// CHECK:         %[[EMPTY:.*]] = tensor.empty(%{{.*}}) : tensor<?x5x6xf32>
// CHECK:         %[[FRONT:.*]] = tensor.insert_slice %[[X]] into %[[EMPTY]][0, 0, 0] [%{{.*}}, 4, 6] [1, 1, 1]
// CHECK:         tensor.insert_slice %[[Y]] into %[[FRONT]][0, 4, 0] [%{{.*}}, 1, 6] [1, 1, 1]
func.func @concat(%x: tensor<?x4x6xf32>, %y: tensor<?x1x6xf32>)
    -> tensor<?x5x6xf32> {
  %z = bn.concat %x, %y {axis = 1 : i64}
    : (tensor<?x4x6xf32>, tensor<?x1x6xf32>) -> tensor<?x5x6xf32>
  return %z : tensor<?x5x6xf32>
}

// CHECK-LABEL: func.func @slice
// CHECK:         tensor.extract_slice %{{.*}}[0, 1, 0] [%{{.*}}, 2, 6] [1, 1, 1]
// CHECK-SAME:      tensor<?x4x6xf32> to tensor<?x2x6xf32>
func.func @slice(%x: tensor<?x4x6xf32>) -> tensor<?x2x6xf32> {
  %y = bn.slice %x {axis = 1 : i64, begin = 1 : i64, size = 2 : i64}
    : (tensor<?x4x6xf32>) -> tensor<?x2x6xf32>
  return %y : tensor<?x2x6xf32>
}
