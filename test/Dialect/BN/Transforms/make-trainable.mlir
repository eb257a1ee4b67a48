// RUN: %bn-opt %s --split-input-file --bn-make-trainable | FileCheck %s
// RUN: %bn-opt %s --split-input-file --bn-make-trainable=optimizer=adam | FileCheck %s --check-prefix=ADAM
// RUN: %bn-opt %s --split-input-file --bn-make-trainable=optimizer=adamw | FileCheck %s --check-prefix=ADAMW

// Trained parameters in the order of their first use, then running statistics.
// The epsilon-like constant is no initializer.
// CHECK-LABEL: func.func @gradients(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<?x3x4x5xf32> {bn.name = "x"}
// CHECK-SAME:    %[[W:[a-z0-9]+]]: tensor<2x3x2x1xf32> {bn.fan_in = 6 : i64, bn.initial_value = dense_resource<w> : tensor<2x3x2x1xf32>, bn.layer = "conv1", bn.name = "w", bn.parameter = "weight"}
// CHECK-SAME:    %[[B:[a-z0-9]+]]: tensor<2xf32> {bn.fan_in = 6 : i64, {{[^}]*}}bn.name = "b", bn.parameter = "bias"}
// CHECK-SAME:    %[[S:[a-z0-9]+]]: tensor<2xf32> {bn.fan_in = 0 : i64, {{[^}]*}}bn.layer = "bn1", bn.name = "s", bn.parameter = "scale"}
// CHECK-SAME:    %[[O:[a-z0-9]+]]: tensor<2xf32> {{{[^}]*}}bn.name = "o", bn.parameter = "offset"}
// CHECK-SAME:    %[[F:[a-z0-9]+]]: tensor<30x7xf32> {bn.fan_in = 30 : i64, {{[^}]*}}bn.name = "f", bn.parameter = "weight"}
// CHECK-SAME:    %[[C:[a-z0-9]+]]: tensor<7xf32> {bn.fan_in = 30 : i64, {{[^}]*}}bn.layer = "fc", bn.name = "c", bn.parameter = "bias"}
// CHECK-SAME:    %[[M:[a-z0-9]+]]: tensor<2xf32> {{{[^}]*}}bn.name = "m", bn.parameter = "running_mean"}
// CHECK-SAME:    %[[V:[a-z0-9]+]]: tensor<2xf32> {{{[^}]*}}bn.name = "v", bn.parameter = "running_variance"}
// CHECK-SAME:    -> (tensor<?x7xf32> {bn.name = "y"}, tensor<2xf32> {bn.new_value_of = "m"}, tensor<2xf32> {bn.new_value_of = "v"})
// CHECK:         %[[HALF:.*]] = arith.constant dense<5.000000e-01>
// CHECK:         %[[CONV:.*]] = bn.conv %[[X]], %[[W]] bias %[[B]]
// CHECK:         %[[Y:[a-z0-9_]+]], %{{.*}}, %{{.*}}, %[[NM:.*]], %[[NV:.*]] = bn.batch_norm_training %[[CONV]], scale %[[S]], offset %[[O]], running_mean %[[M]], running_variance %[[V]]
// CHECK:         bn.dropout %[[Y]] {
// CHECK:         bn.mul %{{.*}}, %[[HALF]]
// CHECK:         %[[LOGITS:.*]] = bn.add %{{.*}}, %[[C]]
// CHECK:         return %[[LOGITS]], %[[NM]], %[[NV]]

// CHECK-LABEL: func.func @predict(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<?x3x4x5xf32> {bn.name = "x"}
// CHECK-SAME:    %[[M:[a-z0-9]+]]: tensor<2xf32> {{{[^}]*}}bn.name = "m", bn.parameter = "running_mean"}
// CHECK-SAME:    %[[V:[a-z0-9]+]]: tensor<2xf32> {{{[^}]*}}bn.name = "v"
// CHECK-SAME:    -> (tensor<?x7xf32> {bn.name = "y"})
// CHECK:         %[[Y:.*]] = bn.batch_norm_inference %{{.*}}, mean %[[M]], variance %[[V]] {epsilon = 1.000000e-03 : f64}
// CHECK-NOT:     bn.dropout
// CHECK:         bn.reshape %[[Y]]

// CHECK-LABEL: func.func @update(
// CHECK-SAME:    %[[P:.*]]: tensor<?xf32> {bn.name = "parameters"}, %[[G:.*]]: tensor<?xf32> {bn.name = "gradients"}, %[[U:.*]]: tensor<?xf32> {bn.name = "velocity"}, %[[T:.*]]: tensor<4xf32> {bn.name = "settings"}
// CHECK-SAME:    -> (tensor<?xf32> {bn.name = "parameters"}, tensor<?xf32> {bn.name = "velocity"})
// CHECK:         bn.sgd_update %[[P]], %[[G]], velocity %[[U]], settings %[[T]]

