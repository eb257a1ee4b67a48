// RUN: %bn-opt %s --split-input-file --bn-raise-batch-norm | FileCheck %s

// Parameters are all different, so that none can stand in for another.

// As PyTorch's exporters write a layer from scratch; the layer's name is the
// scope of its ops.
// CHECK: #bn.normalization<name = "/bn1", op = "decomposed", status = "kept", into = "", reason = "recognised in 4 ops"
// CHECK-LABEL: @torch
// CHECK-SAME:  %[[X:.*]]: tensor
// CHECK-DAG:   %[[G:.*]] = arith.constant dense<[7.000000e+00, -8.000000e+00]>
// CHECK-DAG:   %[[B:.*]] = arith.constant dense<[3.000000e+00, 5.000000e+00]>
// CHECK-DAG:   %[[M:.*]] = arith.constant dense<[2.000000e+00, 9.000000e+00]>
// CHECK-DAG:   %[[V:.*]] = arith.constant dense<[4.000000e+00, 1.600000e+01]>
// CHECK:       %[[Y:.*]] = bn.batch_norm_inference %[[X]], scale %[[G]], offset %[[B]], mean %[[M]], variance %[[V]] {epsilon = 5.000000e-01 : f64}
// CHECK-NEXT:  return %[[Y]]
func.func @torch(%x: tensor<?x2x3x4xf32>) -> tensor<?x2x3x4xf32> {
  %g = arith.constant dense<[[[[7.0]], [[-8.0]]]]> : tensor<1x2x1x1xf32>
  %b = arith.constant dense<[[[[3.0]], [[5.0]]]]> : tensor<1x2x1x1xf32>
  %m = arith.constant dense<[[[[2.0]], [[9.0]]]]> : tensor<1x2x1x1xf32>
  %v = arith.constant dense<[[[[4.0]], [[16.0]]]]> : tensor<1x2x1x1xf32>
  %e = arith.constant dense<0.5> : tensor<f32>
  %d = bn.sub %x, %m : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32> loc("/bn1/Sub")
  %ve = bn.add %v, %e : (tensor<1x2x1x1xf32>, tensor<f32>) -> tensor<1x2x1x1xf32>
  %s = bn.sqrt %ve : tensor<1x2x1x1xf32>
  %n = bn.div %d, %s : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32> loc("/bn1/Div")
  %k = bn.mul %g, %n : (tensor<1x2x1x1xf32>, tensor<?x2x3x4xf32>) -> tensor<?x2x3x4xf32> loc("/bn1/Mul")
  %y = bn.add %k, %b : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32> loc("/bn1/Add_1")
  return %y : tensor<?x2x3x4xf32>
}

// -----

// Times a power, factors before the normalization, everything the other way
// round, minus an offset.
// CHECK-LABEL: @power
// CHECK-SAME:  %[[X:.*]]: tensor
// CHECK-DAG:   %[[G:.*]] = arith.constant dense<[7.000000e+00, -8.000000e+00]>
// CHECK-DAG:   %[[B:.*]] = arith.constant dense<[-3.000000e+00, -5.000000e+00]>
// CHECK-DAG:   %[[M:.*]] = arith.constant dense<[2.000000e+00, 9.000000e+00]>
// CHECK-DAG:   %[[V:.*]] = arith.constant dense<[4.000000e+00, 1.600000e+01]>
// CHECK:       %[[Y:.*]] = bn.batch_norm_inference %[[X]], scale %[[G]], offset %[[B]], mean %[[M]], variance %[[V]] {epsilon = 5.000000e-01 : f64}
// CHECK-NEXT:  return %[[Y]]
func.func @power(%x: tensor<?x2x3x4xf32>) -> tensor<?x2x3x4xf32> {
  %g = arith.constant dense<[[[[7.0]], [[-8.0]]]]> : tensor<1x2x1x1xf32>
  %b = arith.constant dense<[[[[3.0]], [[5.0]]]]> : tensor<1x2x1x1xf32>
  %m = arith.constant dense<[[[[2.0]], [[9.0]]]]> : tensor<1x2x1x1xf32>
  %v = arith.constant dense<[[[[4.0]], [[16.0]]]]> : tensor<1x2x1x1xf32>
  %e = arith.constant dense<0.5> : tensor<f32>
  %h = arith.constant dense<-0.5> : tensor<1xf32>
  %z = arith.constant dense<0.0> : tensor<f32>
  %mm = bn.sub %z, %m : (tensor<f32>, tensor<1x2x1x1xf32>) -> tensor<1x2x1x1xf32>
  %d = bn.add %mm, %x : (tensor<1x2x1x1xf32>, tensor<?x2x3x4xf32>) -> tensor<?x2x3x4xf32>
  %k = bn.mul %d, %g : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32>
  %ve = bn.add %e, %v : (tensor<f32>, tensor<1x2x1x1xf32>) -> tensor<1x2x1x1xf32>
  %s = bn.pow %ve, %h : (tensor<1x2x1x1xf32>, tensor<1xf32>) -> tensor<1x2x1x1xf32>
  %n = bn.mul %s, %k : (tensor<1x2x1x1xf32>, tensor<?x2x3x4xf32>) -> tensor<?x2x3x4xf32>
  %y = bn.sub %n, %b : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32>
  return %y : tensor<?x2x3x4xf32>
}

