// RUN: %bn-opt %s --convert-bn-to-linalg --canonicalize | FileCheck %s

// CHECK-DAG: #[[LAST:.*]] = affine_map<(d0, d1, d2) -> (d2)>

// Statistics may be of another type than the activations.
// CHECK-LABEL: func.func @inference
// CHECK:         linalg.generic
// CHECK:         ^bb0(%[[IN:.*]]: f32, %[[SCALE:.*]]: f64, %[[OFFSET:.*]]: f64, %[[MEAN:.*]]: f64, %[[VARIANCE:.*]]: f64, %{{.*}}: f32):
// CHECK:           %[[X:.*]] = arith.extf %[[IN]] : f32 to f64
// CHECK:           %[[CENTERED:.*]] = arith.subf %[[X]], %[[MEAN]]
// CHECK:           %[[SHIFTED:.*]] = arith.addf %[[VARIANCE]], %{{.*}}
// CHECK:           %[[DEVIATION:.*]] = math.sqrt %[[SHIFTED]]
// CHECK:           %[[NORMAL:.*]] = arith.divf %[[CENTERED]], %[[DEVIATION]]
// CHECK:           %[[SCALED:.*]] = arith.mulf %[[SCALE]], %[[NORMAL]]
// CHECK:           %[[Y:.*]] = arith.addf %[[SCALED]], %[[OFFSET]]
// CHECK:           arith.truncf %[[Y]] : f64 to f32
func.func @inference(%x: tensor<?x3xf32>, %s: tensor<3xf64>, %o: tensor<3xf64>,
                     %m: tensor<3xf64>, %v: tensor<3xf64>) -> tensor<?x3xf32> {
  %y = bn.batch_norm_inference %x, scale %s, offset %o, mean %m, variance %v
      {epsilon = 1.0e-05 : f64}
    : (tensor<?x3xf32>, tensor<3xf64>, tensor<3xf64>, tensor<3xf64>,
       tensor<3xf64>) -> tensor<?x3xf32>
  return %y : tensor<?x3xf32>
}

// CHECK-LABEL: func.func @scale_shift
// CHECK:         linalg.generic
// CHECK-SAME:      #[[LAST]], #[[LAST]]
// CHECK:           arith.mulf
// CHECK:           arith.addf
func.func @scale_shift(%x: tensor<?x5x3xf32>, %c: tensor<3xf32>)
    -> tensor<?x5x3xf32> {
  %y = bn.scale_shift %x, scale %c, shift %c {layout = #bn<layout NHWC>}
    : (tensor<?x5x3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<?x5x3xf32>
  return %y : tensor<?x5x3xf32>
}

// The mean first, then the squared deviations from it.
// CHECK-LABEL: func.func @training
// CHECK-SAME:    %[[X:.*]]: tensor<?x5x3xf32>, %[[C:.*]]: tensor<3xf32>
// CHECK-DAG:     %[[BATCH_SHARE:.*]] = arith.constant 2.500000e-01 : f64
// CHECK-DAG:     %[[RUNNING_SHARE:.*]] = arith.constant 7.500000e-01 : f64
// CHECK-DAG:     %[[ONE:.*]] = arith.constant 1.000000e+00 : f64
// CHECK:         %[[COUNT:.*]] = arith.mulf %{{.*}}, %{{.*}} : f64
// CHECK:         %[[FIRST:.*]] = tensor.extract_slice %[[X]][0, 0, 0] [1, 1, 3] [1, 1, 1]
// CHECK:         %[[SUM:.*]] = linalg.generic
// CHECK-SAME:      ["reduction", "reduction", "parallel"]
// CHECK-SAME:      ins(%[[X]], %[[FIRST]]
// CHECK:           arith.subf
// CHECK:         %[[MEAN:.*]] = linalg.generic
// CHECK-SAME:      ins(%[[FIRST]], %[[SUM]]
// CHECK:           arith.divf %{{.*}}, %[[COUNT]]
// CHECK:         %[[SQUARES:.*]] = linalg.generic
// CHECK-SAME:      ins(%[[X]], %[[MEAN]]
// CHECK:           %[[DEVIATION:.*]] = arith.subf
// CHECK:           arith.mulf %[[DEVIATION]], %[[DEVIATION]]
// CHECK:         %[[VARIANCE:.*]] = linalg.generic {{.*}} ins(%[[SQUARES]]
// CHECK:           arith.divf %{{.*}}, %[[COUNT]]
// CHECK:         %[[LESS:.*]] = arith.subf %[[COUNT]], %[[ONE]]
// CHECK:         %[[UNBIASED:.*]] = linalg.generic {{.*}} ins(%[[SQUARES]]
// CHECK:           arith.divf %{{.*}}, %[[LESS]]
// CHECK:         linalg.generic {{.*}} ins(%[[X]], %[[C]], %[[C]], %[[MEAN]], %[[VARIANCE]]
// CHECK:         linalg.generic {{.*}} ins(%[[C]], %[[UNBIASED]]
// CHECK:           arith.mulf %{{.*}}, %[[RUNNING_SHARE]]
// CHECK:           arith.mulf %{{.*}}, %[[BATCH_SHARE]]
func.func @training(%x: tensor<?x5x3xf32>, %c: tensor<3xf32>)
    -> (tensor<?x5x3xf32>, tensor<3xf32>) {
  %y:5 = bn.batch_norm_training %x, scale %c, offset %c, running_mean %c,
      running_variance %c {epsilon = 1.0e-05 : f64, momentum = 0.25 : f64,
      convention = #bn<momentum_convention torch>,
      variance_bias = #bn<running_variance unbiased>,
      layout = #bn<layout NHWC>}
    : (tensor<?x5x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>,
       tensor<3xf32>)
    -> (tensor<?x5x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>,
        tensor<3xf32>)
  return %y#0, %y#4 : tensor<?x5x3xf32>, tensor<3xf32>
}
