// RUN: %bn-opt %s --split-input-file --bn-raise-batch-norm | FileCheck %s

// CHECK: name = "{{.*}}", op = "decomposed", status = "kept", into = "", reason = "recognised in 9 ops"
// CHECK-LABEL: @train
// CHECK-SAME:  %[[X:.*]]: tensor
// CHECK-DAG:   %[[G:.*]] = arith.constant dense<[7.000000e+00, -8.000000e+00]>
// CHECK-DAG:   %[[B:.*]] = arith.constant dense<[3.000000e+00, 5.000000e+00]>
// CHECK:       %[[Y:[a-z0-9_]*]], %{{.*}} = bn.batch_norm_training %[[X]], scale %[[G]], offset %[[B]], {{.*}}epsilon = 5.000000e-01 : f64
// CHECK-NEXT:  return %[[Y]]
func.func @train(%x: tensor<?x2x3x4xf32>) -> tensor<?x2x3x4xf32> {
  %g = arith.constant dense<[[[[7.0]], [[-8.0]]]]> : tensor<1x2x1x1xf32>
  %b = arith.constant dense<[[[[3.0]], [[5.0]]]]> : tensor<1x2x1x1xf32>
  %m = arith.constant dense<[[[[2.0]], [[9.0]]]]> : tensor<1x2x1x1xf32>
  %unused = arith.constant dense<[[[[4.0]], [[16.0]]]]> : tensor<1x2x1x1xf32>
  %e = arith.constant dense<0.5> : tensor<f32>
  %two = arith.constant dense<2.0> : tensor<f32>
  %mean = bn.reduce_mean %x {axes = array<i64: 0, 2, 3>, keep_dims} : (tensor<?x2x3x4xf32>) -> tensor<1x2x1x1xf32>
  %d = bn.sub %x, %mean : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32> loc("/bn1/Sub")
  %q = bn.pow %d, %two : (tensor<?x2x3x4xf32>, tensor<f32>) -> tensor<?x2x3x4xf32>
  %var = bn.reduce_mean %q {axes = array<i64: 0, 2, 3>, keep_dims} : (tensor<?x2x3x4xf32>) -> tensor<1x2x1x1xf32>
  %ve = bn.add %var, %e : (tensor<1x2x1x1xf32>, tensor<f32>) -> tensor<1x2x1x1xf32>
  %s = bn.sqrt %ve : tensor<1x2x1x1xf32>
  %n = bn.div %d, %s : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32> loc("/bn1/Div")
  %k = bn.mul %n, %g : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32>
  %y = bn.add %k, %b : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32> loc("/bn1/Add")
  return %y : tensor<?x2x3x4xf32>
}

// -----

// A square as a product, and the mean computed twice.
// CHECK-LABEL: @twice
// CHECK-SAME:  %[[X:.*]]: tensor
// CHECK-DAG:   %[[G:.*]] = arith.constant dense<[7.000000e+00, -8.000000e+00]>
// CHECK-DAG:   %[[B:.*]] = arith.constant dense<[3.000000e+00, 5.000000e+00]>
// CHECK:       %[[Y:[a-z0-9_]*]], %{{.*}} = bn.batch_norm_training %[[X]], scale %[[G]], offset %[[B]], {{.*}}epsilon = 5.000000e-01 : f64
// CHECK-NEXT:  return %[[Y]]
func.func @twice(%x: tensor<?x2x3x4xf32>) -> tensor<?x2x3x4xf32> {
  %g = arith.constant dense<[[[[7.0]], [[-8.0]]]]> : tensor<1x2x1x1xf32>
  %b = arith.constant dense<[[[[3.0]], [[5.0]]]]> : tensor<1x2x1x1xf32>
  %m = arith.constant dense<[[[[2.0]], [[9.0]]]]> : tensor<1x2x1x1xf32>
  %unused = arith.constant dense<[[[[4.0]], [[16.0]]]]> : tensor<1x2x1x1xf32>
  %e = arith.constant dense<0.5> : tensor<f32>
  %two = arith.constant dense<2.0> : tensor<f32>
  %mean = bn.reduce_mean %x {axes = array<i64: 0, 2, 3>, keep_dims} : (tensor<?x2x3x4xf32>) -> tensor<1x2x1x1xf32>
  %d = bn.sub %x, %mean : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32> loc("/bn1/Sub")
  %mean2 = bn.reduce_mean %x {axes = array<i64: 0, 2, 3>, keep_dims} : (tensor<?x2x3x4xf32>) -> tensor<1x2x1x1xf32>
  %d2 = bn.sub %x, %mean2 : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32>
  %q = bn.mul %d2, %d2 : (tensor<?x2x3x4xf32>, tensor<?x2x3x4xf32>) -> tensor<?x2x3x4xf32>
  %var = bn.reduce_mean %q {axes = array<i64: 0, 2, 3>, keep_dims} : (tensor<?x2x3x4xf32>) -> tensor<1x2x1x1xf32>
  %ve = bn.add %var, %e : (tensor<1x2x1x1xf32>, tensor<f32>) -> tensor<1x2x1x1xf32>
  %s = bn.sqrt %ve : tensor<1x2x1x1xf32>
  %n = bn.div %d, %s : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32> loc("/bn1/Div")
  %k = bn.mul %n, %g : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32>
  %y = bn.add %k, %b : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32> loc("/bn1/Add")
  return %y : tensor<?x2x3x4xf32>
}