// -----

// Times a reciprocal, channels last, parameters as vectors.
// CHECK-LABEL: @reciprocal
// CHECK-SAME:  %[[X:.*]]: tensor
// CHECK-DAG:   %[[G:.*]] = arith.constant dense<[7.000000e+00, -8.000000e+00]>
// CHECK-DAG:   %[[B:.*]] = arith.constant dense<[3.000000e+00, 5.000000e+00]>
// CHECK-DAG:   %[[M:.*]] = arith.constant dense<[2.000000e+00, 9.000000e+00]>
// CHECK-DAG:   %[[V:.*]] = arith.constant dense<[4.000000e+00, 1.600000e+01]>
// CHECK:       %[[Y:.*]] = bn.batch_norm_inference %[[X]], scale %[[G]], offset %[[B]], mean %[[M]], variance %[[V]] {epsilon = 5.000000e-01 : f64, layout = #bn<layout NHWC>}
// CHECK-NEXT:  return %[[Y]]
func.func @reciprocal(%x: tensor<?x3x4x2xf32>) -> tensor<?x3x4x2xf32> {
  %g = arith.constant dense<[7.0, -8.0]> : tensor<2xf32>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 9.0]> : tensor<2xf32>
  %v = arith.constant dense<[4.0, 16.0]> : tensor<2xf32>
  %e = arith.constant dense<0.5> : tensor<f32>
  %o = arith.constant dense<1.0> : tensor<f32>
  %d = bn.sub %x, %m : (tensor<?x3x4x2xf32>, tensor<2xf32>) -> tensor<?x3x4x2xf32>
  %ve = bn.add %v, %e : (tensor<2xf32>, tensor<f32>) -> tensor<2xf32>
  %s = bn.sqrt %ve : tensor<2xf32>
  %r = bn.div %o, %s : (tensor<f32>, tensor<2xf32>) -> tensor<2xf32>
  %n = bn.mul %d, %r : (tensor<?x3x4x2xf32>, tensor<2xf32>) -> tensor<?x3x4x2xf32>
  %k = bn.mul %n, %g : (tensor<?x3x4x2xf32>, tensor<2xf32>) -> tensor<?x3x4x2xf32>
  %y = bn.add %k, %b : (tensor<?x3x4x2xf32>, tensor<2xf32>) -> tensor<?x3x4x2xf32>
  return %y : tensor<?x3x4x2xf32>
}

// -----

// The deviation as one constant: (2, 4).
// CHECK-LABEL: @constant_deviation
// CHECK-SAME:  %[[X:.*]]: tensor
// CHECK-DAG:   %[[G:.*]] = arith.constant dense<[7.000000e+00, -8.000000e+00]>
// CHECK-DAG:   %[[B:.*]] = arith.constant dense<[3.000000e+00, 5.000000e+00]>
// CHECK-DAG:   %[[M:.*]] = arith.constant dense<[2.000000e+00, 9.000000e+00]>
// CHECK-DAG:   %[[V:.*]] = arith.constant dense<[4.000000e+00, 1.600000e+01]>
// CHECK:       %[[Y:.*]] = bn.batch_norm_inference %[[X]], scale %[[G]], offset %[[B]], mean %[[M]], variance %[[V]] {epsilon = 0.000000e+00 : f64}
// CHECK-NEXT:  return %[[Y]]
func.func @constant_deviation(%x: tensor<?x2x3x4xf32>) -> tensor<?x2x3x4xf32> {
  %g = arith.constant dense<[[[[7.0]], [[-8.0]]]]> : tensor<1x2x1x1xf32>
  %b = arith.constant dense<[[[[3.0]], [[5.0]]]]> : tensor<1x2x1x1xf32>
  %m = arith.constant dense<[[[[2.0]], [[9.0]]]]> : tensor<1x2x1x1xf32>
  %v = arith.constant dense<[[[[4.0]], [[16.0]]]]> : tensor<1x2x1x1xf32>
  %e = arith.constant dense<0.5> : tensor<f32>
  %s = arith.constant dense<[[[[2.0]], [[4.0]]]]> : tensor<1x2x1x1xf32>
  %d = bn.sub %x, %m : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32>
  %n = bn.div %d, %s : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32>
  %k = bn.mul %n, %g : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32>
  %y = bn.add %k, %b : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32>
  return %y : tensor<?x2x3x4xf32>
}

// -----

