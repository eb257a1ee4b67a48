// RUN: %bn-opt %s --convert-bn-to-linalg --canonicalize | FileCheck %s

// CHECK-DAG: #[[WINDOW:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2 * 2 + d3)>

// CHECK-LABEL: func.func @max_pool
// CHECK-DAG:     %[[LOWEST:.*]] = arith.constant 0xFF800000 : f32
// CHECK:         tensor.pad %{{.*}} low[0, 0, 1] high[0, 0, 0]
// CHECK:           tensor.yield %[[LOWEST]] : f32
// CHECK:         linalg.fill ins(%[[LOWEST]] : f32)
// CHECK:         linalg.generic
// CHECK-SAME:      #[[WINDOW]]
// CHECK:           arith.maximumf %{{.*}} : f32
func.func @max_pool(%x: tensor<?x6x10xf32>) -> tensor<?x6x5xf32> {
  %y = bn.max_pool %x {kernel = array<i64: 3>, strides = array<i64: 2>,
      padding = array<i64: 1, 0>, dilations = array<i64: 1>}
    : (tensor<?x6x10xf32>) -> tensor<?x6x5xf32>
  return %y : tensor<?x6x5xf32>
}

// The first window has one padded position, which does not count.
// CHECK-LABEL: func.func @average_pool
// CHECK-DAG:     %[[COUNTS:.*]] = arith.constant dense<[2.000000e+00, 3.000000e+00, 3.000000e+00, 3.000000e+00, 3.000000e+00]> : tensor<5xf64>
// CHECK:         %[[SUM:.*]] = linalg.generic
// CHECK-SAME:      #[[WINDOW]]
// CHECK:           arith.addf %{{.*}} : f64
// CHECK:         linalg.generic
// CHECK-SAME:      ins(%[[SUM]], %[[COUNTS]]
// CHECK:           arith.divf %{{.*}} : f64
func.func @average_pool(%x: tensor<?x6x10xf32>) -> tensor<?x6x5xf32> {
  %y = bn.average_pool %x {kernel = array<i64: 3>, strides = array<i64: 2>,
      padding = array<i64: 1, 0>, dilations = array<i64: 1>}
    : (tensor<?x6x10xf32>) -> tensor<?x6x5xf32>
  return %y : tensor<?x6x5xf32>
}

// Padding counts; what only ceil_mode adds behind it does not.
// CHECK-LABEL: func.func @ceil
// CHECK-DAG:     arith.constant dense<[3.000000e+00, 3.000000e+00, 2.000000e+00]> : tensor<3xf64>
// CHECK:         tensor.pad %{{.*}} low[0, 0, 1] high[0, 0, 2]
func.func @ceil(%x: tensor<?x6x6xf32>) -> tensor<?x6x3xf32> {
  %y = bn.average_pool %x {kernel = array<i64: 3>, strides = array<i64: 3>,
      padding = array<i64: 1, 1>, dilations = array<i64: 1>, ceil_mode = true,
      count_include_pad = true}
    : (tensor<?x6x6xf32>) -> tensor<?x6x3xf32>
  return %y : tensor<?x6x3xf32>
}

// CHECK-LABEL: func.func @mean
// CHECK-SAME:    %[[X:.*]]: tensor<?x6x10xf32>
// CHECK-DAG:     %[[TEN:.*]] = arith.constant 1.000000e+01 : f64
// CHECK:         linalg.generic
// CHECK-SAME:      ["reduction", "parallel", "reduction"]
// CHECK:         %[[BATCH:.*]] = tensor.dim %[[X]]
// CHECK:         %[[INTEGER:.*]] = arith.index_cast %[[BATCH]]
// CHECK:         %[[FLOAT:.*]] = arith.sitofp %[[INTEGER]] : i64 to f64
// CHECK:         %[[COUNT:.*]] = arith.mulf %[[FLOAT]], %[[TEN]]
// CHECK:         arith.divf %{{.*}}, %[[COUNT]]
func.func @mean(%x: tensor<?x6x10xf32>) -> tensor<1x6x1xf32> {
  %y = bn.reduce_mean %x {axes = array<i64: 0, 2>, keep_dims}
    : (tensor<?x6x10xf32>) -> tensor<1x6x1xf32>
  return %y : tensor<1x6x1xf32>
}
