// RUN: %bn-opt %s --split-input-file --bn-fold-batch-norm | FileCheck %s

// In all of these a = gamma / sqrt(variance + epsilon) is (0.5, -0.25), and
// c = beta - mean * a is (2, 7).

// CHECK: name = "bn1", op = "BatchNormalization", status = "folded-into-producer", into = "conv1", reason = "", bound = 1.000000e-05 : f64, measured = 0.000000e+00 : f64
// CHECK-LABEL: @conv
// CHECK-DAG:   %[[W:.*]] = arith.constant dense<{{\[\[\[}}[5.000000e-01, 1.000000e+00]]], {{\[\[}}[-7.500000e-01, -1.000000e+00]]]]> : tensor<2x1x1x2xf32>
// CHECK-DAG:   %[[B:.*]] = arith.constant dense<[7.000000e+00, 2.000000e+00]>
// CHECK-NEXT:  %[[Y:.*]] = bn.conv %{{.*}}, %[[W]] bias %[[B]]
// CHECK-NEXT:  return %[[Y]]
func.func @conv(%x: tensor<?x1x3x4xf32>) -> tensor<?x2x3x3xf32> {
  %g = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %v = arith.constant dense<[4.0, 16.0]> : tensor<2xf32>
  %w = arith.constant dense<[[[[1.0, 2.0]]], [[[3.0, 4.0]]]]> : tensor<2x1x1x2xf32>
  %c = arith.constant dense<[10.0, 20.0]> : tensor<2xf32>
  %0 = bn.conv %x, %w bias %c {dilations = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>,
    strides = array<i64: 1, 1>}
    : (tensor<?x1x3x4xf32>, tensor<2x1x1x2xf32>, tensor<2xf32>) -> tensor<?x2x3x3xf32> loc("conv1")
  %1 = bn.batch_norm_inference %0, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<?x2x3x3xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2x3x3xf32> loc("bn1")
  return %1 : tensor<?x2x3x3xf32>
}

// -----