// -----

// Other users of the batch's statistics get them from the batch norm.
// CHECK-LABEL: @statistics
// CHECK:       %[[Y:.*]], %[[MEAN:.*]], %[[VAR:.*]], %{{.*}}, %{{.*}} = bn.batch_norm_training
// CHECK-DAG:   %[[M:.*]] = bn.reshape %[[MEAN]] : tensor<2xf32> -> tensor<1x2x1x1xf32>
// CHECK-DAG:   %[[V:.*]] = bn.reshape %[[VAR]] : tensor<2xf32> -> tensor<1x2x1x1xf32>
// CHECK:       return %[[Y]], %[[M]], %[[V]]
func.func @statistics(%x: tensor<?x2x3x4xf32>) -> (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>, tensor<1x2x1x1xf32>) {
  %g = arith.constant dense<[[[[7.0]], [[-8.0]]]]> : tensor<1x2x1x1xf32>
  %b = arith.constant dense<[[[[3.0]], [[5.0]]]]> : tensor<1x2x1x1xf32>
  %m = arith.constant dense<[[[[2.0]], [[9.0]]]]> : tensor<1x2x1x1xf32>
  %unused = arith.constant dense<[[[[4.0]], [[16.0]]]]> : tensor<1x2x1x1xf32>
  %e = arith.constant dense<0.5> : tensor<f32>
  %two = arith.constant dense<2.0> : tensor<f32>
  %mean = bn.reduce_mean %x {axes = array<i64: 0, 2, 3>, keep_dims} : (tensor<?x2x3x4xf32>) -> tensor<1x2x1x1xf32>
  %d = bn.sub %x, %mean : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32> loc("/bn1/Sub")
  %q = bn.pow %d, %two : (tensor<?x2x3x4xf32>, tensor<f32>) -> tensor<?x2x3x4xf32>
  %var = bn.reduce_mean %q {axes = array<i64: 0, 2, 3>, keep_dims} : (tensor<?x2x3x4xf32>) -> tensor<1x2x1x1xf32>
  %ve = bn.add %var, %e : (tensor<1x2x1x1xf32>, tensor<f32>) -> tensor<1x2x1x1xf32>
  %s = bn.sqrt %ve : tensor<1x2x1x1xf32>
  %n = bn.div %d, %s : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32> loc("/bn1/Div")
  %k = bn.mul %n, %g : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32>
  %y = bn.add %k, %b : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32> loc("/bn1/Add")
  return %y, %mean, %var : tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>, tensor<1x2x1x1xf32>
}

// -----

// Channels last, rank 3, no gamma and beta, the mean without its axes.
// CHECK-LABEL: @plain_nwc
// CHECK-DAG:   %[[ONE:.*]] = arith.constant dense<1.000000e+00> : tensor<5xf32>
// CHECK-DAG:   %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : tensor<5xf32>
// CHECK:       bn.batch_norm_training %{{.*}}, scale %[[ONE]], offset %[[ZERO]], {{.*}}layout = #bn<layout NHWC>
func.func @plain_nwc(%x: tensor<?x3x5xf32>) -> tensor<?x3x5xf32> {
  %e = arith.constant dense<0.5> : tensor<f32>
  %mean = bn.reduce_mean %x {axes = array<i64: 0, 1>} : (tensor<?x3x5xf32>) -> tensor<5xf32>
  %d = bn.sub %x, %mean : (tensor<?x3x5xf32>, tensor<5xf32>) -> tensor<?x3x5xf32>
  %q = bn.mul %d, %d : (tensor<?x3x5xf32>, tensor<?x3x5xf32>) -> tensor<?x3x5xf32>
  %var = bn.reduce_mean %q {axes = array<i64: 0, 1>} : (tensor<?x3x5xf32>) -> tensor<5xf32>
  %ve = bn.add %var, %e : (tensor<5xf32>, tensor<f32>) -> tensor<5xf32>
  %s = bn.sqrt %ve : tensor<5xf32>
  %y = bn.div %d, %s : (tensor<?x3x5xf32>, tensor<5xf32>) -> tensor<?x3x5xf32>
  return %y : tensor<?x3x5xf32>
}

