// RUN: %bn-opt %s --split-input-file --bn-fold-batch-norm | FileCheck %s

// Into the layer behind: a = (0.5, -0.25) and c = (2, 7) per input channel.

// CHECK: status = "folded-into-consumer", into = "conv1", reason = ""
// CHECK-LABEL: @conv
// CHECK-SAME:  %[[X:.*]]: tensor
// CHECK-NEXT:  %[[R:.*]] = bn.relu %[[X]]
// CHECK-DAG:   %[[W:.*]] = arith.constant dense<{{\[\[\[}}[5.000000e-01]], {{\[}}[-5.000000e-01]]]]> : tensor<1x2x1x1xf32>
// CHECK-DAG:   %[[B:.*]] = arith.constant dense<2.600000e+01> : tensor<1xf32>
// CHECK-NEXT:  %[[Y:.*]] = bn.conv %[[R]], %[[W]] bias %[[B]]
// CHECK-NEXT:  return %[[Y]]
func.func @conv(%x: tensor<?x2x3x4xf32>) -> tensor<?x1x3x4xf32> {
  %g = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %v = arith.constant dense<[4.0, 16.0]> : tensor<2xf32>
  %w = arith.constant dense<[[[[1.0]], [[2.0]]]]> : tensor<1x2x1x1xf32>
  %c = arith.constant dense<[10.0]> : tensor<1xf32>
  %0 = bn.relu %x : tensor<?x2x3x4xf32>
  %1 = bn.batch_norm_inference %0, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<?x2x3x4xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2x3x4xf32> loc("bn1")
  %2 = bn.conv %1, %w bias %c {dilations = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>,
    strides = array<i64: 1, 1>}
    : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>, tensor<1xf32>) -> tensor<?x1x3x4xf32> loc("conv1")
  return %2 : tensor<?x1x3x4xf32>
}

// -----