// ADAM-LABEL: func.func @update(
// ADAM-SAME:    %[[F:[a-z0-9]+]]: tensor<?xf32> {bn.name = "first_moment"}, %[[S:[a-z0-9]+]]: tensor<?xf32> {bn.name = "second_moment"}, %[[T:[a-z0-9]+]]: tensor<7xf32> {bn.name = "settings"}
// ADAM-SAME:    -> (tensor<?xf32> {bn.name = "parameters"}, tensor<?xf32> {bn.name = "first_moment"}, tensor<?xf32> {bn.name = "second_moment"})
// ADAM:         bn.adam_update %{{.*}}, first_moment %[[F]], second_moment %[[S]], settings %[[T]] : (
// ADAMW:        bn.adam_update {{.*}} {decoupled} :
module {
  func.func @model(%x: tensor<?x3x4x5xf32> {bn.name = "x"}) -> (tensor<?x7xf32> {bn.name = "y"}, tensor<2xf32> {bn.name = "running"}) {
    %v = arith.constant dense_resource<v> : tensor<2xf32> loc("v")
    %m = arith.constant dense_resource<m> : tensor<2xf32> loc("m")
    %s = arith.constant dense_resource<s> : tensor<2xf32> loc("s")
    %o = arith.constant dense_resource<o> : tensor<2xf32> loc("o")
    %w = arith.constant dense_resource<w> : tensor<2x3x2x1xf32> loc("w")
    %b = arith.constant dense_resource<b> : tensor<2xf32> loc("b")
    %f = arith.constant dense_resource<f> : tensor<30x7xf32> loc("f")
    %c = arith.constant dense_resource<c> : tensor<7xf32> loc("c")
    %half = arith.constant dense<0.5> : tensor<f32> loc("half")
    %0 = bn.conv %x, %w bias %b {dilations = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<?x3x4x5xf32>, tensor<2x3x2x1xf32>, tensor<2xf32>) -> tensor<?x2x3x5xf32> loc("conv1")
    %1, %bm, %bv, %nm, %nv = bn.batch_norm_training %0, scale %s, offset %o, running_mean %m, running_variance %v {epsilon = 1.0e-03 : f64, momentum = 0.9 : f64} : (tensor<?x2x3x5xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> (tensor<?x2x3x5xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) loc("bn1")
    %2 = bn.dropout %1 {ratio = 0.5 : f64, stream = 1 : i64} : (tensor<?x2x3x5xf32>) -> tensor<?x2x3x5xf32>
    %3 = bn.reshape %2 : tensor<?x2x3x5xf32> -> tensor<?x30xf32>
    %4 = bn.mul %3, %half : (tensor<?x30xf32>, tensor<f32>) -> tensor<?x30xf32>
    %5 = bn.linear %4, %f : (tensor<?x30xf32>, tensor<30x7xf32>) -> tensor<?x7xf32> loc("fc")
    %6 = bn.add %5, %c : (tensor<?x7xf32>, tensor<7xf32>) -> tensor<?x7xf32> loc("add")
    return %6, %nm : tensor<?x7xf32>, tensor<2xf32>
  }
}

// -----

// One initializer in two shapes and used twice is one argument; statistics of a
// frozen batch norm stay what they are; those used twice go on.
// CHECK-LABEL: func.func @gradients(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<?x2xf64>, %[[W:[a-z0-9]+]]: tensor<2x2xf64>
// CHECK-SAME:    %[[S:[a-z0-9]+]]: tensor<2xf64> {{{[^}]*}}bn.name = "s"
// CHECK-SAME:    %[[M:[a-z0-9]+]]: tensor<2xf64> {{{[^}]*}}bn.name = "m"
// CHECK-SAME:    %[[V:[a-z0-9]+]]: tensor<2xf64> {{{[^}]*}}bn.name = "v"
// CHECK-SAME:    %[[FM:[a-z0-9]+]]: tensor<2xf64> {{{[^}]*}}bn.name = "fm"
// CHECK-SAME:    %[[FV:[a-z0-9]+]]: tensor<2xf64> {{{[^}]*}}bn.name = "fv"
// CHECK:         bn.linear %[[X]], %[[W]]
// CHECK:         %[[NM:[a-z0-9_]+]], %[[NV:[a-z0-9_]+]] = bn.batch_norm_training %{{.*}}, running_mean %[[M]], running_variance %[[V]]
// CHECK:         %[[NM2:[a-z0-9_]+]], %[[NV2:[a-z0-9_]+]] = bn.batch_norm_training %{{.*}}, running_mean %[[NM]], running_variance %[[NV]]
// CHECK:         bn.batch_norm_inference %{{.*}}, mean %[[FM]], variance %[[FV]]
// CHECK:         bn.linear %{{.*}}, %[[W]]
// CHECK:         %[[ROW:.*]] = bn.reshape %[[S]] : tensor<2xf64> -> tensor<1x2xf64>
// CHECK:         bn.mul %{{.*}}, %[[ROW]]
// CHECK:         return %{{.*}}, %[[NM2]], %[[NV2]], %[[FM]], %[[FV]] :
// CHECK-LABEL: func.func @predict(
// CHECK:         bn.batch_norm_inference %{{.*}}, mean %[[M2:.*]], variance %[[V2:[a-z0-9]+]]
// CHECK:         bn.batch_norm_inference %{{.*}}, mean %[[M2]], variance %[[V2]]
module {
  func.func @model(%x: tensor<?x2xf64>) -> (tensor<?x2xf64>, tensor<2xf64>) {
    %w = arith.constant dense_resource<ww> : tensor<2x2xf64> loc("w")
    %s = arith.constant dense_resource<ss> : tensor<2xf64> loc("s")
    %row = arith.constant dense_resource<ss> : tensor<1x2xf64> loc("s")
    %m = arith.constant dense_resource<mm> : tensor<2xf64> loc("m")
    %v = arith.constant dense_resource<vv> : tensor<2xf64> loc("v")
    %fm = arith.constant dense_resource<fm> : tensor<2xf64> loc("fm")
    %fv = arith.constant dense_resource<fv> : tensor<2xf64> loc("fv")
    %0 = bn.linear %x, %w : (tensor<?x2xf64>, tensor<2x2xf64>) -> tensor<?x2xf64>
    %1:5 = bn.batch_norm_training %0, scale %s, offset %s, running_mean %m, running_variance %v {epsilon = 1.0e-03 : f64, momentum = 0.9 : f64} : (tensor<?x2xf64>, tensor<2xf64>, tensor<2xf64>, tensor<2xf64>, tensor<2xf64>) -> (tensor<?x2xf64>, tensor<2xf64>, tensor<2xf64>, tensor<2xf64>, tensor<2xf64>)
    %2:5 = bn.batch_norm_training %1#0, scale %s, offset %s, running_mean %m, running_variance %v {epsilon = 1.0e-03 : f64, momentum = 0.9 : f64} : (tensor<?x2xf64>, tensor<2xf64>, tensor<2xf64>, tensor<2xf64>, tensor<2xf64>) -> (tensor<?x2xf64>, tensor<2xf64>, tensor<2xf64>, tensor<2xf64>, tensor<2xf64>)
    %3 = bn.batch_norm_inference %2#0, scale %s, offset %s, mean %fm, variance %fv {epsilon = 1.0e-03 : f64} : (tensor<?x2xf64>, tensor<2xf64>, tensor<2xf64>, tensor<2xf64>, tensor<2xf64>) -> tensor<?x2xf64>
    %4 = bn.linear %3, %w : (tensor<?x2xf64>, tensor<2x2xf64>) -> tensor<?x2xf64>
    %5 = bn.mul %4, %row : (tensor<?x2xf64>, tensor<1x2xf64>) -> tensor<?x2xf64>
    return %5, %fm : tensor<?x2xf64>, tensor<2xf64>
  }
}

// -----

// A weight that is reached through a transposition; without running statistics
// in the source they get names from the layer.
// CHECK-LABEL: func.func @gradients(
// CHECK-SAME:    %[[W:[a-z0-9]+]]: tensor<3x2xf32> {bn.fan_in = 2 : i64, {{[^}]*}}bn.layer = "fc", bn.name = "w", bn.parameter = "weight"}
// CHECK-SAME:    tensor<3xf32> {{{[^}]*}}bn.initial_value = dense<0.000000e+00> : tensor<3xf32>, bn.layer = "norm", bn.name = "norm.running_mean"
// CHECK-SAME:    tensor<3xf32> {{{[^}]*}}bn.initial_value = dense<1.000000e+00> : tensor<3xf32>, bn.layer = "norm", bn.name = "norm.running_variance"
// CHECK:         %[[ONES:.*]] = arith.constant dense<1.000000e+00>
// CHECK:         %[[T:.*]] = bn.transpose %[[W]]
// CHECK:         bn.linear %{{.*}}, %[[T]]
// CHECK:         bn.batch_norm_training %{{.*}}, scale %[[ONES]]
module {
  func.func @model(%x: tensor<?x2xf32>) -> tensor<?x3xf32> {
    %w = arith.constant dense_resource<www> : tensor<3x2xf32> loc("w")
    %ones = arith.constant dense<1.0> : tensor<3xf32> loc("norm")
    %zeros = arith.constant dense<0.0> : tensor<3xf32> loc("norm")
    %t = bn.transpose %w {permutation = array<i64: 1, 0>} : (tensor<3x2xf32>) -> tensor<2x3xf32>
    %0 = bn.linear %x, %t : (tensor<?x2xf32>, tensor<2x3xf32>) -> tensor<?x3xf32> loc("fc")
    %1:5 = bn.batch_norm_training %0, scale %ones, offset %zeros, running_mean %zeros, running_variance %ones {epsilon = 1.0e-03 : f64, momentum = 0.9 : f64} : (tensor<?x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> (tensor<?x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) loc("norm")
    return %1#0 : tensor<?x3xf32>
  }
}