// -----

// The centered input has another user.
// CHECK-LABEL: @intermediate
// CHECK-NOT:   bn.batch_norm
// CHECK:       return
func.func @intermediate(%x: tensor<?x2x3x4xf32>) -> (tensor<?x2x3x4xf32>, tensor<?x2x3x4xf32>) {
  %g = arith.constant dense<[[[[7.0]], [[-8.0]]]]> : tensor<1x2x1x1xf32>
  %b = arith.constant dense<[[[[3.0]], [[5.0]]]]> : tensor<1x2x1x1xf32>
  %m = arith.constant dense<[[[[2.0]], [[9.0]]]]> : tensor<1x2x1x1xf32>
  %unused = arith.constant dense<[[[[4.0]], [[16.0]]]]> : tensor<1x2x1x1xf32>
  %e = arith.constant dense<0.5> : tensor<f32>
  %two = arith.constant dense<2.0> : tensor<f32>
  %mean = bn.reduce_mean %x {axes = array<i64: 0, 2, 3>, keep_dims} : (tensor<?x2x3x4xf32>) -> tensor<1x2x1x1xf32>
  %d = bn.sub %x, %mean : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32> loc("/bn1/Sub")
  %q = bn.pow %d, %two : (tensor<?x2x3x4xf32>, tensor<f32>) -> tensor<?x2x3x4xf32>
  %var = bn.reduce_mean %q {axes = array<i64: 0, 2, 3>, keep_dims} : (tensor<?x2x3x4xf32>) -> tensor<1x2x1x1xf32>
  %ve = bn.add %var, %e : (tensor<1x2x1x1xf32>, tensor<f32>) -> tensor<1x2x1x1xf32>
  %s = bn.sqrt %ve : tensor<1x2x1x1xf32>
  %n = bn.div %d, %s : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32> loc("/bn1/Div")
  %k = bn.mul %n, %g : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32>
  %y = bn.add %k, %b : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32> loc("/bn1/Add")
  return %y, %d : tensor<?x2x3x4xf32>, tensor<?x2x3x4xf32>
}

// -----

// So has the square.
// CHECK-LABEL: @normalized
// CHECK-NOT:   bn.batch_norm
// CHECK:       return
func.func @normalized(%x: tensor<?x2x3x4xf32>) -> (tensor<?x2x3x4xf32>, tensor<?x2x3x4xf32>) {
  %g = arith.constant dense<[[[[7.0]], [[-8.0]]]]> : tensor<1x2x1x1xf32>
  %b = arith.constant dense<[[[[3.0]], [[5.0]]]]> : tensor<1x2x1x1xf32>
  %m = arith.constant dense<[[[[2.0]], [[9.0]]]]> : tensor<1x2x1x1xf32>
  %unused = arith.constant dense<[[[[4.0]], [[16.0]]]]> : tensor<1x2x1x1xf32>
  %e = arith.constant dense<0.5> : tensor<f32>
  %two = arith.constant dense<2.0> : tensor<f32>
  %mean = bn.reduce_mean %x {axes = array<i64: 0, 2, 3>, keep_dims} : (tensor<?x2x3x4xf32>) -> tensor<1x2x1x1xf32>
  %d = bn.sub %x, %mean : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32> loc("/bn1/Sub")
  %q = bn.pow %d, %two : (tensor<?x2x3x4xf32>, tensor<f32>) -> tensor<?x2x3x4xf32>
  %var = bn.reduce_mean %q {axes = array<i64: 0, 2, 3>, keep_dims} : (tensor<?x2x3x4xf32>) -> tensor<1x2x1x1xf32>
  %ve = bn.add %var, %e : (tensor<1x2x1x1xf32>, tensor<f32>) -> tensor<1x2x1x1xf32>
  %s = bn.sqrt %ve : tensor<1x2x1x1xf32>
  %n = bn.div %d, %s : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32> loc("/bn1/Div")
  %k = bn.mul %n, %g : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32>
  %y = bn.add %k, %b : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32> loc("/bn1/Add")
  return %y, %q : tensor<?x2x3x4xf32>, tensor<?x2x3x4xf32>
}

