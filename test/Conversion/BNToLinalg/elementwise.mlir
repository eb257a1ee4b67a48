// RUN: %bn-opt %s --convert-bn-to-linalg --canonicalize | FileCheck %s

// CHECK-DAG: #[[ALL:.*]] = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
// CHECK-DAG: #[[REPEATED:.*]] = affine_map<(d0, d1, d2) -> (d1, 0)>

// What rounds more than once is computed in f64.
// CHECK-LABEL: func.func @sigmoid
// CHECK:         linalg.generic
// CHECK:           %[[X:.*]] = arith.extf %{{.*}} : f32 to f64
// CHECK:           %[[N:.*]] = arith.negf %[[X]] : f64
// CHECK:           %[[E:.*]] = math.exp %[[N]] : f64
// CHECK:           %[[D:.*]] = arith.addf %[[E]], %{{.*}} : f64
// CHECK:           %[[Q:.*]] = arith.divf %{{.*}}, %[[D]] : f64
// CHECK:           arith.truncf %[[Q]] : f64 to f32
func.func @sigmoid(%x: tensor<?x3x5xf32>) -> tensor<?x3x5xf32> {
  %y = bn.sigmoid %x : tensor<?x3x5xf32>
  return %y : tensor<?x3x5xf32>
}

// CHECK-LABEL: func.func @tanh
// CHECK-NOT:     arith.extf
// CHECK:         math.tanh %{{.*}} : f64
func.func @tanh(%x: tensor<4xf64>) -> tensor<4xf64> {
  %y = bn.tanh %x : tensor<4xf64>
  return %y : tensor<4xf64>
}

// CHECK-LABEL: func.func @others
// CHECK:         math.exp %{{.*}} : f64
// CHECK:         math.powf %{{.*}} : f64
// CHECK-NOT:     arith.extf
// CHECK:         math.sqrt %{{.*}} : f32
func.func @others(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = bn.exp %x : tensor<4xf32>
  %1 = bn.pow %0, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %2 = bn.sqrt %1 : tensor<4xf32>
  return %2 : tensor<4xf32>
}

// A maximum that keeps NaN, in the element type.
// CHECK-LABEL: func.func @relu
// CHECK-NOT:     arith.extf
// CHECK:         arith.maximumf %{{.*}}, %{{.*}} : f32
func.func @relu(%x: tensor<?x7xf32>) -> tensor<?x7xf32> {
  %y = bn.relu %x : tensor<?x7xf32>
  return %y : tensor<?x7xf32>
}

// CHECK-LABEL: func.func @clip
// CHECK-DAG:     %[[LOW:.*]] = arith.constant -1.000000e+00 : f32
// CHECK-DAG:     %[[HIGH:.*]] = arith.constant 6.000000e+00 : f32
// CHECK:         %[[ABOVE:.*]] = arith.maximumf %{{.*}}, %[[LOW]] : f32
// CHECK:         arith.minimumf %[[ABOVE]], %[[HIGH]] : f32
func.func @clip(%x: tensor<?x7xf32>) -> tensor<?x7xf32> {
  %y = bn.clip %x {minimum = -1.0 : f64, maximum = 6.0 : f64} : tensor<?x7xf32>
  return %y : tensor<?x7xf32>
}

// CHECK-LABEL: func.func @broadcast
// CHECK-SAME:    %[[X:.*]]: tensor<?x3x5xf32>, %[[C:.*]]: tensor<3x1xf32>
// CHECK:         %[[BATCH:.*]] = tensor.dim %[[X]], %{{.*}}
// CHECK:         %[[INIT:.*]] = tensor.empty(%[[BATCH]]) : tensor<?x3x5xf32>
// CHECK:         linalg.generic
// CHECK-SAME:      indexing_maps = [#[[REPEATED]], #[[ALL]], #[[ALL]]]
// CHECK-SAME:      ins(%[[C]], %[[X]]
// CHECK:         ^bb0(%[[L:.*]]: f32, %[[R:.*]]: f32, %{{.*}}: f32):
// CHECK:           arith.subf %[[L]], %[[R]] : f32
func.func @broadcast(%x: tensor<?x3x5xf32>, %c: tensor<3x1xf32>)
    -> tensor<?x3x5xf32> {
  %y = bn.sub %c, %x
    : (tensor<3x1xf32>, tensor<?x3x5xf32>) -> tensor<?x3x5xf32>
  return %y : tensor<?x3x5xf32>
}