// Each group reads channels of its own; the input may have other users.
// CHECK-LABEL: @conv_grouped_nhwc
// CHECK-DAG:   arith.constant dense<{{\[\[\[}}[5.000000e-01]]], {{\[\[}}[-5.000000e-01]]]]>
// CHECK-DAG:   arith.constant dense<[2.000000e+00, 1.400000e+01]>
// CHECK-NOT:   bn.batch_norm
func.func @conv_grouped_nhwc(%x: tensor<?x3x4x2xf32>) -> (tensor<?x3x4x2xf32>, tensor<?x3x4x2xf32>) {
  %g = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %v = arith.constant dense<[4.0, 16.0]> : tensor<2xf32>
  %w = arith.constant dense<[[[[1.0]]], [[[2.0]]]]> : tensor<2x1x1x1xf32>
  %1 = bn.batch_norm_inference %x, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64, layout = #bn<layout NHWC>}
    : (tensor<?x3x4x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x3x4x2xf32> loc("bn1")
  %2 = bn.conv %1, %w {dilations = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>,
    strides = array<i64: 1, 1>,
    groups = 2 : i64, layout = #bn<layout NHWC>}
    : (tensor<?x3x4x2xf32>, tensor<2x1x1x1xf32>) -> tensor<?x3x4x2xf32> loc("conv1")
  return %2, %x : tensor<?x3x4x2xf32>, tensor<?x3x4x2xf32>
}

// -----

// A scale alone passes padding: zero times anything is zero.
// CHECK-LABEL: @padding_without_shift
// CHECK-DAG:   arith.constant dense<{{\[\[\[}}[5.000000e-01]], {{\[}}[-5.000000e-01]]]]>
// CHECK-NOT:   bn.batch_norm
func.func @padding_without_shift(%x: tensor<?x2x3x4xf32>) -> tensor<?x1x5x6xf32> {
  %g = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %b = arith.constant dense<[1.0, -2.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %v = arith.constant dense<[4.0, 16.0]> : tensor<2xf32>
  %w = arith.constant dense<[[[[1.0]], [[2.0]]]]> : tensor<1x2x1x1xf32>
  %1 = bn.batch_norm_inference %x, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<?x2x3x4xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2x3x4xf32> loc("bn1")
  %2 = bn.conv %1, %w {dilations = array<i64: 1, 1>, padding = array<i64: 1, 1, 1, 1>,
    strides = array<i64: 1, 1>}
    : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x1x5x6xf32> loc("conv1")
  return %2 : tensor<?x1x5x6xf32>
}

// -----

// Flattened channels are blocks of features in NCHW. alpha counts for what the
// shift adds: 2 * (1 * 2 + 2 * 2 + 3 * 7 + 4 * 7) + 3 * 10.
// CHECK: status = "folded-into-consumer", into = "fc1"
// CHECK-LABEL: @flatten_nchw
// CHECK-NEXT:  bn.reshape
// CHECK-DAG:   arith.constant dense<{{\[}}[5.000000e-01, 1.000000e+00, -7.500000e-01, -1.000000e+00]]>
// CHECK-DAG:   arith.constant dense<1.400000e+02> : tensor<1xf32>
// CHECK-NEXT:  bn.linear {{.*}} {alpha = 2.000000e+00 : f64, transpose_weight}
func.func @flatten_nchw(%x: tensor<?x2x1x2xf32>) -> tensor<?x1xf32> {
  %g = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %v = arith.constant dense<[4.0, 16.0]> : tensor<2xf32>
  %w = arith.constant dense<[[1.0, 2.0, 3.0, 4.0]]> : tensor<1x4xf32>
  %c = arith.constant dense<[10.0]> : tensor<1xf32>
  %0 = bn.batch_norm_inference %x, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<?x2x1x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2x1x2xf32> loc("bn1")
  %1 = bn.reshape %0 : tensor<?x2x1x2xf32> -> tensor<?x4xf32>
  %2 = bn.linear %1, %w bias %c {alpha = 2.0 : f64, beta = 3.0 : f64, transpose_weight}
    : (tensor<?x4xf32>, tensor<1x4xf32>, tensor<1xf32>) -> tensor<?x1xf32> loc("fc1")
  return %2 : tensor<?x1xf32>
}

// -----

// In NHWC they alternate.
// CHECK-LABEL: @flatten_nhwc
// CHECK-DAG:   arith.constant dense<{{\[}}[5.000000e-01], [-5.000000e-01], [1.500000e+00], [-1.000000e+00]]>
// CHECK-DAG:   arith.constant dense<5.000000e+01> : tensor<1xf32>
// CHECK-NOT:   bn.batch_norm
func.func @flatten_nhwc(%x: tensor<?x1x2x2xf32>) -> tensor<?x1xf32> {
  %g = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %v = arith.constant dense<[4.0, 16.0]> : tensor<2xf32>
  %w = arith.constant dense<[[1.0], [2.0], [3.0], [4.0]]> : tensor<4x1xf32>
  %0 = bn.batch_norm_inference %x, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64, layout = #bn<layout NHWC>}
    : (tensor<?x1x2x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x1x2x2xf32> loc("bn1")
  %1 = bn.reshape %0 : tensor<?x1x2x2xf32> -> tensor<?x4xf32>
  %2 = bn.linear %1, %w
    : (tensor<?x4xf32>, tensor<4x1xf32>) -> tensor<?x1xf32> loc("fc1")
  return %2 : tensor<?x1xf32>
}

// -----

// A transposed input has its features on axis 0. 1 * 2 + 2 * 7 = 16.
// CHECK-LABEL: @transposed_input
// CHECK-NEXT:  bn.transpose
// CHECK-DAG:   arith.constant dense<{{\[}}[5.000000e-01], [-5.000000e-01]]>
// CHECK-DAG:   arith.constant dense<1.600000e+01> : tensor<1xf32>
// CHECK-NEXT:  bn.linear {{.*}} {transpose_input}
func.func @transposed_input(%x: tensor<?x2xf32>) -> tensor<?x1xf32> {
  %g = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %v = arith.constant dense<[4.0, 16.0]> : tensor<2xf32>
  %w = arith.constant dense<[[1.0], [2.0]]> : tensor<2x1xf32>
  %0 = bn.batch_norm_inference %x, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32> loc("bn1")
  %1 = bn.transpose %0 {permutation = array<i64: 1, 0>} : (tensor<?x2xf32>) -> tensor<2x?xf32>
  %2 = bn.linear %1, %w {transpose_input}
    : (tensor<2x?xf32>, tensor<2x1xf32>) -> tensor<?x1xf32> loc("fc1")
  return %2 : tensor<?x1xf32>
}