// -----

// A third moment is no variance.
// CHECK-LABEL: @cube
// CHECK-NOT:   bn.batch_norm
// CHECK:       return
func.func @cube(%x: tensor<?x2x3x4xf32>) -> tensor<?x2x3x4xf32> {
  %g = arith.constant dense<[[[[7.0]], [[-8.0]]]]> : tensor<1x2x1x1xf32>
  %b = arith.constant dense<[[[[3.0]], [[5.0]]]]> : tensor<1x2x1x1xf32>
  %m = arith.constant dense<[[[[2.0]], [[9.0]]]]> : tensor<1x2x1x1xf32>
  %unused = arith.constant dense<[[[[4.0]], [[16.0]]]]> : tensor<1x2x1x1xf32>
  %e = arith.constant dense<0.5> : tensor<f32>
  %two = arith.constant dense<3.0> : tensor<f32>
  %mean = bn.reduce_mean %x {axes = array<i64: 0, 2, 3>, keep_dims} : (tensor<?x2x3x4xf32>) -> tensor<1x2x1x1xf32>
  %d = bn.sub %x, %mean : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32> loc("/bn1/Sub")
  %q = bn.pow %d, %two : (tensor<?x2x3x4xf32>, tensor<f32>) -> tensor<?x2x3x4xf32>
  %var = bn.reduce_mean %q {axes = array<i64: 0, 2, 3>, keep_dims} : (tensor<?x2x3x4xf32>) -> tensor<1x2x1x1xf32>
  %ve = bn.add %var, %e : (tensor<1x2x1x1xf32>, tensor<f32>) -> tensor<1x2x1x1xf32>
  %s = bn.sqrt %ve : tensor<1x2x1x1xf32>
  %n = bn.div %d, %s : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32> loc("/bn1/Div")
  %k = bn.mul %n, %g : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32>
  %y = bn.add %k, %b : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32> loc("/bn1/Add")
  return %y : tensor<?x2x3x4xf32>
}

// -----

// Means over the space alone: instance norm.
// CHECK-LABEL: @spatial
// CHECK-NOT:   bn.batch_norm
// CHECK:       return
func.func @spatial(%x: tensor<?x2x3x4xf32>) -> tensor<?x2x3x4xf32> {
  %g = arith.constant dense<[[[[7.0]], [[-8.0]]]]> : tensor<1x2x1x1xf32>
  %b = arith.constant dense<[[[[3.0]], [[5.0]]]]> : tensor<1x2x1x1xf32>
  %m = arith.constant dense<[[[[2.0]], [[9.0]]]]> : tensor<1x2x1x1xf32>
  %unused = arith.constant dense<[[[[4.0]], [[16.0]]]]> : tensor<1x2x1x1xf32>
  %e = arith.constant dense<0.5> : tensor<f32>
  %two = arith.constant dense<2.0> : tensor<f32>
  %mean = bn.reduce_mean %x {axes = array<i64: 2, 3>, keep_dims} : (tensor<?x2x3x4xf32>) -> tensor<?x2x1x1xf32>
  %d = bn.sub %x, %mean : (tensor<?x2x3x4xf32>, tensor<?x2x1x1xf32>) -> tensor<?x2x3x4xf32> loc("/bn1/Sub")
  %q = bn.pow %d, %two : (tensor<?x2x3x4xf32>, tensor<f32>) -> tensor<?x2x3x4xf32>
  %var = bn.reduce_mean %q {axes = array<i64: 2, 3>, keep_dims} : (tensor<?x2x3x4xf32>) -> tensor<?x2x1x1xf32>
  %ve = bn.add %var, %e : (tensor<?x2x1x1xf32>, tensor<f32>) -> tensor<?x2x1x1xf32>
  %s = bn.sqrt %ve : tensor<?x2x1x1xf32>
  %n = bn.div %d, %s : (tensor<?x2x3x4xf32>, tensor<?x2x1x1xf32>) -> tensor<?x2x3x4xf32> loc("/bn1/Div")
  %k = bn.sub %n, %g : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32>
  %y = bn.sub %k, %b : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32> loc("/bn1/Add")
  return %y : tensor<?x2x3x4xf32>
}

// -----

