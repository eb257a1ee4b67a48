// RUN: %bn-opt %s --split-input-file --bn-raise-batch-norm | FileCheck %s

// The axis of the parameters is not one of channels: width in NCHW.
// CHECK-LABEL: @wrong_axis
// CHECK-NOT:   bn.batch_norm
// CHECK-NOT:   bn.scale_shift
// CHECK:       return
func.func @wrong_axis(%x: tensor<?x3x2x4xf32>) -> tensor<?x3x2x4xf32> {
  %g = arith.constant dense<[[[[7.0], [-8.0]]]]> : tensor<1x1x2x1xf32>
  %b = arith.constant dense<[[[[3.0], [5.0]]]]> : tensor<1x1x2x1xf32>
  %m = arith.constant dense<[[[[2.0], [9.0]]]]> : tensor<1x1x2x1xf32>
  %v = arith.constant dense<[[[[4.0], [16.0]]]]> : tensor<1x1x2x1xf32>
  %e = arith.constant dense<0.5> : tensor<f32>
  %d = bn.sub %x, %m : (tensor<?x3x2x4xf32>, tensor<1x1x2x1xf32>) -> tensor<?x3x2x4xf32>
  %ve = bn.add %v, %e : (tensor<1x1x2x1xf32>, tensor<f32>) -> tensor<1x1x2x1xf32>
  %s = bn.sqrt %ve : tensor<1x1x2x1xf32>
  %n = bn.div %d, %s : (tensor<?x3x2x4xf32>, tensor<1x1x2x1xf32>) -> tensor<?x3x2x4xf32>
  %k = bn.mul %n, %g : (tensor<?x3x2x4xf32>, tensor<1x1x2x1xf32>) -> tensor<?x3x2x4xf32>
  %y = bn.add %k, %b : (tensor<?x3x2x4xf32>, tensor<1x1x2x1xf32>) -> tensor<?x3x2x4xf32>
  return %y : tensor<?x3x2x4xf32>
}

// -----

// A value for each element is no parameter of a channel.
// CHECK-LABEL: @per_element
// CHECK-NOT:   bn.scale_shift
// CHECK:       return
func.func @per_element(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %g = arith.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
  %k = bn.mul %x, %g : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  %y = bn.add %k, %g : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}

// -----

// Steps along different axes are not one normalization.
// CHECK-LABEL: @axes_differ
// CHECK-NOT:   bn.scale_shift
// CHECK:       return
func.func @axes_differ(%x: tensor<?x2x3x4xf32>) -> tensor<?x2x3x4xf32> {
  %g = arith.constant dense<[[[[7.0]], [[-8.0]]]]> : tensor<1x2x1x1xf32>
  %b = arith.constant dense<[[[[3.0]], [[5.0]]]]> : tensor<1x2x1x1xf32>
  %m = arith.constant dense<[[[[2.0]], [[9.0]]]]> : tensor<1x2x1x1xf32>
  %v = arith.constant dense<[[[[4.0]], [[16.0]]]]> : tensor<1x2x1x1xf32>
  %e = arith.constant dense<0.5> : tensor<f32>
  %w = arith.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %k = bn.mul %x, %g : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32>
  %y = bn.add %k, %w : (tensor<?x2x3x4xf32>, tensor<4xf32>) -> tensor<?x2x3x4xf32>
  return %y : tensor<?x2x3x4xf32>
}

// -----

