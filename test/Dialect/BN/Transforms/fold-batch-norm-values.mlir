// RUN: %bn-opt %s --split-input-file --bn-fold-batch-norm | FileCheck %s

// Gamma 0 leaves the offset alone.
// CHECK-LABEL: @gamma_zero
// CHECK-DAG:   arith.constant dense<{{\[}}[0.000000e+00, -5.000000e-01]]>
// CHECK-DAG:   arith.constant dense<[3.000000e+00, 7.000000e+00]>
// CHECK-NOT:   bn.batch_norm
func.func @gamma_zero(%x: tensor<?x1xf32>) -> tensor<?x2xf32> {
  %g = arith.constant dense<[0.0, -1.0]> : tensor<2xf32>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %v = arith.constant dense<[4.0, 16.0]> : tensor<2xf32>
  %w = arith.constant dense<[[1.0, 2.0]]> : tensor<1x2xf32>
  %0 = bn.linear %x, %w
    : (tensor<?x1xf32>, tensor<1x2xf32>) -> tensor<?x2xf32> loc("fc1")
  %1 = bn.batch_norm_inference %0, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32> loc("bn1")
  return %1 : tensor<?x2xf32>
}

// -----

// Subnormal weights become zero, and the report says how many.
// CHECK: status = "folded-into-producer", into = "fc1", reason = "2 subnormal values became zero"
// CHECK-LABEL: @subnormal
// CHECK-DAG:   arith.constant dense<{{\[}}[0.000000e+00, -5.000000e-01], [0.000000e+00, -1.000000e+00]]>
// CHECK-DAG:   arith.constant dense<[3.000000e+00, 7.000000e+00]>
// CHECK-NOT:   bn.batch_norm
func.func @subnormal(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %g = arith.constant dense<[1.0e-38, -1.0]> : tensor<2xf32>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %v = arith.constant dense<[4.0, 16.0]> : tensor<2xf32>
  %w = arith.constant dense<[[1.0, 2.0], [2.0, 4.0]]> : tensor<2x2xf32>
  %0 = bn.linear %x, %w
    : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32> loc("fc1")
  %1 = bn.batch_norm_inference %0, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32> loc("bn1")
  return %1 : tensor<?x2xf32>
}

// -----

// One rounding: 3 * 3 / sqrt(3), rounded after each step, would be 5.19615269.
// CHECK-LABEL: @rounded_once
// CHECK-DAG:   arith.constant dense<{{\[}}[0.577350259, 5.19615221]]>
// CHECK-NOT:   bn.batch_norm
func.func @rounded_once(%x: tensor<?x1xf32>) -> tensor<?x2xf32> {
  %g = arith.constant dense<[1.0, 3.0]> : tensor<2xf32>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %v = arith.constant dense<[3.0, 3.0]> : tensor<2xf32>
  %w = arith.constant dense<[[1.0, 3.0]]> : tensor<1x2xf32>
  %0 = bn.linear %x, %w
    : (tensor<?x1xf32>, tensor<1x2xf32>) -> tensor<?x2xf32> loc("fc1")
  %1 = bn.batch_norm_inference %0, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32> loc("bn1")
  return %1 : tensor<?x2xf32>
}

// -----

// Aliased parameters: scale, mean and variance are one tensor, (4, 16).
// a = (2, 4), c = (3 - 8, 5 - 64).
// CHECK-LABEL: @aliased
// CHECK-DAG:   arith.constant dense<{{\[}}[2.000000e+00, 8.000000e+00]]>
// CHECK-DAG:   arith.constant dense<[-5.000000e+00, -5.900000e+01]>
// CHECK-NOT:   arith.constant
// CHECK:       bn.linear
func.func @aliased(%x: tensor<?x1xf32>) -> tensor<?x2xf32> {
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %v = arith.constant dense<[4.0, 16.0]> : tensor<2xf32>
  %w = arith.constant dense<[[1.0, 2.0]]> : tensor<1x2xf32>
  %0 = bn.linear %x, %w
    : (tensor<?x1xf32>, tensor<1x2xf32>) -> tensor<?x2xf32> loc("fc1")
  %1 = bn.batch_norm_inference %0, scale %v, offset %b, mean %v,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32> loc("bn1")
  return %1 : tensor<?x2xf32>
}

// -----

// Blobs stay blobs: the new weight (0.5, 0.5) has a name of its own, and the
// old one stays for its other user. Parameters may be wider than the layer.
// CHECK-LABEL: @blobs
// CHECK-DAG:   %[[W:.*]] = arith.constant dense_resource<weight_1> : tensor<1x2xf32>
// CHECK-DAG:   %[[B:.*]] = arith.constant dense_resource<weight_2> : tensor<2xf32>
// CHECK:       bn.linear %{{.*}}, %[[W]] bias %[[B]]
// CHECK:       weight: "0x040000000000803F0000803F"
// CHECK:       weight_1: "0x400000000000003F000080BE"
// CHECK:       weight_2: "0x40000000000000400000E040"
func.func @blobs(%x: tensor<?x1xf32>) -> (tensor<?x2xf32>, tensor<1x2xf32>) {
  %g = arith.constant dense<[1.0, -1.0]> : tensor<2xf64>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf64>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf64>
  %v = arith.constant dense<[4.0, 16.0]> : tensor<2xf64>
  %w = arith.constant dense_resource<weight> : tensor<1x2xf32>
  %0 = bn.linear %x, %w
    : (tensor<?x1xf32>, tensor<1x2xf32>) -> tensor<?x2xf32> loc("fc1")
  %1 = bn.batch_norm_inference %0, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<?x2xf32>, tensor<2xf64>, tensor<2xf64>, tensor<2xf64>, tensor<2xf64>) -> tensor<?x2xf32> loc("bn1")
  return %1, %w : tensor<?x2xf32>, tensor<1x2xf32>
}
{-#
  dialect_resources: {
    builtin: {
      weight: "0x040000000000803F0000803F"
    }
  }
#-}
