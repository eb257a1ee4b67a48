// RUN: %bn-opt %s --split-input-file --bn-count-model --verify-diagnostics | FileCheck %s

// 2 * (6 * 4 * 4) * (2 * 3 * 3) multiply-adds, 2 per value of the normalization,
// 1 per value of the sigmoid, 2 * 2 taps per value of the pool, and the linear
// layer. Filter, bias, scale and weight are learned; the norm's offset is the
// convolution's bias, and its statistics are not learned.
// CHECK:      func.func @count
// CHECK-NOT:    bn.batch_statistics
// CHECK-SAME:   bn.minimum_batch = 1 : i64
// CHECK-SAME:   bn.operations_per_row = 3984 : i64
// CHECK-SAME:   bn.parameter_count = 192 : i64
func.func @count(%x: tensor<?x2x6x6xf32>) -> tensor<?x3xf32> {
  %w = arith.constant dense<0.5> : tensor<6x2x3x3xf32>
  %b = arith.constant dense<0.25> : tensor<6xf32>
  %s = arith.constant dense<1.5> : tensor<6xf32>
  %m = arith.constant dense<0.0> : tensor<6xf32>
  %l = arith.constant dense<2.0> : tensor<3x24xf32>
  %0 = bn.conv %x, %w bias %b {dilations = array<i64: 1, 1>, groups = 1 : i64,
      padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>}
    : (tensor<?x2x6x6xf32>, tensor<6x2x3x3xf32>, tensor<6xf32>)
    -> tensor<?x6x4x4xf32>
  %1 = bn.batch_norm_inference %0, scale %s, offset %b, mean %m, variance %m
      {epsilon = 1.0e-05 : f64}
    : (tensor<?x6x4x4xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>,
       tensor<6xf32>) -> tensor<?x6x4x4xf32>
  %2 = bn.sigmoid %1 : tensor<?x6x4x4xf32>
  %3 = bn.average_pool %2 {dilations = array<i64: 1, 1>,
      kernel = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>,
      strides = array<i64: 2, 2>}
    : (tensor<?x6x4x4xf32>) -> tensor<?x6x2x2xf32>
  %4 = bn.reshape %3 : tensor<?x6x2x2xf32> -> tensor<?x24xf32>
  %5 = bn.linear %4, %l {transpose_weight}
    : (tensor<?x24xf32>, tensor<3x24xf32>) -> tensor<?x3xf32>
  return %5 : tensor<?x3xf32>
}

// -----

// The count of the source model stays; that of a fixed batch is for one row.
// CHECK:      func.func @kept
// CHECK-SAME:   bn.operations_per_row = 10 : i64
// CHECK-SAME:   bn.parameter_count = 44878 : i64
func.func @kept(%x: tensor<4x10xf32>) -> tensor<4x10xf32>
    attributes {bn.parameter_count = 44878 : i64} {
  %0 = bn.relu %x : tensor<4x10xf32>
  return %0 : tensor<4x10xf32>
}

// -----

// CHECK:      func.func @single_values
// CHECK-SAME:   bn.batch_statistics
// CHECK-SAME:   bn.minimum_batch = 2 : i64
// CHECK-SAME:   bn.minimum_batch_reason = "batch norm 'bn2' in training mode needs at least two values per channel"
func.func @single_values(%x: tensor<?x3xf32>, %i: tensor<?x3x2xf32>,
                         %c: tensor<3xf32>)
    -> (tensor<?x3xf32>, tensor<?x3x2xf32>) {
  %0:5 = bn.batch_norm_training %i, scale %c, offset %c, running_mean %c,
      running_variance %c {epsilon = 1.0e-05 : f64, momentum = 0.9 : f64}
    : (tensor<?x3x2xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>,
       tensor<3xf32>)
    -> (tensor<?x3x2xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>,
        tensor<3xf32>) loc("bn1")
  %1:5 = bn.batch_norm_training %x, scale %c, offset %c, running_mean %c,
      running_variance %c {epsilon = 1.0e-05 : f64, momentum = 0.9 : f64}
    : (tensor<?x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>,
       tensor<3xf32>)
    -> (tensor<?x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>,
        tensor<3xf32>) loc("bn2"("model.onnx":0:0))
  return %1#0, %0#0 : tensor<?x3xf32>, tensor<?x3x2xf32>
}

// -----

// A mean over the batch, as in a batch norm that is written out.
// CHECK:      func.func @mean
// CHECK-SAME:   bn.batch_statistics
// CHECK:      func.func @row_mean
// CHECK-NOT:    bn.batch_statistics
func.func @mean(%x: tensor<?x3xf32>) -> tensor<1x3xf32> {
  %0 = bn.reduce_mean %x {axes = array<i64: 0>, keep_dims}
    : (tensor<?x3xf32>) -> tensor<1x3xf32>
  return %0 : tensor<1x3xf32>
}
func.func @row_mean(%x: tensor<?x3xf32>) -> tensor<?x1xf32> {
  %0 = bn.reduce_mean %x {axes = array<i64: 1>, keep_dims}
    : (tensor<?x3xf32>) -> tensor<?x1xf32>
  return %0 : tensor<?x1xf32>
}

// -----

