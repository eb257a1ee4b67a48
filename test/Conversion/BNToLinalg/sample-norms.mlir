// RUN: %bn-opt %s --convert-bn-to-linalg --canonicalize | FileCheck %s

// CHECK-DAG: #[[CHANNEL:.*]] = affine_map<(d0, d1, d2) -> (d1)>
// CHECK-DAG: #[[GROUP:.*]] = affine_map<(d0, d1, d2) -> (d0, d1 floordiv 2)>
// CHECK-DAG: #[[KEPT:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1)>
// CHECK-DAG: #[[LAST:.*]] = affine_map<(d0, d1, d2) -> (d1, d2)>
// CHECK-DAG: #[[ROW:.*]] = affine_map<(d0, d1, d2) -> (d0)>

// The mean first, shifted by the first value; then the squared deviations.
// CHECK-LABEL: func.func @group
// CHECK-SAME:    %[[X:.*]]: tensor<?x6x5xf32>, %[[C:.*]]: tensor<6xf32>
// CHECK-DAG:     %[[COUNT:.*]] = arith.constant 1.000000e+01 : f64
// CHECK:         %[[GROUPED:.*]] = tensor.expand_shape %[[X]] {{\[}}[0], [1, 2], [3]]
// CHECK-SAME:      into tensor<?x3x2x5xf32>
// CHECK:         %[[FIRST:.*]] = tensor.extract_slice %[[GROUPED]][0, 0, 0, 0] [%{{.*}}, 3, 1, 1] [1, 1, 1, 1]
// CHECK-SAME:      to tensor<?x3xf32>
// CHECK:         %[[SUM:.*]] = linalg.generic
// CHECK-SAME:      #[[KEPT]], #[[KEPT]]
// CHECK-SAME:      ["parallel", "parallel", "reduction", "reduction"]
// CHECK-SAME:      ins(%[[GROUPED]], %[[FIRST]]
// CHECK:         %[[MEAN:.*]] = linalg.generic {{.*}} ins(%[[FIRST]], %[[SUM]]
// CHECK:           arith.divf %{{.*}}, %[[COUNT]]
// CHECK:         %[[SQUARES:.*]] = linalg.generic {{.*}} ins(%[[GROUPED]], %[[MEAN]]
// CHECK:           %[[DEVIATION:.*]] = arith.subf
// CHECK:           arith.mulf %[[DEVIATION]], %[[DEVIATION]]
// CHECK:         %[[VARIANCE:.*]] = linalg.generic {{.*}} ins(%[[SQUARES]]
// CHECK:         linalg.generic {{.*}} #[[CHANNEL]], #[[GROUP]], #[[GROUP]], #[[CHANNEL]]
// CHECK-SAME:      ins(%[[X]], %[[C]], %[[VARIANCE]], %[[MEAN]], %[[C]]
// CHECK:           %[[ROOT:.*]] = math.sqrt
// CHECK:           arith.divf %{{.*}}, %[[ROOT]]
func.func @group(%x: tensor<?x6x5xf32>, %c: tensor<6xf32>)
    -> tensor<?x6x5xf32> {
  %y = bn.group_norm %x, scale %c, offset %c
    {epsilon = 1.0e-05 : f64, groups = 3 : i64}
    : (tensor<?x6x5xf32>, tensor<6xf32>, tensor<6xf32>) -> tensor<?x6x5xf32>
  return %y : tensor<?x6x5xf32>
}

// CHECK-LABEL: func.func @channels_last
// CHECK:         tensor.expand_shape %{{.*}} {{\[}}[0], [1], [2, 3]]
// CHECK-SAME:      into tensor<?x5x3x2xf32>
func.func @channels_last(%x: tensor<?x5x6xf32>, %c: tensor<6xf32>)
    -> tensor<?x5x6xf32> {
  %y = bn.group_norm %x, scale %c, offset %c
    {epsilon = 1.0e-05 : f64, groups = 3 : i64, layout = #bn<layout NHWC>}
    : (tensor<?x5x6xf32>, tensor<6xf32>, tensor<6xf32>) -> tensor<?x5x6xf32>
  return %y : tensor<?x5x6xf32>
}

// CHECK-LABEL: func.func @layer
// CHECK-SAME:    %[[X:.*]]: tensor<?x5x7xf32>, %[[C:.*]]: tensor<5x7xf32>
// CHECK:         %[[MEAN:.*]] = linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : tensor<?xf32>, tensor<?xf64>)
// CHECK:         linalg.generic {{.*}} #[[LAST]], #[[ROW]], #[[ROW]], #[[LAST]]
// CHECK-SAME:      ins(%[[X]], %[[C]], %{{.*}}, %[[MEAN]], %[[C]]
func.func @layer(%x: tensor<?x5x7xf32>, %c: tensor<5x7xf32>)
    -> tensor<?x5x7xf32> {
  %y = bn.layer_norm %x, scale %c offset %c {axis = 1 : i64,
      epsilon = 1.0e-05 : f64}
    : (tensor<?x5x7xf32>, tensor<5x7xf32>, tensor<5x7xf32>)
    -> tensor<?x5x7xf32>
  return %y : tensor<?x5x7xf32>
}

// Nothing is subtracted, and nothing added.
// CHECK-LABEL: func.func @root_mean_square
// CHECK-NOT:     arith.subf
// CHECK:         linalg.generic {{.*}} #[[LAST]], #[[ROW]],
// CHECK:           math.sqrt
// CHECK-NOT:     arith.subf
// CHECK:         return
func.func @root_mean_square(%x: tensor<?x5x7xf32>, %c: tensor<5x7xf32>)
    -> tensor<?x5x7xf32> {
  %y = bn.layer_norm %x, scale %c {axis = 1 : i64, epsilon = 1.0e-05 : f64,
      root_mean_square}
    : (tensor<?x5x7xf32>, tensor<5x7xf32>) -> tensor<?x5x7xf32>
  return %y : tensor<?x5x7xf32>
}
