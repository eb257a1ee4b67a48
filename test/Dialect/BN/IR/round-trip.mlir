// RUN: %bn-opt %s --pass-pipeline='builtin.module()' | %bn-opt --pass-pipeline='builtin.module()' | FileCheck %s
// RUN: %bn-opt %s --mlir-print-op-generic | %bn-opt --pass-pipeline='builtin.module()' | FileCheck %s
// RUN: %bn-opt %s --emit-bytecode | %bn-opt --pass-pipeline='builtin.module()' | FileCheck %s

// Attributes that are not at their defaults; the rest is in td-examples.test.

// CHECK:      module attributes {bn.normalizations = [#bn.normalization<
// CHECK-SAME: name = "bn \22 1", op = "BatchNormalization", status = "kept", into = "", reason = "why; <not>", bound = 1.000000e-05 : f64, measured = 0.000000e+00 : f64>]
// CHECK-SAME: bn.properties = {bn.input_mean = "0.5"}
module attributes {bn.normalizations = [
    #bn.normalization<name = "bn \22 1", op = "BatchNormalization",
      status = "kept", into = "", reason = "why; <not>", bound = 1.0e-05 : f64,
      measured = 0.0 : f64>],
    bn.properties = {"bn.input_mean" = "0.5"}} {

// CHECK-LABEL: @conv
// CHECK-SAME:  {bn.name = "image 1"}
// CHECK: bn.conv %{{.*}}, %{{.*}} {dilations = array<i64: 2>, groups = 2 : i64, layout = #bn<layout NHWC>, padding = array<i64: 1, 0>, strides = array<i64: 3>} : (tensor<?x9x4xf64>, tensor<6x2x2xf64>) -> tensor<?x3x6xf64>
func.func @conv(%x: tensor<?x9x4xf64> {bn.name = "image 1"}, %w: tensor<6x2x2xf64>) -> tensor<?x3x6xf64> {
  %y = bn.conv %x, %w {dilations = array<i64: 2>, groups = 2 : i64,
      layout = #bn<layout NHWC>, padding = array<i64: 1, 0>, strides = array<i64: 3>}
    : (tensor<?x9x4xf64>, tensor<6x2x2xf64>) -> tensor<?x3x6xf64>
  return %y : tensor<?x3x6xf64>
}

// CHECK-LABEL: @linear
// CHECK: bn.linear %{{.*}}, %{{.*}} {alpha = 5.000000e-01 : f64, beta = 2.000000e+00 : f64, transpose_input} :
func.func @linear(%x: tensor<3x?xf32>, %w: tensor<3x5xf32>) -> tensor<?x5xf32> {
  %y = bn.linear %x, %w {alpha = 0.5 : f64, beta = 2.0 : f64, transpose_input}
    : (tensor<3x?xf32>, tensor<3x5xf32>) -> tensor<?x5xf32>
  return %y : tensor<?x5xf32>
}

// CHECK-LABEL: @training
// CHECK: bn.batch_norm_training {{.*}} {convention = #bn<momentum_convention torch>, epsilon = 1.000000e-03 : f64, layout = #bn<layout NHWC>, momentum = 1.000000e-01 : f64, variance_bias = #bn<running_variance unbiased>}
func.func @training(%x: tensor<2x3x4x5x6xf16>, %c: tensor<6xf32>) -> tensor<2x3x4x5x6xf16> {
  %y:5 = bn.batch_norm_training %x, scale %c, offset %c, running_mean %c,
      running_variance %c {convention = #bn<momentum_convention torch>,
      epsilon = 1.0e-3 : f64, layout = #bn<layout NHWC>, momentum = 0.1 : f64,
      variance_bias = #bn<running_variance unbiased>}
    : (tensor<2x3x4x5x6xf16>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>)
    -> (tensor<2x3x4x5x6xf16>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>)
  return %y#0 : tensor<2x3x4x5x6xf16>
}

// CHECK-LABEL: @pools
// CHECK: bn.max_pool %{{.*}} {ceil_mode = true, dilations = array<i64: 1>, kernel = array<i64: 2>, layout = #bn<layout NHWC>, padding = array<i64: 0, 1>, strides = array<i64: 2>}
// CHECK: bn.average_pool %{{.*}} {{{.*}}count_include_pad = true{{.*}}}
// CHECK: bn.reduce_mean %{{.*}} {axes = array<i64: 1>} : (tensor<?x2x3xf32>) -> tensor<?x3xf32>
func.func @pools(%x: tensor<?x7x3xf32>) -> tensor<?x3xf32> {
  %a = bn.max_pool %x {ceil_mode = true, dilations = array<i64: 1>,
      kernel = array<i64: 2>, layout = #bn<layout NHWC>,
      padding = array<i64: 0, 1>, strides = array<i64: 2>}
    : (tensor<?x7x3xf32>) -> tensor<?x4x3xf32>
  %b = bn.average_pool %a {count_include_pad = true, dilations = array<i64: 1>,
      kernel = array<i64: 2>, layout = #bn<layout NHWC>,
      padding = array<i64: 0, 0>, strides = array<i64: 2>}
    : (tensor<?x4x3xf32>) -> tensor<?x2x3xf32>
  %c = bn.reduce_mean %b {axes = array<i64: 1>} : (tensor<?x2x3xf32>) -> tensor<?x3xf32>
  return %c : tensor<?x3xf32>
}
}
