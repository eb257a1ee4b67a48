// RUN: %bn-opt %s --split-input-file --bn-differentiate | FileCheck %s
// RUN: %bn-opt %s --split-input-file --bn-differentiate="loss=mse label-smoothing=0.25" | FileCheck %s --check-prefix=MSE

// The signature. A value used twice has the sum of its gradients, a parameter
// that the loss does not depend on has zero, and the data has none.
// CHECK-LABEL: func.func @gradients(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<?x2xf32> {bn.name = "x"}, %[[L:[a-z0-9]+]]: tensor<?xi64> {bn.name = "labels"}, %[[S:[a-z0-9]+]]: tensor<2xi64> {bn.name = "seed"}, %[[W:[a-z0-9]+]]: tensor<2x2xf32>
// CHECK-SAME:    -> (tensor<f32> {bn.name = "loss"}, tensor<i64> {bn.name = "hits"}, tensor<2x2xf32> {bn.gradient_of = "w"}, tensor<3xf32> {bn.gradient_of = "u"}, tensor<2xf32> {bn.new_value_of = "m"})
// CHECK:         %[[A:.*]] = bn.linear %[[X]], %[[W]] :
// CHECK:         %[[B:.*]] = bn.dropout %[[A]] seed %[[S]]
// CHECK:         %[[Y:.*]] = bn.linear %[[B]], %[[W]] {alpha = 3.000000e+00 : f64}
// CHECK:         %[[LOSS:.*]], %[[HITS:.*]], %[[G:.*]] = bn.cross_entropy_loss %[[Y]], %[[L]]
// CHECK:         %[[DB:.*]] = bn.linear %[[G]], %[[W]] {alpha = 3.000000e+00 : f64, transpose_weight}
// CHECK:         %[[DW2:.*]] = bn.linear %[[B]], %[[G]] {alpha = 3.000000e+00 : f64, transpose_input}
// CHECK:         %[[DA:.*]] = bn.dropout %[[DB]] seed %[[S]] {ratio = 5.000000e-01 : f64, stream = 7 : i64}
// CHECK-NOT:     transpose_weight
// CHECK:         %[[DW1:.*]] = bn.linear %[[X]], %[[DA]] {transpose_input}
// CHECK:         %[[DW:.*]] = bn.add %[[DW2]], %[[DW1]]
// CHECK:         %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : tensor<3xf32>
// CHECK:         return %[[LOSS]], %[[HITS]], %[[DW]], %[[ZERO]], %{{.*}} :
// MSE:           bn.mean_squared_error_loss {{.*}} {label_smoothing = 2.500000e-01 : f64}
module {
  func.func @gradients(%x: tensor<?x2xf32> {bn.name = "x"}, %w: tensor<2x2xf32> {bn.name = "w", bn.parameter = "weight"}, %u: tensor<3xf32> {bn.name = "u", bn.parameter = "bias"}, %m: tensor<2xf32> {bn.name = "m", bn.parameter = "running_mean"}) -> (tensor<?x2xf32>, tensor<2xf32> {bn.new_value_of = "m"}) {
    %0 = bn.linear %x, %w : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32>
    %1 = bn.dropout %0 {ratio = 0.5 : f64, stream = 7 : i64} : (tensor<?x2xf32>) -> tensor<?x2xf32>
    %2 = bn.linear %1, %w {alpha = 3.0 : f64} : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32>
    return %2, %m : tensor<?x2xf32>, tensor<2xf32>
  }
}

// -----

