// RUN: %bn-opt %s --bn-lower-kernels --canonicalize | FileCheck %s

// Rows without padding are transposed square by square: 4 vectors in 2 steps.
// Rows behind the end of the batch are the last one again.

// CHECK-LABEL: func.func @pack(
// CHECK-SAME:    %[[X:.*]]: memref<?x2x3x5xf32>, %[[ROW:.*]]: index, %[[BLOCK:.*]]: memref<2x3x5x8xf32>
// CHECK:         %[[BATCH:.*]] = memref.dim %[[X]]
// CHECK:         %[[LAST:.*]] = arith.addi %[[BATCH]], %c-1
// CHECK:         %[[ROWS:.*]] = memref.collapse_shape %[[X]] {{\[}}[0], [1, 2, 3]]
// CHECK:         %[[COLUMNS:.*]] = memref.collapse_shape %[[BLOCK]] {{\[}}[0, 1, 2], [3]]
// CHECK:         scf.for
// CHECK:           scf.for
// CHECK:             arith.minsi %{{.*}}, %[[LAST]]
// CHECK:             vector.load %[[ROWS]]
// CHECK-COUNT-8:     vector.shuffle
// CHECK-NOT:         vector.shuffle
// CHECK-COUNT-4:     vector.store %{{.*}}, %[[COLUMNS]]
// CHECK:         return
func.func @pack(%x: memref<?x2x3x5xf32>, %row: index,
                %block: memref<2x3x5x8xf32>) {
  bn.pack_kernel %x[%row], %block {lanes = #bn<lanes batch>, length = 4 : i64,
      offset = array<i64: 0, 0>} : memref<?x2x3x5xf32>, memref<2x3x5x8xf32>
  return
}

// With padding, and for one row, value by value.

// CHECK-LABEL: func.func @pack_padded(
// CHECK-SAME:    %[[X:.*]]: memref<?x2x3x5xf32>, %[[ROW:.*]]: index, %[[BLOCK:.*]]: memref<2x5x7x8xf32>
// CHECK-NOT:     vector
// CHECK-COUNT-4: scf.for
// CHECK:         memref.load %[[X]]
// CHECK:         memref.store %{{.*}}, %[[BLOCK]]
func.func @pack_padded(%x: memref<?x2x3x5xf32>, %row: index,
                       %block: memref<2x5x7x8xf32>) {
  bn.pack_kernel %x[%row], %block {lanes = #bn<lanes batch>, length = 4 : i64,
      offset = array<i64: 1, 1>} : memref<?x2x3x5xf32>, memref<2x5x7x8xf32>
  return
}

// CHECK-LABEL: func.func @pack_features(
// CHECK-SAME:    %[[X:.*]]: memref<?x12xf32>, %[[ROW:.*]]: index, %[[BLOCK:.*]]: memref<1x1x12xf32>
// CHECK:         scf.for %[[C:.*]] = %c0 to %c12
// CHECK-NOT:       scf.for
// CHECK:           memref.load %[[X]][%{{.*}}, %[[C]]]
// CHECK:           memref.store %{{.*}}, %[[BLOCK]][%c0, %c0, %[[C]]]
func.func @pack_features(%x: memref<?x12xf32>, %row: index,
                         %block: memref<1x1x12xf32>) {
  bn.pack_kernel %x[%row], %block {lanes = #bn<lanes channels>,
      length = 1 : i64, offset = array<i64: 0, 0>}
    : memref<?x12xf32>, memref<1x1x12xf32>
  return
}

// Rows behind the end of the batch are not written; features are the image that
// was flattened.

// CHECK-LABEL: func.func @unpack(
// CHECK-SAME:    %[[BLOCK:.*]]: memref<3x6x7x8xf32>, %[[Y:.*]]: memref<?x60xf32>, %[[ROW:.*]]: index
// CHECK:         %[[BATCH:.*]] = memref.dim %[[Y]]
// CHECK:         %[[LEFT:.*]] = arith.subi %[[BATCH]], %[[ROW]]
// CHECK:         %[[COUNT:.*]] = arith.minsi %[[LEFT]], %c8
// CHECK:         scf.for %[[LANE:.*]] = %c0 to %[[COUNT]]
// CHECK:           scf.for %[[C:.*]] = %c0 to %c3
// CHECK:             scf.for %{{.*}} = %c0 to %c4
// CHECK:               scf.for %{{.*}} = %c0 to %c5
// CHECK:                 memref.load %[[BLOCK]][%[[C]], %{{.*}}, %{{.*}}, %[[LANE]]]
// CHECK:                 memref.store %{{.*}}, %[[Y]]
func.func @unpack(%block: memref<3x6x7x8xf32>, %y: memref<?x60xf32>,
                  %row: index) {
  bn.unpack_kernel %block, %y[%row] {lanes = #bn<lanes batch>,
      offset = array<i64: 1, 1>, extents = array<i64: 4, 5>}
    : memref<3x6x7x8xf32>, memref<?x60xf32>
  return
}

// Above, left and right of the image; nothing lies below.

// CHECK-LABEL: func.func @clear(
// CHECK-SAME:    %[[BLOCK:.*]]: memref<6x7x12xf32>
// CHECK-DAG:     %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : vector<4xf32>
// CHECK-COUNT-3: vector.store %[[ZERO]], %[[BLOCK]]
// CHECK-NOT:     vector.store
// CHECK:         return
func.func @clear(%block: memref<6x7x12xf32>) {
  bn.clear_halo %block {lanes = #bn<lanes channels>, offset = array<i64: 1, 1>,
      extents = array<i64: 5, 5>} : memref<6x7x12xf32>
  return
}