// One value per channel has no variance.
// CHECK-LABEL: @single_value
// CHECK-NOT:   bn.batch_norm
// CHECK:       return
func.func @single_value(%x: tensor<1x2x1x1xf32>) -> tensor<1x2x1x1xf32> {
  %g = arith.constant dense<[[[[7.0]], [[-8.0]]]]> : tensor<1x2x1x1xf32>
  %b = arith.constant dense<[[[[3.0]], [[5.0]]]]> : tensor<1x2x1x1xf32>
  %m = arith.constant dense<[[[[2.0]], [[9.0]]]]> : tensor<1x2x1x1xf32>
  %unused = arith.constant dense<[[[[4.0]], [[16.0]]]]> : tensor<1x2x1x1xf32>
  %e = arith.constant dense<0.5> : tensor<f32>
  %two = arith.constant dense<2.0> : tensor<f32>
  %mean = bn.reduce_mean %x {axes = array<i64: 0, 2, 3>, keep_dims} : (tensor<1x2x1x1xf32>) -> tensor<1x2x1x1xf32>
  %d = bn.sub %x, %mean : (tensor<1x2x1x1xf32>, tensor<1x2x1x1xf32>) -> tensor<1x2x1x1xf32> loc("/bn1/Sub")
  %q = bn.pow %d, %two : (tensor<1x2x1x1xf32>, tensor<f32>) -> tensor<1x2x1x1xf32>
  %var = bn.reduce_mean %q {axes = array<i64: 0, 2, 3>, keep_dims} : (tensor<1x2x1x1xf32>) -> tensor<1x2x1x1xf32>
  %ve = bn.add %var, %e : (tensor<1x2x1x1xf32>, tensor<f32>) -> tensor<1x2x1x1xf32>
  %s = bn.sqrt %ve : tensor<1x2x1x1xf32>
  %n = bn.div %d, %s : (tensor<1x2x1x1xf32>, tensor<1x2x1x1xf32>) -> tensor<1x2x1x1xf32> loc("/bn1/Div")
  %k = bn.mul %n, %g : (tensor<1x2x1x1xf32>, tensor<1x2x1x1xf32>) -> tensor<1x2x1x1xf32>
  %y = bn.add %k, %b : (tensor<1x2x1x1xf32>, tensor<1x2x1x1xf32>) -> tensor<1x2x1x1xf32> loc("/bn1/Add")
  return %y : tensor<1x2x1x1xf32>
}

// -----

// The variance of another tensor.
// CHECK-LABEL: @other_input
// CHECK-NOT:   bn.batch_norm
// CHECK:       return
func.func @other_input(%x: tensor<?x2x3x4xf32>) -> tensor<?x2x3x4xf32> {
  %g = arith.constant dense<[[[[7.0]], [[-8.0]]]]> : tensor<1x2x1x1xf32>
  %b = arith.constant dense<[[[[3.0]], [[5.0]]]]> : tensor<1x2x1x1xf32>
  %m = arith.constant dense<[[[[2.0]], [[9.0]]]]> : tensor<1x2x1x1xf32>
  %unused = arith.constant dense<[[[[4.0]], [[16.0]]]]> : tensor<1x2x1x1xf32>
  %e = arith.constant dense<0.5> : tensor<f32>
  %two = arith.constant dense<2.0> : tensor<f32>
  %mean = bn.reduce_mean %x {axes = array<i64: 0, 2, 3>, keep_dims} : (tensor<?x2x3x4xf32>) -> tensor<1x2x1x1xf32>
  %d = bn.sub %x, %mean : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32> loc("/bn1/Sub")
  %o = bn.relu %x : tensor<?x2x3x4xf32>
  %mo = bn.reduce_mean %o {axes = array<i64: 0, 2, 3>, keep_dims} : (tensor<?x2x3x4xf32>) -> tensor<1x2x1x1xf32>
  %do = bn.sub %o, %mo : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32>
  %q = bn.mul %do, %do : (tensor<?x2x3x4xf32>, tensor<?x2x3x4xf32>) -> tensor<?x2x3x4xf32>
  %var = bn.reduce_mean %q {axes = array<i64: 0, 2, 3>, keep_dims} : (tensor<?x2x3x4xf32>) -> tensor<1x2x1x1xf32>
  %ve = bn.add %var, %e : (tensor<1x2x1x1xf32>, tensor<f32>) -> tensor<1x2x1x1xf32>
  %s = bn.sqrt %ve : tensor<1x2x1x1xf32>
  %n = bn.div %d, %s : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32> loc("/bn1/Div")
  %k = bn.mul %n, %g : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32>
  %y = bn.add %k, %b : (tensor<?x2x3x4xf32>, tensor<1x2x1x1xf32>) -> tensor<?x2x3x4xf32> loc("/bn1/Add")
  return %y : tensor<?x2x3x4xf32>
}