// Rank 2, without gamma and beta.
// CHECK-LABEL: @rank2
// CHECK-DAG:   %[[ONE:.*]] = arith.constant dense<1.000000e+00> : tensor<2xf32>
// CHECK-DAG:   %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : tensor<2xf32>
// CHECK:       bn.batch_norm_inference %{{.*}}, scale %[[ONE]], offset %[[ZERO]]
func.func @rank2(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %m = arith.constant dense<[[2.0, 9.0]]> : tensor<1x2xf32>
  %v = arith.constant dense<[[4.0, 16.0]]> : tensor<1x2xf32>
  %e = arith.constant dense<0.5> : tensor<f32>
  %d = bn.sub %x, %m : (tensor<?x2xf32>, tensor<1x2xf32>) -> tensor<?x2xf32>
  %ve = bn.add %v, %e : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2xf32>
  %s = bn.sqrt %ve : tensor<1x2xf32>
  %y = bn.div %d, %s : (tensor<?x2xf32>, tensor<1x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// -----

// What is left when a tool has folded the constants: a factor and a shift.
// CHECK: name = "bn1", op = "decomposed"
// CHECK-LABEL: @folded
// CHECK-DAG:   %[[G:.*]] = arith.constant dense<[7.000000e+00, -8.000000e+00]>
// CHECK-DAG:   %[[B:.*]] = arith.constant dense<[3.000000e+00, 5.000000e+00]>
// CHECK:       %[[Y:.*]] = bn.scale_shift %{{.*}}, scale %[[G]], shift %[[B]]
// CHECK-NEXT:  return %[[Y]]
func.func @folded(%x: tensor<?x2x3x4xf32>) -> tensor<?x2x3x4xf32> {
  %g = arith.constant dense<[[[[7.0]], [[-8.0]]]]> : tensor<1x2x1x1xf32>
  %b = arith.constant dense<[[[[3.0]], [[5.0]]]]> : tensor<1x2x1x1xf32>
  %m = arith.constant dense<[[[[2.0]], [[9.0]]]]> : tensor<1x2x1x1xf32>
  %v = arith.constant dense<[[[[4.0]], [[16.0]]]]> : tensor<1x2x1x1xf32>
  %e = arith.constant dense<0.5> : tensor<f32>
  %k = bn.mul %x, %g : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32> loc("mul1")
  %y = bn.add %k, %b : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32> loc("bn1")
  return %y : tensor<?x2x3x4xf32>
}

// -----

// Two in a row are two.
// CHECK: name = "/a", op = "decomposed"{{[^>]*}}>, #bn.normalization<name = "/b", op = "decomposed"
// CHECK-LABEL: @two
// CHECK:       %[[A:.*]] = bn.batch_norm_inference
// CHECK:       %[[B:.*]] = bn.batch_norm_inference %[[A]],
// CHECK-NEXT:  return %[[B]]
func.func @two(%x: tensor<?x2x3x4xf32>) -> tensor<?x2x3x4xf32> {
  %g = arith.constant dense<[[[[7.0]], [[-8.0]]]]> : tensor<1x2x1x1xf32>
  %b = arith.constant dense<[[[[3.0]], [[5.0]]]]> : tensor<1x2x1x1xf32>
  %m = arith.constant dense<[[[[2.0]], [[9.0]]]]> : tensor<1x2x1x1xf32>
  %v = arith.constant dense<[[[[4.0]], [[16.0]]]]> : tensor<1x2x1x1xf32>
  %e = arith.constant dense<0.5> : tensor<f32>
  %ve = bn.add %v, %e : (tensor<1x2x1x1xf32>, tensor<f32>) -> tensor<1x2x1x1xf32>
  %s = bn.sqrt %ve : tensor<1x2x1x1xf32>
  %d = bn.sub %x, %m : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32> loc("/a/Sub")
  %n = bn.div %d, %s : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32> loc("/a/Div")
  %d2 = bn.sub %n, %m : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32> loc("/b/Sub")
  %n2 = bn.div %d2, %s : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32> loc("/b/Div")
  %k2 = bn.mul %n2, %g : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32> loc("/b/Mul")
  %y = bn.add %k2, %b : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32> loc("/b/Add")
  return %y : tensor<?x2x3x4xf32>
}

// -----

// Facts are in the order of the program, whatever was recognised.
// CHECK: name = "bn0", op = "BatchNormalization"{{[^>]*}}>, #bn.normalization<name = "bn1", op = "decomposed"
// CHECK-LABEL: @order
func.func @order(%x: tensor<?x2x3x4xf32>) -> tensor<?x2x3x4xf32> {
  %g = arith.constant dense<[[[[7.0]], [[-8.0]]]]> : tensor<1x2x1x1xf32>
  %b = arith.constant dense<[[[[3.0]], [[5.0]]]]> : tensor<1x2x1x1xf32>
  %m = arith.constant dense<[[[[2.0]], [[9.0]]]]> : tensor<1x2x1x1xf32>
  %v = arith.constant dense<[[[[4.0]], [[16.0]]]]> : tensor<1x2x1x1xf32>
  %e = arith.constant dense<0.5> : tensor<f32>
  %c = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %0 = bn.batch_norm_inference %x, scale %c, offset %c, mean %c,
    variance %c {epsilon = 0.0 : f64}
    : (tensor<?x2x3x4xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2x3x4xf32> loc("bn0")
  %1 = bn.tanh %0 : tensor<?x2x3x4xf32>
  %k = bn.mul %1, %g : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32> loc("mul1")
  %y = bn.add %k, %b : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32> loc("bn1")
  return %y : tensor<?x2x3x4xf32>
}