// 7 per value of the group norm, 4 of the RMS norm, 1 of the relu; scales and
// offsets are learned.
// CHECK:      func.func @sample_norms
// CHECK-NOT:    bn.batch_statistics
// CHECK-SAME:   bn.operations_per_row = 360 : i64
// CHECK-SAME:   bn.parameter_count = 42 : i64
func.func @sample_norms(%x: tensor<?x6x5xf32>) -> tensor<?x6x5xf32> {
  %c = arith.constant dense<0.5> : tensor<6xf32>
  %o = arith.constant dense<0.25> : tensor<6xf32>
  %s = arith.constant dense<1.5> : tensor<6x5xf32>
  %0 = bn.group_norm %x, scale %c, offset %o
    {epsilon = 1.0e-05 : f64, groups = 3 : i64}
    : (tensor<?x6x5xf32>, tensor<6xf32>, tensor<6xf32>) -> tensor<?x6x5xf32>
  %1 = bn.layer_norm %0, scale %s
    {axis = 1 : i64, epsilon = 1.0e-05 : f64, root_mean_square}
    : (tensor<?x6x5xf32>, tensor<6x5xf32>) -> tensor<?x6x5xf32>
  %2 = bn.slice %1 {axis = 1 : i64, begin = 0 : i64, size = 2 : i64}
    : (tensor<?x6x5xf32>) -> tensor<?x2x5xf32>
  %3 = bn.slice %1 {axis = 1 : i64, begin = 2 : i64, size = 4 : i64}
    : (tensor<?x6x5xf32>) -> tensor<?x4x5xf32>
  %4 = bn.concat %3, %2 {axis = 1 : i64}
    : (tensor<?x4x5xf32>, tensor<?x2x5xf32>) -> tensor<?x6x5xf32>
  %5 = bn.relu %4 : tensor<?x6x5xf32>
  return %5 : tensor<?x6x5xf32>
}

// -----

// Rows that move depend on one another; a table of parameters does not.
// CHECK:      func.func @rows
// CHECK-SAME:   bn.batch_statistics
// CHECK:      func.func @table
// CHECK-NOT:    bn.batch_statistics
func.func @rows(%x: tensor<4x3xf32>) -> tensor<4x3xf32> {
  %0 = bn.slice %x {axis = 0 : i64, begin = 2 : i64, size = 2 : i64}
    : (tensor<4x3xf32>) -> tensor<2x3xf32>
  %1 = bn.concat %0, %0 {axis = 0 : i64}
    : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<4x3xf32>
  return %1 : tensor<4x3xf32>
}
func.func @table(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %c = arith.constant dense<0.5> : tensor<4x3xf32>
  %0 = bn.slice %c {axis = 0 : i64, begin = 2 : i64, size = 1 : i64}
    : (tensor<4x3xf32>) -> tensor<1x3xf32>
  %1 = bn.add %x, %0 : (tensor<?x3xf32>, tensor<1x3xf32>) -> tensor<?x3xf32>
  return %1 : tensor<?x3xf32>
}

// -----

// The gradients of a convolution (2 x 3 filters of 3 x 3 at 4 x 4 positions), of
// a linear layer's weight, of a batch norm (9 per value), and its statistics.
// CHECK:      func.func @gradients
// CHECK-SAME:   bn.operations_per_row = 1728 : i64
// CHECK:      func.func @weight
// CHECK-SAME:   bn.operations_per_row = 30 : i64
// CHECK:      func.func @norm
// CHECK-SAME:   bn.operations_per_row = 288 : i64
func.func @gradients(%g: tensor<?x2x4x4xf32>, %x: tensor<?x3x4x4xf32>,
    %w: tensor<2x3x3x3xf32>) -> tensor<?x3x4x4xf32> {
  %0 = bn.conv_input_gradient %g, %w {dilations = array<i64: 1, 1>,
      padding = array<i64: 1, 1, 1, 1>, strides = array<i64: 1, 1>}
    : (tensor<?x2x4x4xf32>, tensor<2x3x3x3xf32>) -> tensor<?x3x4x4xf32>
  return %0 : tensor<?x3x4x4xf32>
}
func.func @weight(%g: tensor<?x3xf32>, %x: tensor<?x5xf32>)
    -> tensor<3x5xf32> {
  %0 = bn.linear %g, %x {transpose_input}
    : (tensor<?x3xf32>, tensor<?x5xf32>) -> tensor<3x5xf32>
  return %0 : tensor<3x5xf32>
}
func.func @norm(%g: tensor<?x2x4x4xf32>, %x: tensor<?x2x4x4xf32>,
    %s: tensor<2xf32>, %m: tensor<2xf32>, %v: tensor<2xf32>)
    -> tensor<?x2x4x4xf32> {
  %0, %1, %2 = bn.batch_norm_gradient %g, %x, scale %s, mean %m, variance %v
    {epsilon = 1.0e-05 : f64}
    : (tensor<?x2x4x4xf32>, tensor<?x2x4x4xf32>, tensor<2xf32>, tensor<2xf32>,
       tensor<2xf32>) -> (tensor<?x2x4x4xf32>, tensor<2xf32>, tensor<2xf32>)
  return %0 : tensor<?x2x4x4xf32>
}