// A bias appears; channels are last; the filter's order stays.
// CHECK-LABEL: @conv_grouped_nhwc
// CHECK-DAG:   %[[W:.*]] = arith.constant dense<{{\[\[\[}}[5.000000e-01]]], {{\[\[}}[-5.000000e-01]]]]> : tensor<2x1x1x1xf32>
// CHECK-DAG:   %[[B:.*]] = arith.constant dense<[2.000000e+00, 7.000000e+00]>
// CHECK-NEXT:  %[[Y:.*]] = bn.conv %{{.*}}, %[[W]] bias %[[B]] {{.*}}groups = 2
// CHECK-NEXT:  return %[[Y]]
func.func @conv_grouped_nhwc(%x: tensor<?x3x2x2xf32>) -> tensor<?x3x2x2xf32> {
  %g = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %v = arith.constant dense<[4.0, 16.0]> : tensor<2xf32>
  %w = arith.constant dense<[[[[1.0]]], [[[2.0]]]]> : tensor<2x1x1x1xf32>
  %0 = bn.conv %x, %w {dilations = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>,
    strides = array<i64: 1, 1>,
    groups = 2 : i64, layout = #bn<layout NHWC>}
    : (tensor<?x3x2x2xf32>, tensor<2x1x1x1xf32>) -> tensor<?x3x2x2xf32> loc("conv1")
  %1 = bn.batch_norm_inference %0, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64, layout = #bn<layout NHWC>}
    : (tensor<?x3x2x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x3x2x2xf32> loc("bn1")
  return %1 : tensor<?x3x2x2xf32>
}

// -----

// Rows of a transposed weight are channels; beta goes into the bias, alpha
// stays.
// CHECK-LABEL: @gemm
// CHECK-DAG:   %[[W:.*]] = arith.constant dense<{{\[}}[5.000000e-01, 1.000000e+00, 1.500000e+00], [-1.000000e+00, -1.250000e+00, -1.500000e+00]]>
// CHECK-DAG:   %[[B:.*]] = arith.constant dense<[1.200000e+01, -3.000000e+00]>
// CHECK-NEXT:  %[[Y:.*]] = bn.linear %{{.*}}, %[[W]] bias %[[B]] {alpha = 3.000000e+00 : f64, transpose_input, transpose_weight}
// CHECK-NEXT:  return %[[Y]]
func.func @gemm(%x: tensor<3x?xf32>) -> tensor<?x2xf32> {
  %g = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %v = arith.constant dense<[4.0, 16.0]> : tensor<2xf32>
  %w = arith.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
  %c = arith.constant dense<[10.0, 20.0]> : tensor<2xf32>
  %0 = bn.linear %x, %w bias %c {alpha = 3.0 : f64, beta = 2.0 : f64, transpose_input, transpose_weight}
    : (tensor<3x?xf32>, tensor<2x3xf32>, tensor<2xf32>) -> tensor<?x2xf32> loc("fc1")
  %1 = bn.batch_norm_inference %0, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32> loc("bn1")
  return %1 : tensor<?x2xf32>
}

// -----

// Columns of a weight as it is are channels, also where it is square.
// CHECK-LABEL: @matmul
// CHECK-DAG:   %[[W:.*]] = arith.constant dense<{{\[}}[5.000000e-01, -5.000000e-01], [1.500000e+00, -1.000000e+00]]>
// CHECK-DAG:   %[[B:.*]] = arith.constant dense<[2.000000e+00, 7.000000e+00]>
// CHECK-NEXT:  %[[Y:.*]] = bn.linear %{{.*}}, %[[W]] bias %[[B]] :
// CHECK-NEXT:  return %[[Y]]
func.func @matmul(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %g = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %v = arith.constant dense<[4.0, 16.0]> : tensor<2xf32>
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %0 = bn.linear %x, %w
    : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32> loc("fc1")
  %1 = bn.batch_norm_inference %0, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32> loc("bn1")
  return %1 : tensor<?x2xf32>
}

// -----

// MatMul and its bias are two ops; both are taken in. No normalization is
// counted for the bias.
// CHECK: bn.normalizations = [#bn.normalization<name = "bn1", {{[^>]*}}>]}
// CHECK-LABEL: @matmul_add
// CHECK-DAG:   %[[W:.*]] = arith.constant dense<{{\[}}[5.000000e-01, -5.000000e-01]]>
// CHECK-DAG:   %[[B:.*]] = arith.constant dense<[7.000000e+00, 2.000000e+00]>
// CHECK-NEXT:  %[[Y:.*]] = bn.linear %{{.*}}, %[[W]] bias %[[B]] :
// CHECK-NEXT:  return %[[Y]]
func.func @matmul_add(%x: tensor<?x1xf32>) -> tensor<?x2xf32> {
  %g = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %v = arith.constant dense<[4.0, 16.0]> : tensor<2xf32>
  %w = arith.constant dense<[[1.0, 2.0]]> : tensor<1x2xf32>
  %c = arith.constant dense<[10.0, 20.0]> : tensor<2xf32>
  %0 = bn.linear %x, %w
    : (tensor<?x1xf32>, tensor<1x2xf32>) -> tensor<?x2xf32> loc("fc1")
  %1 = bn.add %0, %c : (tensor<?x2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  %2 = bn.batch_norm_inference %1, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32> loc("bn1")
  return %2 : tensor<?x2xf32>
}

// -----

// A weight that two layers share is not changed for the other; the result of
// the batch norm may have several users.
// CHECK-LABEL: @shared_weight
// CHECK-DAG:   %[[OLD:.*]] = arith.constant dense<{{\[}}[1.000000e+00, 2.000000e+00], [3.000000e+00, 4.000000e+00]]>
// CHECK-DAG:   %[[NEW:.*]] = arith.constant dense<{{\[}}[5.000000e-01, -5.000000e-01], [1.500000e+00, -1.000000e+00]]>
// CHECK:       %[[Y:.*]] = bn.linear %{{.*}}, %[[NEW]] bias
// CHECK-NEXT:  %[[Z:.*]] = bn.linear %[[Y]], %[[OLD]] :
// CHECK-NEXT:  return %[[Y]], %[[Z]]
func.func @shared_weight(%x: tensor<?x2xf32>) -> (tensor<?x2xf32>, tensor<?x2xf32>) {
  %g = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %v = arith.constant dense<[4.0, 16.0]> : tensor<2xf32>
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %0 = bn.linear %x, %w
    : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32> loc("fc1")
  %1 = bn.batch_norm_inference %0, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32> loc("bn1")
  %2 = bn.linear %1, %w
    : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32> loc("fc2")
  return %1, %2 : tensor<?x2xf32>, tensor<?x2xf32>
}
