// RUN: %bn-opt %s --convert-bn-to-linalg --canonicalize | FileCheck %s

// Loops n, g, o, y, c, k.
// CHECK-DAG: #[[RESULT:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1, d2, d3)>
// CHECK-DAG: #[[INPUT:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1, d4, d3 * 3 + d5 * 2)>
// CHECK-DAG: #[[FILTER:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d1, d2, d4, d5)>

// Terms are added where their input value stands; the padding (1 before,
// and as far behind as windows reach) is dropped.
// CHECK-LABEL: func.func @input
// CHECK:         %[[ZEROS:.*]] = linalg.fill {{.*}} -> tensor<?x2x3x12xf64>
// CHECK:         %[[SUM:.*]] = linalg.generic
// CHECK-SAME:      indexing_maps = [#[[RESULT]], #[[FILTER]], #[[INPUT]]]
// CHECK-SAME:      iterator_types = ["parallel", "parallel", "reduction", "reduction", "parallel", "reduction"]
// CHECK-SAME:      outs(%[[ZEROS]] : tensor<?x2x3x12xf64>)
// CHECK:         %[[MERGED:.*]] = tensor.collapse_shape %[[SUM]]
// CHECK:         %[[INNER:.*]] = tensor.extract_slice %[[MERGED]][0, 0, 1] [%{{.*}}, 6, 10] [1, 1, 1]
// CHECK:         linalg.generic {{.*}} ins(%[[INNER]]
// CHECK:           arith.truncf %{{.*}} : f64 to f32
func.func @input(%g: tensor<?x4x4xf32>, %w: tensor<4x3x2xf32>) -> tensor<?x6x10xf32> {
  %0 = bn.conv_input_gradient %g, %w {dilations = array<i64: 2>, groups = 2 : i64, padding = array<i64: 1, 2>, strides = array<i64: 3>} : (tensor<?x4x4xf32>, tensor<4x3x2xf32>) -> tensor<?x6x10xf32>
  return %0 : tensor<?x6x10xf32>
}

// CHECK-LABEL: func.func @filter
// CHECK:         tensor.pad %{{.*}} low[0, 0, 1] high[0, 0, 1]
// CHECK:         linalg.generic
// CHECK-SAME:      indexing_maps = [#[[RESULT]], #[[INPUT]], #[[FILTER]]]
// CHECK-SAME:      iterator_types = ["reduction", "parallel", "parallel", "reduction", "parallel", "parallel"]
func.func @filter(%g: tensor<?x4x4xf32>, %x: tensor<?x6x10xf32>) -> tensor<4x3x2xf32> {
  %0 = bn.conv_filter_gradient %g, %x {dilations = array<i64: 2>, groups = 2 : i64, padding = array<i64: 1, 2>, strides = array<i64: 3>} : (tensor<?x4x4xf32>, tensor<?x6x10xf32>) -> tensor<4x3x2xf32>
  return %0 : tensor<4x3x2xf32>
}