// Parameters that are computed from the input.
// CHECK-LABEL: @not_constant
// CHECK-NOT:   bn.scale_shift
// CHECK:       return
func.func @not_constant(%x: tensor<?x2x3x4xf32>, %g: tensor<1x2x1x1xf32>, %b: tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32> {
  %k = bn.mul %x, %g : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32>
  %y = bn.add %k, %b : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32>
  return %y : tensor<?x2x3x4xf32>
}

// -----

// What is between has another user: what leads to it is a batch norm without
// gamma and beta, and what is left behind it is no normalization of its own.
// CHECK: bn.normalizations = [#bn.normalization<name = "{{[^>]*}}>]}
// CHECK-LABEL: @other_user
// CHECK:       %[[N:.*]] = bn.batch_norm_inference
// CHECK:       %[[K:.*]] = bn.mul %[[N]],
// CHECK:       %[[Y:.*]] = bn.add %[[K]],
// CHECK:       return %[[Y]], %[[N]]
func.func @other_user(%x: tensor<?x2x3x4xf32>) -> (tensor<?x2x3x4xf32>, tensor<?x2x3x4xf32>) {
  %g = arith.constant dense<[[[[7.0]], [[-8.0]]]]> : tensor<1x2x1x1xf32>
  %b = arith.constant dense<[[[[3.0]], [[5.0]]]]> : tensor<1x2x1x1xf32>
  %m = arith.constant dense<[[[[2.0]], [[9.0]]]]> : tensor<1x2x1x1xf32>
  %v = arith.constant dense<[[[[4.0]], [[16.0]]]]> : tensor<1x2x1x1xf32>
  %e = arith.constant dense<0.5> : tensor<f32>
  %d = bn.sub %x, %m : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32>
  %ve = bn.add %v, %e : (tensor<1x2x1x1xf32>, tensor<f32>) -> tensor<1x2x1x1xf32>
  %s = bn.sqrt %ve : tensor<1x2x1x1xf32>
  %n = bn.div %d, %s : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32>
  %k = bn.mul %n, %g : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32>
  %y = bn.add %k, %b : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32>
  return %y, %n : tensor<?x2x3x4xf32>, tensor<?x2x3x4xf32>
}

// -----

// A negative variance has no square root; a zero deviation divides by zero.
// CHECK-LABEL: @negative
// CHECK-NOT:   bn.batch_norm
// CHECK-NOT:   bn.scale_shift
// CHECK:       return
func.func @negative(%x: tensor<?x2x3x4xf32>) -> tensor<?x2x3x4xf32> {
  %g = arith.constant dense<[[[[7.0]], [[-8.0]]]]> : tensor<1x2x1x1xf32>
  %b = arith.constant dense<[[[[3.0]], [[5.0]]]]> : tensor<1x2x1x1xf32>
  %m = arith.constant dense<[[[[2.0]], [[9.0]]]]> : tensor<1x2x1x1xf32>
  %v = arith.constant dense<[[[[-4.0]], [[16.0]]]]> : tensor<1x2x1x1xf32>
  %e = arith.constant dense<0.5> : tensor<f32>
  %d = bn.sub %x, %m : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32>
  %ve = bn.add %v, %e : (tensor<1x2x1x1xf32>, tensor<f32>) -> tensor<1x2x1x1xf32>
  %s = bn.sqrt %ve : tensor<1x2x1x1xf32>
  %n = bn.div %d, %s : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32>
  %k = bn.mul %n, %g : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32>
  %y = bn.add %k, %b : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32>
  return %y : tensor<?x2x3x4xf32>
}

// -----

// Preprocessing of the input, (x - mean) / deviation, is no layer of the model;
// nor is a bias.
// CHECK-LABEL: @preprocessing
// CHECK:       bn.sub
// CHECK:       bn.div
// CHECK:       bn.relu
// CHECK:       bn.add
func.func @preprocessing(%x: tensor<?x2x3x4xf32>) -> tensor<?x2x3x4xf32> {
  %g = arith.constant dense<[[[[7.0]], [[-8.0]]]]> : tensor<1x2x1x1xf32>
  %b = arith.constant dense<[[[[3.0]], [[5.0]]]]> : tensor<1x2x1x1xf32>
  %m = arith.constant dense<[[[[2.0]], [[9.0]]]]> : tensor<1x2x1x1xf32>
  %v = arith.constant dense<[[[[4.0]], [[16.0]]]]> : tensor<1x2x1x1xf32>
  %e = arith.constant dense<0.5> : tensor<f32>
  %d = bn.sub %x, %m : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32>
  %n = bn.div %d, %v : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32>
  %r = bn.relu %n : tensor<?x2x3x4xf32>
  %y = bn.add %r, %b : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32>
  return %y : tensor<?x2x3x4xf32>
}

// -----

// The same for a single channel: 2 * x - 1.
// CHECK-LABEL: @single_channel
// CHECK:       bn.mul
// CHECK:       bn.sub
func.func @single_channel(%x: tensor<?x1x3x4xf32>) -> tensor<?x1x3x4xf32> {
  %a = arith.constant dense<2.0> : tensor<f32>
  %o = arith.constant dense<1.0> : tensor<f32>
  %k = bn.mul %x, %a : (tensor<?x1x3x4xf32>, tensor<f32>) -> tensor<?x1x3x4xf32>
  %y = bn.sub %k, %o : (tensor<?x1x3x4xf32>, tensor<f32>) -> tensor<?x1x3x4xf32>
  return %y : tensor<?x1x3x4xf32>
}

// -----

// A constant that is divided by the input, or that it is subtracted from.
// CHECK-LABEL: @other_way_round
// CHECK-NOT:   bn.scale_shift
// CHECK:       return
func.func @other_way_round(%x: tensor<?x2x3x4xf32>) -> tensor<?x2x3x4xf32> {
  %g = arith.constant dense<[[[[7.0]], [[-8.0]]]]> : tensor<1x2x1x1xf32>
  %b = arith.constant dense<[[[[3.0]], [[5.0]]]]> : tensor<1x2x1x1xf32>
  %m = arith.constant dense<[[[[2.0]], [[9.0]]]]> : tensor<1x2x1x1xf32>
  %v = arith.constant dense<[[[[4.0]], [[16.0]]]]> : tensor<1x2x1x1xf32>
  %e = arith.constant dense<0.5> : tensor<f32>
  %k = bn.div %g, %x : (tensor<1x2x1x1xf32>, tensor<?x2x3x4xf32>) -> tensor<?x2x3x4xf32>
  %y = bn.sub %b, %k : (tensor<1x2x1x1xf32>, tensor<?x2x3x4xf32>) -> tensor<?x2x3x4xf32>
  return %y : tensor<?x2x3x4xf32>
}
