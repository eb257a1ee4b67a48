// RUN: %bn-opt %s --convert-bn-to-linalg --canonicalize | FileCheck %s

// CHECK-DAG: #[[INPUT:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6, d7) -> (d0, d3 * 2 + d6, d4 + d7 * 2, d1, d5)>
// CHECK-DAG: #[[FILTER:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6, d7) -> (d1, d2, d5, d6, d7)>
// CHECK-DAG: #[[SUM:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6, d7) -> (d0, d3, d4, d1, d2)>
// CHECK-DAG: #[[CHANNEL:.*]] = affine_map<(d0, d1, d2, d3) -> (d3)>

// CHECK-LABEL: func.func @conv
// CHECK-SAME:    %[[X:.*]]: tensor<?x7x9x4xf32>, %[[W:.*]]: tensor<6x2x3x2xf32>, %[[B:.*]]: tensor<6xf32>
// CHECK-DAG:     %[[ZERO:.*]] = arith.constant 0.000000e+00 : f64
// CHECK:         %[[PADDED:.*]] = tensor.pad %[[X]] low[0, 1, 0, 0] high[0, 1, 1, 0]
// CHECK:         %[[GROUPED:.*]] = tensor.expand_shape %[[PADDED]] {{.*}} into tensor<?x9x10x2x2xf32>
// CHECK:         %[[FILTERS:.*]] = tensor.expand_shape %[[W]] {{.*}} into tensor<2x3x2x3x2xf32>
// CHECK:         %[[INIT:.*]] = linalg.fill ins(%[[ZERO]] : f64)
// CHECK:         %[[PRODUCT:.*]] = linalg.generic
// CHECK-SAME:      indexing_maps = [#[[INPUT]], #[[FILTER]], #[[SUM]]]
// CHECK-SAME:      ["parallel", "parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]
// CHECK-SAME:      ins(%[[GROUPED]], %[[FILTERS]]
// CHECK-SAME:      outs(%[[INIT]]
// CHECK:           arith.mulf %{{.*}} : f64
// CHECK:           arith.addf %{{.*}} : f64
// CHECK:         %[[MERGED:.*]] = tensor.collapse_shape %[[PRODUCT]]
// CHECK:         linalg.generic
// CHECK-SAME:      #[[CHANNEL]]
// CHECK-SAME:      ins(%[[MERGED]], %[[B]]
// CHECK:           arith.addf %{{.*}} : f64
// CHECK:           arith.truncf %{{.*}} : f64 to f32
func.func @conv(%x: tensor<?x7x9x4xf32>, %w: tensor<6x2x3x2xf32>,
                %b: tensor<6xf32>) -> tensor<?x4x8x6xf32> {
  %y = bn.conv %x, %w bias %b {dilations = array<i64: 1, 2>, groups = 2 : i64,
      padding = array<i64: 1, 0, 1, 1>, strides = array<i64: 2, 1>,
      layout = #bn<layout NHWC>}
    : (tensor<?x7x9x4xf32>, tensor<6x2x3x2xf32>, tensor<6xf32>)
    -> tensor<?x4x8x6xf32>
  return %y : tensor<?x4x8x6xf32>
}

// CHECK-LABEL: func.func @linear
// CHECK:         linalg.generic
// CHECK-SAME:      ["parallel", "parallel", "reduction"]
// CHECK:         linalg.generic
// CHECK:           %[[BIAS:.*]] = arith.mulf %{{.*}}, %cst{{.*}} : f64
// CHECK:           arith.addf %{{.*}}, %[[BIAS]] : f64
func.func @linear(%x: tensor<?x5xf32>, %w: tensor<7x5xf32>, %b: tensor<7xf32>)
    -> tensor<?x7xf32> {
  %y = bn.linear %x, %w bias %b {transpose_weight, beta = 3.0}
    : (tensor<?x5xf32>, tensor<7x5xf32>, tensor<7xf32>) -> tensor<?x7xf32>
  return %y : tensor<?x7xf32>
}
