// RUN: %bn-opt %s --split-input-file --bn-batch-norm-to-scale-shift | FileCheck %s

// a = gamma / sqrt(variance + epsilon), c = beta - mean * a; the fact stays.
// CHECK: status = "kept", into = "", reason = "its input is an argument of the model"
// CHECK-LABEL: @kept
// CHECK-SAME:  %[[X:.*]]: tensor
// CHECK-DAG:   %[[A:.*]] = arith.constant dense<[5.000000e-01, -2.500000e-01]>
// CHECK-DAG:   %[[C:.*]] = arith.constant dense<[2.000000e+00, 7.000000e+00]>
// CHECK-NOT:   arith.constant
// CHECK:       %[[Y:.*]] = bn.scale_shift %[[X]], scale %[[A]], shift %[[C]] {layout = #bn<layout NHWC>}
// CHECK-NEXT:  return %[[Y]]
module attributes {bn.normalizations = [
  #bn.normalization<name = "bn1", op = "BatchNormalization", status = "kept",
    into = "", reason = "its input is an argument of the model",
    bound = 1.0e-05 : f64, measured = 0.0 : f64>]} {
func.func @kept(%x: tensor<?x3x2xf32>) -> tensor<?x3x2xf32> {
  %g = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %v = arith.constant dense<[4.0, 16.0]> : tensor<2xf32>
  %1 = bn.batch_norm_inference %x, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64, layout = #bn<layout NHWC>}
    : (tensor<?x3x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x3x2xf32> loc("bn1")
  return %1 : tensor<?x3x2xf32>
}
}

// -----

// What is not constant stays.
// CHECK-LABEL: @not_constant
// CHECK:       bn.batch_norm_inference
func.func @not_constant(%x: tensor<?x2xf32>, %g: tensor<2xf32>) -> tensor<?x2xf32> {
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %v = arith.constant dense<[4.0, 16.0]> : tensor<2xf32>
  %1 = bn.batch_norm_inference %x, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32> loc("bn1")
  return %1 : tensor<?x2xf32>
}

// -----

// So does what has no finite factor.
// CHECK-LABEL: @not_finite
// CHECK:       bn.batch_norm_inference
func.func @not_finite(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %g = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %v = arith.constant dense<[0.0, 16.0]> : tensor<2xf32>
  %1 = bn.batch_norm_inference %x, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32> loc("bn1")
  return %1 : tensor<?x2xf32>
}
