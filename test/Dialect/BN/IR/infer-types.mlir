// RUN: %bn-opt %s --verify-diagnostics | FileCheck %s

// ONNX's extents, in cases where rounding matters: a wrong result type would be
// an error.

// CHECK-LABEL: @windows
func.func @windows(%x: tensor<?x7x8x3xf32>, %w: tensor<4x3x3x2xf32>) {
  // (7 + 1 + 0 - (2 * 2 + 1)) / 2 + 1 = 2, (8 + 0 + 1 - 2) / 3 + 1 = 3.
  %0 = bn.conv %x, %w {dilations = array<i64: 2, 1>, layout = #bn<layout NHWC>,
      padding = array<i64: 1, 0, 0, 1>, strides = array<i64: 2, 3>}
    : (tensor<?x7x8x3xf32>, tensor<4x3x3x2xf32>) -> tensor<?x2x3x4xf32>
  // Rounded up: ceil((7 - 2) / 2) + 1 = 4; 8 - 2 divides.
  %1 = bn.max_pool %x {ceil_mode = true, dilations = array<i64: 1, 1>,
      kernel = array<i64: 2, 2>, layout = #bn<layout NHWC>,
      padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>}
    : (tensor<?x7x8x3xf32>) -> tensor<?x4x4x3xf32>
  // ceil((8 + 1 - 2) / 3) + 1 = 4 would start behind the input's end: 3.
  %2 = bn.average_pool %x {ceil_mode = true, dilations = array<i64: 1, 1>,
      kernel = array<i64: 2, 2>, layout = #bn<layout NHWC>,
      padding = array<i64: 0, 0, 0, 1>, strides = array<i64: 2, 3>}
    : (tensor<?x7x8x3xf32>) -> tensor<?x4x3x3xf32>
  return
}

// CHECK-LABEL: @others
func.func @others(%x: tensor<?x3x1xf32>, %c: tensor<2x1x5xf32>, %w: tensor<1x7xf32>) {
  %0 = bn.mul %x, %w : (tensor<?x3x1xf32>, tensor<1x7xf32>) -> tensor<?x3x7xf32>
  %1 = bn.reduce_mean %x {axes = array<i64: 0, 2>, keep_dims} : (tensor<?x3x1xf32>) -> tensor<1x3x1xf32>
  %2 = bn.reduce_mean %c {axes = array<i64: 0, 1, 2>} : (tensor<2x1x5xf32>) -> tensor<f32>
  %3 = bn.linear %x, %w : (tensor<?x3x1xf32>, tensor<1x7xf32>) -> tensor<?x3x7xf32>
  %4 = bn.transpose %x {permutation = array<i64: 2, 0, 1>} : (tensor<?x3x1xf32>) -> tensor<1x?x3xf32>
  return
}
