// RUN: %bn-opt %s --split-input-file --bn-fuse-training | FileCheck %s

// Sums over the batch are ops apart from what needs them. The bias in front is
// dropped: it is in the mean, which the running mean takes in, and its gradient
// is zero.

// CHECK-LABEL: @step
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<?x3x8x8xf32>, %[[W:[a-z0-9]+]]: {{.*}}, %[[B:[a-z0-9]+]]: {{.*}}, %[[G:[a-z0-9]+]]: tensor<?x6x8x8xf32>, %[[S:[a-z0-9]+]]: {{.*}}, %[[O:[a-z0-9]+]]: {{.*}}, %[[RM:[a-z0-9]+]]: {{.*}}, %[[RV:[a-z0-9]+]]: tensor<6xf32>)
// CHECK:         %[[Y:.*]] = bn.conv %[[X]], %[[W]] {{{.*}}} : (tensor<?x3x8x8xf32>, tensor<6x3x1x1xf32>)
// CHECK-NEXT:    %[[M:.*]], %[[V:.*]] = bn.batch_statistics %[[Y]]
// CHECK-NEXT:    %[[WHOLE:.*]] = bn.add %[[M]], %[[B]]
// CHECK-NEXT:    %[[Z:.*]] = bn.batch_norm_inference %[[Y]], scale %[[S]], offset %[[O]], mean %[[M]], variance %[[V]] {epsilon = 1.000000e-05 : f64}
// CHECK-NEXT:    %[[NM:.*]], %[[NV:.*]] = bn.running_statistics %[[Y]], mean %[[WHOLE]], variance %[[V]], running_mean %[[RM]], running_variance %[[RV]] {convention = #bn<momentum_convention torch>, momentum = 1.000000e-01 : f64, variance_bias = #bn<running_variance unbiased>}
// CHECK-NEXT:    %[[DS:.*]], %[[DO:.*]] = bn.batch_norm_parameter_gradient %[[G]], %[[Y]], mean %[[M]], variance %[[V]] {epsilon = 1.000000e-05 : f64}
// CHECK-NEXT:    %[[DY:.*]] = bn.batch_norm_input_gradient %[[G]], %[[Y]], scale %[[S]], mean %[[M]], variance %[[V]], scale_gradient %[[DS]], offset_gradient %[[DO]]
// CHECK-NEXT:    %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : tensor<6xf32>
// CHECK-NEXT:    return %[[Z]], %[[DY]], %[[DS]], %[[DO]], %[[ZERO]], %[[NM]], %[[NV]]
func.func @step(%x: tensor<?x3x8x8xf32>, %w: tensor<6x3x1x1xf32>,
    %b: tensor<6xf32>, %g: tensor<?x6x8x8xf32>, %s: tensor<6xf32>,
    %o: tensor<6xf32>, %rm: tensor<6xf32>, %rv: tensor<6xf32>)
    -> (tensor<?x6x8x8xf32>, tensor<?x6x8x8xf32>, tensor<6xf32>, tensor<6xf32>,
        tensor<6xf32>, tensor<6xf32>, tensor<6xf32>) {
  %y = bn.conv %x, %w bias %b {dilations = array<i64: 1, 1>,
      padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>}
    : (tensor<?x3x8x8xf32>, tensor<6x3x1x1xf32>, tensor<6xf32>)
    -> tensor<?x6x8x8xf32>
  %z, %m, %v, %nm, %nv = bn.batch_norm_training %y, scale %s, offset %o,
    running_mean %rm, running_variance %rv {epsilon = 1.0e-05 : f64,
      momentum = 0.1 : f64, convention = #bn<momentum_convention torch>,
      variance_bias = #bn<running_variance unbiased>}
    : (tensor<?x6x8x8xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>,
       tensor<6xf32>)
    -> (tensor<?x6x8x8xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>,
        tensor<6xf32>)
  %dy, %ds, %do = bn.batch_norm_gradient %g, %y, scale %s, mean %m,
    variance %v {epsilon = 1.0e-05 : f64} : (tensor<?x6x8x8xf32>,
    tensor<?x6x8x8xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>)
    -> (tensor<?x6x8x8xf32>, tensor<6xf32>, tensor<6xf32>)
  %db = bn.reduce_sum %dy {axes = array<i64: 0, 2, 3>}
    : (tensor<?x6x8x8xf32>) -> tensor<6xf32>
  return %z, %dy, %ds, %do, %db, %nm, %nv
    : tensor<?x6x8x8xf32>, tensor<?x6x8x8xf32>, tensor<6xf32>, tensor<6xf32>,
      tensor<6xf32>, tensor<6xf32>, tensor<6xf32>
}

// -----

// A bias whose sum somebody else sees stays, and so does one that counts twice.
// Without a running mean that wants it the mean is never added up, and what
// nobody uses is not computed.

// CHECK-LABEL: @others
// CHECK:         bn.linear %{{.*}}, %{{.*}} bias %{{.*}} {transpose_weight}
// CHECK:         bn.linear %{{.*}}, %{{.*}} bias %{{.*}} {beta = 2.000000e+00 : f64}
// CHECK:         bn.linear %{{.*}}, %{{.*}} {alpha = 2.000000e+00 : f64, transpose_weight}
// CHECK-NOT:     bn.add
// CHECK-NOT:     bn.running_statistics
func.func @others(%x: tensor<?x3xf32>, %w: tensor<3x3xf32>, %c: tensor<3xf32>)
    -> (tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>) {
  %a = bn.linear %x, %w bias %c {transpose_weight}
    : (tensor<?x3xf32>, tensor<3x3xf32>, tensor<3xf32>) -> tensor<?x3xf32>
  %b = bn.linear %x, %w bias %c {beta = 2.0 : f64}
    : (tensor<?x3xf32>, tensor<3x3xf32>, tensor<3xf32>) -> tensor<?x3xf32>
  %d = bn.linear %x, %w bias %c {transpose_weight, alpha = 2.0 : f64}
    : (tensor<?x3xf32>, tensor<3x3xf32>, tensor<3xf32>) -> tensor<?x3xf32>
  %1:5 = bn.batch_norm_training %a, scale %c, offset %c, running_mean %c,
    running_variance %c {epsilon = 1.0e-05 : f64, momentum = 0.9 : f64}
    : (tensor<?x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>,
       tensor<3xf32>)
    -> (tensor<?x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>,
        tensor<3xf32>)
  %2:5 = bn.batch_norm_training %b, scale %c, offset %c, running_mean %c,
    running_variance %c {epsilon = 1.0e-05 : f64, momentum = 0.9 : f64}
    : (tensor<?x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>,
       tensor<3xf32>)
    -> (tensor<?x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>,
        tensor<3xf32>)
  %3:5 = bn.batch_norm_training %d, scale %c, offset %c, running_mean %c,
    running_variance %c {epsilon = 1.0e-05 : f64, momentum = 0.9 : f64}
    : (tensor<?x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>,
       tensor<3xf32>)
    -> (tensor<?x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>,
        tensor<3xf32>)
  return %1#0, %2#0, %3#0, %a
    : tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>
}
