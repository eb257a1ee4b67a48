// RUN: %bn-opt %s --convert-bn-to-linalg --canonicalize | FileCheck %s

// CHECK-DAG: #[[WINDOW:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2 * 2 + d3)>
// CHECK-DAG: #[[LOWER:.*]] = affine_map<()[s0] -> (s0 * -2 + 1, 0)>
// CHECK-DAG: #[[UPPER:.*]] = affine_map<()[s0] -> (s0 * -2 + 11, 3)>
// CHECK-DAG: #[[CEIL_LOWER:.*]] = affine_map<()[s0] -> (s0 * -3, 0)>
// CHECK-DAG: #[[CEIL_UPPER:.*]] = affine_map<()[s0] -> (s0 * -3 + 8, 3)>

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
// CHECK:         %[[SUM:.*]] = linalg.generic
// CHECK-SAME:      #[[WINDOW]]
// CHECK:           arith.addf %{{.*}} : f64
// CHECK:         linalg.generic
// CHECK-SAME:      ins(%[[SUM]]
// CHECK:           %[[POSITION:.*]] = linalg.index 2
// CHECK:           %[[FIRST:.*]] = affine.max #[[LOWER]]()[%[[POSITION]]]
// CHECK:           %[[END:.*]] = affine.min #[[UPPER]]()[%[[POSITION]]]
// CHECK:           arith.subi %[[END]], %[[FIRST]]
// CHECK:           arith.divf %{{.*}} : f64
func.func @average_pool(%x: tensor<?x6x10xf32>) -> tensor<?x6x5xf32> {
  %y = bn.average_pool %x {kernel = array<i64: 3>, strides = array<i64: 2>,
      padding = array<i64: 1, 0>, dilations = array<i64: 1>}
    : (tensor<?x6x10xf32>) -> tensor<?x6x5xf32>
  return %y : tensor<?x6x5xf32>
}

// Without padding the divisor is a constant.
// CHECK-LABEL: func.func @whole_windows
// CHECK-DAG:     %[[SIX:.*]] = arith.constant 6.000000e+00 : f64
// CHECK-NOT:     affine
// CHECK:         arith.divf %{{.*}}, %[[SIX]]
func.func @whole_windows(%x: tensor<?x6x10x9xf32>) -> tensor<?x6x5x3xf32> {
  %y = bn.average_pool %x {kernel = array<i64: 2, 3>,
      strides = array<i64: 2, 3>, padding = array<i64: 0, 0, 0, 0>,
      dilations = array<i64: 1, 1>}
    : (tensor<?x6x10x9xf32>) -> tensor<?x6x5x3xf32>
  return %y : tensor<?x6x5x3xf32>
}

// Padding counts; what only ceil_mode adds behind it does not.
// CHECK-LABEL: func.func @ceil
// CHECK:         tensor.pad %{{.*}} low[0, 0, 1] high[0, 0, 2]
// CHECK:         affine.max #[[CEIL_LOWER]]
// CHECK:         affine.min #[[CEIL_UPPER]]
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
