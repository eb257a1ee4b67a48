// RUN: %bn-opt %s --convert-bn-to-linalg --canonicalize | FileCheck %s

// The divisor of a loss is the batch of the call.
// CHECK-LABEL: func.func @loss
// CHECK:         %[[INTEGER:.*]] = arith.index_cast %{{.*}} : index to i64
// CHECK:         %[[COUNT:.*]] = arith.sitofp %[[INTEGER]] : i64 to f64
// CHECK:         math.log
// CHECK:         arith.divf %{{.*}}, %[[COUNT]] : f64
// CHECK:         arith.fptosi %{{.*}} : f64 to i64
// CHECK:         arith.divf %{{.*}}, %[[COUNT]] : f64
func.func @loss(%x: tensor<?x5xf32>, %l: tensor<?xi64>) -> (tensor<f32>, tensor<i64>, tensor<?x5xf32>) {
  %loss, %hits, %dx = bn.cross_entropy_loss %x, %l : (tensor<?x5xf32>, tensor<?xi64>) -> (tensor<f32>, tensor<i64>, tensor<?x5xf32>)
  return %loss, %hits, %dx : tensor<f32>, tensor<i64>, tensor<?x5xf32>
}

// All results of an optimizer's step are of one loop, which reads before it
// writes: they may be the memory of the inputs.
// CHECK-LABEL: func.func @sgd
// CHECK-COUNT-4: tensor.extract
// CHECK:         %[[R:.*]]:2 = linalg.generic
// CHECK-NOT:     linalg.generic
// CHECK:         return %[[R]]#0, %[[R]]#1
func.func @sgd(%p: tensor<?xf32>, %g: tensor<?xf32>, %v: tensor<?xf32>, %s: tensor<4xf32>) -> (tensor<?xf32>, tensor<?xf32>) {
  %a, %b = bn.sgd_update %p, %g, velocity %v, settings %s : (tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<4xf32>) -> (tensor<?xf32>, tensor<?xf32>)
  return %a, %b : tensor<?xf32>, tensor<?xf32>
}

// CHECK-LABEL: func.func @adam
// CHECK:         %[[R:.*]]:3 = linalg.generic
// CHECK-NOT:     linalg.generic
// CHECK:         return %[[R]]#0, %[[R]]#1, %[[R]]#2
func.func @adam(%p: tensor<?xf32>, %g: tensor<?xf32>, %v: tensor<?xf32>, %s: tensor<7xf32>) -> (tensor<?xf32>, tensor<?xf32>, tensor<?xf32>) {
  %a, %b, %c = bn.adam_update %p, %g, first_moment %v, second_moment %v, settings %s : (tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<7xf32>) -> (tensor<?xf32>, tensor<?xf32>, tensor<?xf32>)
  return %a, %b, %c : tensor<?xf32>, tensor<?xf32>, tensor<?xf32>
}

// A sum is rounded once.
// CHECK-LABEL: func.func @sum
// CHECK:         linalg.generic
// CHECK:           arith.extf %{{.*}} : f32 to f64
// CHECK:           arith.addf %{{.*}} : f64
// CHECK:         linalg.generic
// CHECK:           arith.truncf %{{.*}} : f64 to f32
func.func @sum(%x: tensor<?x3x5xf32>) -> tensor<3xf32> {
  %0 = bn.reduce_sum %x {axes = array<i64: 0, 2>} : (tensor<?x3x5xf32>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// The window's first largest value takes the gradient: a search for the
// maximum, for its first place, and the sum of what comes.
// CHECK-LABEL: func.func @max_pool
// CHECK:         tensor.pad %{{.*}} low[0, 0, 1] high[0, 0, 0]
// CHECK:         %[[MAX:.*]] = linalg.generic
// CHECK:           arith.maximumf
// CHECK:         %[[FIRST:.*]] = linalg.generic {{.*}} ins(%{{.*}}, %[[MAX]],
// CHECK:           arith.cmpf ueq
// CHECK:         linalg.generic {{.*}} ins(%{{.*}}, %[[FIRST]],
// CHECK:           arith.cmpf oeq
// CHECK:         tensor.extract_slice %{{.*}}[0, 0, 1]
func.func @max_pool(%g: tensor<?x2x3xf32>, %x: tensor<?x2x6xf32>) -> tensor<?x2x6xf32> {
  %0 = bn.max_pool_gradient %g, %x {dilations = array<i64: 1>, kernel = array<i64: 3>, padding = array<i64: 1, 0>, strides = array<i64: 2>} : (tensor<?x2x3xf32>, tensor<?x2x6xf32>) -> tensor<?x2x6xf32>
  return %0 : tensor<?x2x6xf32>
}