// The bias in front of a batch norm in training mode has the gradient zero, the
// other one a sum. The first convolution needs no gradient of its input.
// CHECK-LABEL: func.func @gradients(
// CHECK:         %[[C1:.*]] = bn.conv %[[X:arg[0-9]+]], %[[W1:arg[0-9]+]] bias
// CHECK:         %[[C2:.*]] = bn.conv %[[C1]], %[[W2:arg[0-9]+]] bias
// CHECK:         %[[N:[a-z0-9_]+]], %[[M:[a-z0-9_]+]], %[[V:[a-z0-9_]+]], %{{.*}} = bn.batch_norm_training %[[C2]], scale %[[S:[a-z0-9]+]]
// CHECK:         %[[G:.*]] = bn.max_pool_gradient %{{.*}}, %[[N]] {dilations = array<i64: 1>, kernel = array<i64: 2>, padding = array<i64: 0, 0>, strides = array<i64: 2>}
// CHECK:         %[[DX:[a-z0-9_]+]], %[[DS:[a-z0-9_]+]], %[[DO:[a-z0-9_]+]] = bn.batch_norm_gradient %[[G]], %[[C2]], scale %[[S]], mean %[[M]], variance %[[V]] {epsilon = 1.000000e-03 : f64}
// CHECK:         %[[DC:.*]] = bn.conv_input_gradient %[[DX]], %[[W2]] {dilations = array<i64: 1>, groups = 2 : i64, padding = array<i64: 0, 0>, strides = array<i64: 1>}
// CHECK:         %[[DW2:.*]] = bn.conv_filter_gradient %[[DX]], %[[C1]] {dilations = array<i64: 1>, groups = 2 : i64, padding = array<i64: 0, 0>, strides = array<i64: 1>}
// CHECK:         %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : tensor<2xf32>
// CHECK-NOT:     conv_input_gradient
// CHECK:         %[[DW1:.*]] = bn.conv_filter_gradient %[[DC]], %[[X]] {dilations = array<i64: 2>, padding = array<i64: 1, 2>, strides = array<i64: 3>}
// CHECK:         %[[DB1:.*]] = bn.reduce_sum %[[DC]] {axes = array<i64: 0, 2>}
// CHECK:         return %{{.*}}, %{{.*}}, %[[DW1]], %[[DB1]], %[[DW2]], %[[ZERO]], %[[DS]], %[[DO]] :
module {
  func.func @gradients(%x: tensor<?x3x20xf32>, %w1: tensor<2x3x3xf32> {bn.name = "w1", bn.parameter = "weight"}, %b1: tensor<2xf32> {bn.name = "b1", bn.parameter = "bias"}, %w2: tensor<2x1x4xf32> {bn.name = "w2", bn.parameter = "weight"}, %b2: tensor<2xf32> {bn.name = "b2", bn.parameter = "bias"}, %s: tensor<2xf32> {bn.name = "s", bn.parameter = "scale"}, %o: tensor<2xf32> {bn.name = "o", bn.parameter = "offset"}, %m: tensor<2xf32> {bn.name = "m", bn.parameter = "running_mean"}) -> tensor<?x4xf32> {
    %0 = bn.conv %x, %w1 bias %b1 {dilations = array<i64: 2>, padding = array<i64: 1, 2>, strides = array<i64: 3>} : (tensor<?x3x20xf32>, tensor<2x3x3xf32>, tensor<2xf32>) -> tensor<?x2x7xf32>
    %1 = bn.conv %0, %w2 bias %b2 {dilations = array<i64: 1>, groups = 2 : i64, padding = array<i64: 0, 0>, strides = array<i64: 1>} : (tensor<?x2x7xf32>, tensor<2x1x4xf32>, tensor<2xf32>) -> tensor<?x2x4xf32>
    %2:5 = bn.batch_norm_training %1, scale %s, offset %o, running_mean %m, running_variance %m {epsilon = 1.0e-03 : f64, momentum = 0.9 : f64} : (tensor<?x2x4xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> (tensor<?x2x4xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>)
    %3 = bn.max_pool %2#0 {dilations = array<i64: 1>, kernel = array<i64: 2>, padding = array<i64: 0, 0>, strides = array<i64: 2>} : (tensor<?x2x4xf32>) -> tensor<?x2x2xf32>
    %4 = bn.reshape %3 : tensor<?x2x2xf32> -> tensor<?x4xf32>
    return %4 : tensor<?x4xf32>
  }
}

// -----

// Linear layers: transposed operands, and rank 3, whose sum over two axes is a
// convolution's by a kernel of one value.
// CHECK-LABEL: func.func @gradients(
// CHECK:         %[[Y:.*]] = bn.reduce_mean
// CHECK:         %[[DA:.*]] = bn.reduce_mean_gradient %{{.*}}, %[[A:.*]] {axes = array<i64: 1>}
// CHECK:         %[[DV:.*]] = bn.linear %[[DA]], %[[W:.*]] {alpha = 2.000000e+00 : f64} : (tensor<?x5x4xf32>, tensor<4x3xf32>) -> tensor<?x5x3xf32>
// CHECK-DAG:     %[[L:.*]] = bn.reshape %[[DA]] : tensor<?x5x4xf32> -> tensor<?x5x4xf32>
// CHECK-DAG:     %[[R:.*]] = bn.reshape %{{.*}} : tensor<?x5x3xf32> -> tensor<?x5x3xf32>
// CHECK:         %[[F:.*]] = bn.conv_filter_gradient %[[L]], %[[R]] {dilations = array<i64: 1>, layout = #bn<layout NHWC>, padding = array<i64: 0, 0>, strides = array<i64: 1>} : (tensor<?x5x4xf32>, tensor<?x5x3xf32>) -> tensor<4x3x1xf32>
// CHECK:         %[[M:.*]] = bn.reshape %[[F]] : tensor<4x3x1xf32> -> tensor<4x3xf32>
// CHECK:         bn.mul %[[M]], %{{.*}} : (tensor<4x3xf32>, tensor<f32>) -> tensor<4x3xf32>
// CHECK:         %[[SUM:.*]] = bn.reduce_sum %[[DA]] {axes = array<i64: 0, 1>}
// CHECK:         bn.mul %[[SUM]]
// CHECK:         %[[DM:.*]] = bn.reduce_sum %[[DV]] {axes = array<i64: 0>}
// CHECK:         %[[DT:.*]] = bn.linear %[[DM]], %[[U:.*]] {transpose_weight} : (tensor<5x3xf32>, tensor<6x3xf32>) -> tensor<5x6xf32>
// CHECK:         bn.transpose %[[DT]] {permutation = array<i64: 1, 0>}
// CHECK:         %[[XT:.*]] = bn.transpose %{{.*}} {permutation = array<i64: 1, 0>}
// CHECK:         bn.linear %[[XT]], %[[DM]] {transpose_input} : (tensor<5x6xf32>, tensor<5x3xf32>) -> tensor<6x3xf32>
module {
  func.func @gradients(%x: tensor<?x1x1xf32>, %p: tensor<6x5xf32> {bn.name = "p", bn.parameter = "scale"}, %u: tensor<6x3xf32> {bn.name = "u", bn.parameter = "weight"}, %w: tensor<4x3xf32> {bn.name = "w", bn.parameter = "weight"}, %b: tensor<4xf32> {bn.name = "b", bn.parameter = "bias"}) -> tensor<?x4xf32> {
    %0 = bn.linear %p, %u {transpose_input} : (tensor<6x5xf32>, tensor<6x3xf32>) -> tensor<5x3xf32>
    %1 = bn.add %x, %0 : (tensor<?x1x1xf32>, tensor<5x3xf32>) -> tensor<?x5x3xf32>
    %2 = bn.linear %1, %w bias %b {transpose_weight, alpha = 2.0 : f64, beta = 0.5 : f64} : (tensor<?x5x3xf32>, tensor<4x3xf32>, tensor<4xf32>) -> tensor<?x5x4xf32>
    %3 = bn.reduce_mean %2 {axes = array<i64: 1>} : (tensor<?x5x4xf32>) -> tensor<?x4xf32>
    return %3 : tensor<?x4xf32>
  }
}

// -----

// Normalizations: frozen, group, layer without an offset, scale and shift.
// CHECK-LABEL: func.func @gradients(
// CHECK:         %[[D4:.*]], %{{.*}}, %{{.*}} = bn.layer_norm_gradient %{{.*}}, %{{.*}}, scale %{{.*}} {axis = 1 : i64, epsilon = 1.000000e-05 : f64, root_mean_square}
// CHECK:         %[[D3:.*]], %{{.*}}, %{{.*}} = bn.group_norm_gradient %[[D4]], %{{.*}}, scale %{{.*}} {epsilon = 1.000000e-04 : f64, groups = 2 : i64}
// CHECK:         %[[D2:.*]] = bn.scale_shift %[[D3]], scale %[[S:[a-z0-9]+]], shift %{{.*}}
// CHECK:         %[[P:.*]] = bn.mul %[[D3]], %{{.*}}
// CHECK:         bn.reduce_sum %[[P]] {axes = array<i64: 0>}
// CHECK:         bn.reduce_sum %[[D3]] {axes = array<i64: 0>}
// CHECK:         %[[D1:.*]] = bn.batch_norm_inference %[[D2]], scale %[[S]], offset %[[Z:.*]], mean %[[Z]], variance %[[V:[a-z0-9]+]] {epsilon = 1.000000e-03 : f64}
// CHECK:         bn.batch_norm_parameter_gradient %[[D2]], %{{.*}}, mean %{{.*}}, variance %[[V]] {epsilon = 1.000000e-03 : f64}
// CHECK:         bn.linear %{{.*}}, %[[D1]] {transpose_input}
module {
  func.func @gradients(%x: tensor<?x4xf32>, %w: tensor<4x4xf32> {bn.name = "w", bn.parameter = "weight"}, %s: tensor<4xf32> {bn.name = "s", bn.parameter = "scale"}, %m: tensor<4xf32> {bn.name = "m", bn.parameter = "running_mean"}, %v: tensor<4xf32> {bn.name = "v", bn.parameter = "running_variance"}) -> tensor<?x4xf32> {
    %0 = bn.linear %x, %w : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
    %1 = bn.batch_norm_inference %0, scale %s, offset %s, mean %m, variance %v {epsilon = 1.0e-03 : f64} : (tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
    %2 = bn.scale_shift %1, scale %s, shift %s : (tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
    %3 = bn.group_norm %2, scale %s, offset %s {epsilon = 1.0e-04 : f64, groups = 2 : i64} : (tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
    %4 = bn.layer_norm %3, scale %s {axis = 1 : i64, epsilon = 1.0e-05 : f64, root_mean_square} : (tensor<?x4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
    return %4 : tensor<?x4xf32>
  }
}

// -----

// A clip passes the gradient on where its result is between the bounds; an
// infinite one needs no look.
// CHECK-LABEL: func.func @gradients(
// CHECK:         %[[A:.*]] = bn.add
// CHECK:         %[[B:.*]] = bn.clip %[[A]]
// CHECK:         %[[C:.*]] = bn.clip %[[B]]
// CHECK:         %{{.*}}, %{{.*}}, %[[G:.*]] = bn.cross_entropy_loss
// CHECK:         %[[FOUR:.*]] = arith.constant dense<4.000000e+00>
// CHECK:         %[[BELOW4:.*]] = bn.sub %[[FOUR]], %[[C]]
// CHECK:         %[[GB:.*]] = bn.relu_gradient %[[G]], %[[BELOW4]]
// CHECK:         %[[ZERO:.*]] = arith.constant dense<0.000000e+00>
// CHECK:         %[[ABOVE:.*]] = bn.sub %[[B]], %[[ZERO]]
// CHECK:         %[[G0:.*]] = bn.relu_gradient %[[GB]], %[[ABOVE]]
// CHECK:         %[[SIX:.*]] = arith.constant dense<6.000000e+00>
// CHECK:         %[[BELOW:.*]] = bn.sub %[[SIX]], %[[B]]
// CHECK:         bn.relu_gradient %[[G0]], %[[BELOW]]
module {
  func.func @gradients(%x: tensor<?x4xf32>, %s: tensor<4xf32> {bn.name = "s", bn.parameter = "scale"}) -> tensor<?x4xf32> {
    %0 = bn.add %x, %s : (tensor<?x4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
    %1 = bn.clip %0 {minimum = 0.0 : f64, maximum = 6.0 : f64} : tensor<?x4xf32>
    %2 = bn.clip %1 {minimum = 0xFFF0000000000000 : f64, maximum = 4.0 : f64} : tensor<?x4xf32>
    return %2 : tensor<?x4xf32>
  }
}

// -----

// Activations.
// CHECK-LABEL: func.func @gradients(
// CHECK:         %[[A:.*]] = bn.relu
// CHECK:         %[[B:.*]] = bn.sigmoid %[[A]]
// CHECK:         %[[C:.*]] = bn.tanh %[[B]]
// CHECK:         %[[D:.*]] = bn.exp %[[C]]
// CHECK:         %[[E:.*]] = bn.sqrt %[[D]]
// CHECK:         %{{.*}}, %{{.*}}, %[[G:.*]] = bn.cross_entropy_loss
// CHECK:         %[[GP:.*]] = bn.mul %[[G]], %{{.*}} : (tensor<?x4xf32>, tensor<?x4xf32>)
// CHECK:         %[[HALF:.*]] = arith.constant dense<5.000000e-01> : tensor<f32>
// CHECK:         %[[GH:.*]] = bn.mul %[[GP]], %[[HALF]]
// CHECK:         %[[GD:.*]] = bn.div %[[GH]], %[[E]]
// CHECK:         %[[GC:.*]] = bn.mul %[[GD]], %[[D]]
// CHECK:         %[[SQUARE:.*]] = bn.mul %[[C]], %[[C]]
// CHECK:         %[[SLOPE:.*]] = bn.sub %{{.*}}, %[[SQUARE]]
// CHECK:         %[[GB:.*]] = bn.mul %[[GC]], %[[SLOPE]]
// CHECK:         %[[SQUARE2:.*]] = bn.mul %[[B]], %[[B]]
// CHECK:         %[[SLOPE2:.*]] = bn.sub %[[B]], %[[SQUARE2]]
// CHECK:         %[[GA:.*]] = bn.mul %[[GB]], %[[SLOPE2]]
// CHECK:         bn.relu_gradient %[[GA]], %[[A]]
module {
  func.func @gradients(%x: tensor<?x4xf32>, %s: tensor<4xf32> {bn.name = "s", bn.parameter = "scale"}) -> tensor<?x4xf32> {
    %c = arith.constant dense<3.0> : tensor<f32>
    %0 = bn.add %x, %s : (tensor<?x4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
    %1 = bn.relu %0 : tensor<?x4xf32>
    %2 = bn.sigmoid %1 : tensor<?x4xf32>
    %3 = bn.tanh %2 : tensor<?x4xf32>
    %4 = bn.exp %3 : tensor<?x4xf32>
    %5 = bn.sqrt %4 : tensor<?x4xf32>
    %6 = bn.pow %5, %c : (tensor<?x4xf32>, tensor<f32>) -> tensor<?x4xf32>
    return %6 : tensor<?x4xf32>
  }
}

// -----

// Operands that are repeated: sums over the repeated axes, extents of 1 kept.
// CHECK-LABEL: func.func @gradients(
// CHECK:         %{{.*}}, %{{.*}}, %[[G:.*]] = bn.cross_entropy_loss
// CHECK:         %[[GF:.*]] = bn.reshape %[[G]] : tensor<?x12xf32> -> tensor<?x3x4xf32>
// CHECK:         %[[GL:.*]] = bn.div %[[GF]], %[[D:arg[0-9]+]]
// CHECK:         %[[GP:.*]] = bn.mul %[[GF]], %{{.*}}
// CHECK:         %[[GQ:.*]] = bn.div %[[GP]], %[[D]]
// CHECK:         %[[GN:.*]] = bn.mul %[[GQ]], %{{.*}} : (tensor<?x3x4xf32>, tensor<f32>)
// CHECK:         %[[DS:.*]] = bn.reduce_sum %[[GN]] {axes = array<i64: 0, 2>}
// CHECK:         %[[DD:.*]] = bn.reshape %[[DS]] : tensor<3xf32> -> tensor<3x1xf32>
// CHECK:         %[[GM:.*]] = bn.mul %[[GL]], %{{.*}} : (tensor<?x3x4xf32>, tensor<1x1x4xf32>)
// CHECK:         %[[GX:.*]] = bn.mul %[[GL]], %{{.*}} : (tensor<?x3x4xf32>, tensor<?x3x4xf32>)
// CHECK:         %[[DC:.*]] = bn.reduce_sum %[[GX]] {axes = array<i64: 0, 1>, keep_dims}
// CHECK:         %[[GS:.*]] = bn.mul %[[GM]], %{{.*}} : (tensor<?x3x4xf32>, tensor<f32>)
// CHECK:         %[[DP:.*]] = bn.reduce_sum %[[GS]] {axes = array<i64: 0, 1, 2>}
// CHECK:         return %{{.*}}, %{{.*}}, %[[DP]], %[[DC]], %[[DD]] :
module {
  func.func @gradients(%x: tensor<?x3x4xf32>, %p: tensor<f32> {bn.name = "p", bn.parameter = "offset"}, %c: tensor<1x1x4xf32> {bn.name = "c", bn.parameter = "scale"}, %d: tensor<3x1xf32> {bn.name = "d", bn.parameter = "scale"}) -> tensor<?x12xf32> {
    %0 = bn.sub %x, %p : (tensor<?x3x4xf32>, tensor<f32>) -> tensor<?x3x4xf32>
    %1 = bn.mul %0, %c : (tensor<?x3x4xf32>, tensor<1x1x4xf32>) -> tensor<?x3x4xf32>
    %2 = bn.div %1, %d : (tensor<?x3x4xf32>, tensor<3x1xf32>) -> tensor<?x3x4xf32>
    %3 = bn.reshape %2 : tensor<?x3x4xf32> -> tensor<?x12xf32>
    return %3 : tensor<?x12xf32>
  }
}

// -----

// Moved values, and the zeros around a slice, whose batch is dynamic.
// CHECK-LABEL: func.func @gradients(
// CHECK:         %[[P:.*]] = bn.average_pool %{{.*}} {
// CHECK:         %[[G1:.*]] = bn.slice %[[G:.*]] {axis = 1 : i64, begin = 0 : i64, size = 1 : i64}
// CHECK:         %[[G2:.*]] = bn.slice %[[G]] {axis = 1 : i64, begin = 1 : i64, size = 1 : i64}
// CHECK:         %[[GS:.*]] = bn.add %[[G1]], %[[G2]]
// CHECK:         %[[FRONT:.*]] = bn.slice %[[P]] {axis = 1 : i64, begin = 0 : i64, size = 1 : i64}
// CHECK:         %[[Z:.*]] = bn.reduce_mean_gradient %{{.*}}, %[[FRONT]] {axes = array<i64: 0, 1, 2, 3>} : (tensor<f32>, tensor<?x1x2x2xf32>)
// CHECK:         %[[BACK:.*]] = bn.slice %[[P]] {axis = 1 : i64, begin = 2 : i64, size = 1 : i64}
// CHECK:         %[[Z2:.*]] = bn.reduce_mean_gradient %{{.*}}, %[[BACK]]
// CHECK:         %[[GP:.*]] = bn.concat %[[Z]], %[[GS]], %[[Z2]] {axis = 1 : i64}
// CHECK:         %[[GA:.*]] = bn.average_pool_gradient %[[GP]] {ceil_mode = true, count_include_pad = true, dilations = array<i64: 1, 1>, kernel = array<i64: 2, 2>, padding = array<i64: 0, 1, 0, 0>, strides = array<i64: 2, 2>} : (tensor<?x3x2x2xf32>) -> tensor<?x3x4x3xf32>
// CHECK:         bn.transpose %[[GA]] {permutation = array<i64: 0, 2, 3, 1>} : (tensor<?x3x4x3xf32>) -> tensor<?x4x3x3xf32>
module {
  func.func @gradients(%x: tensor<?x4x3x3xf32>, %s: tensor<3xf32> {bn.name = "s", bn.parameter = "scale"}) -> tensor<?x8xf32> {
    %0 = bn.mul %x, %s : (tensor<?x4x3x3xf32>, tensor<3xf32>) -> tensor<?x4x3x3xf32>
    %1 = bn.transpose %0 {permutation = array<i64: 0, 3, 1, 2>} : (tensor<?x4x3x3xf32>) -> tensor<?x3x4x3xf32>
    %2 = bn.average_pool %1 {ceil_mode = true, count_include_pad = true, dilations = array<i64: 1, 1>, kernel = array<i64: 2, 2>, padding = array<i64: 0, 1, 0, 0>, strides = array<i64: 2, 2>} : (tensor<?x3x4x3xf32>) -> tensor<?x3x2x2xf32>
    %3 = bn.slice %2 {axis = 1 : i64, begin = 1 : i64, size = 1 : i64} : (tensor<?x3x2x2xf32>) -> tensor<?x1x2x2xf32>
    %4 = bn.concat %3, %3 {axis = 1 : i64} : (tensor<?x1x2x2xf32>, tensor<?x1x2x2xf32>) -> tensor<?x2x2x2xf32>
    %5 = bn.reshape %4 : tensor<?x2x2x2xf32> -> tensor<?x8xf32>
    return %5 : tensor<?x8xf32>
  }
}
