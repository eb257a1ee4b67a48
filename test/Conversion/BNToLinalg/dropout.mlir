// RUN: %bn-opt %s --split-input-file --convert-bn-to-linalg --canonicalize --verify-diagnostics | FileCheck %s

// Seed and stream are hashed once, then the row and the position within it.
// CHECK-LABEL: func.func @dropout
// CHECK-SAME:    %[[X:.*]]: tensor<?x3x5xf32>, %[[SEED:.*]]: tensor<2xi64>
// CHECK-DAG:     %[[HALF:.*]] = arith.constant -2147483648 : i32
// CHECK-DAG:     %[[KEPT_SHARE:.*]] = arith.constant 5.000000e-01 : f64
// CHECK-DAG:     %[[ZERO:.*]] = arith.constant 0.000000e+00 : f64
// CHECK:         tensor.extract %[[SEED]]
// CHECK:         tensor.extract %[[SEED]]
// CHECK:         linalg.generic {{.*}} ins(%[[X]]
// CHECK-DAG:       %[[ROW:.*]] = linalg.index 0
// CHECK-DAG:       %[[I:.*]] = linalg.index 1
// CHECK-DAG:       %[[J:.*]] = linalg.index 2
// CHECK:           %[[FIRST:.*]] = arith.muli %[[I]], %{{.*}} : index
// CHECK:           arith.addi %[[FIRST]], %[[J]] : index
// CHECK:           %[[KEPT:.*]] = arith.cmpi uge, %{{.*}}, %[[HALF]] : i32
// CHECK:           %[[ENLARGED:.*]] = arith.divf %{{.*}}, %[[KEPT_SHARE]]
// CHECK:           arith.select %[[KEPT]], %[[ENLARGED]], %[[ZERO]]
func.func @dropout(%x: tensor<?x3x5xf32>, %seed: tensor<2xi64>)
    -> tensor<?x3x5xf32> {
  %y = bn.dropout %x seed %seed {ratio = 0.5 : f64, stream = 1 : i64}
    : (tensor<?x3x5xf32>, tensor<2xi64>) -> tensor<?x3x5xf32>
  return %y : tensor<?x3x5xf32>
}

// -----

func.func @imported(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  // expected-error@unknown {{dropout 'drop' can only be trained: it has no seed; read the model with --bn-mode=eval for prediction}}
  %y = bn.dropout %x {ratio = 0.5 : f64, stream = 1 : i64}
    : (tensor<?x3xf32>) -> tensor<?x3xf32> loc("drop")
  return %y : tensor<?x3xf32>
}
