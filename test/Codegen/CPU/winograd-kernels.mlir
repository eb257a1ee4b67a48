// RUN: %bn-opt %s --bn-lower-kernels --canonicalize | FileCheck %s

// Two tiles of 3 columns of outputs: the second is moved back by one column.
// F(2x2, 3x3) adds and subtracts 4 x 4 values, in two vectors of channels that
// overlap.

// CHECK-LABEL: func.func @input(
// CHECK-SAME:    %[[X:.*]]: memref<4x5x6xf32>, %[[V:.*]]: memref<1x2x96xf32>, %[[ROW:.*]]: index
// CHECK-DAG:     %[[C1:.*]] = arith.constant 1 : index
// CHECK-DAG:     %[[C2:.*]] = arith.constant 2 : index
// CHECK:         scf.for %[[TILE:.*]] = %{{.*}} to %[[C2]]
// CHECK:           %[[COLUMN:.*]] = arith.remui %[[TILE]], %[[C2]]
// CHECK:           %[[FIRST:.*]] = arith.muli %[[COLUMN]], %[[C2]]
// CHECK-NEXT:      arith.minsi %[[FIRST]], %[[C1]]
// CHECK:           scf.for %[[C:.*]] = %{{.*}} to %{{.*}} step %c4
// CHECK:             %[[CHANNEL:.*]] = arith.minsi %[[C]], %[[C2]]
// CHECK-COUNT-16:    vector.load %[[X]][{{.*}}, %[[CHANNEL]]]
// CHECK-NOT:         arith.mulf
// CHECK-COUNT-16:    vector.store %{{.*}}, %[[V]]
// CHECK-NOT:         vector.store
func.func @input(%x: memref<4x5x6xf32>, %v: memref<1x2x96xf32>, %row: index) {
  bn.winograd_input_kernel input(%x : memref<4x5x6xf32>) first_row(%row)
      output(%v : memref<1x2x96xf32>)
      {length = 4 : i64, channels = 6 : i64, kernel = array<i64: 3, 3>,
       output_tile = array<i64: 2, 2>, extents = array<i64: 2, 3>,
       input_offset = array<i64: 0, 0>}
  return
}

// Columns that the tile before has are not stored again; the last column of a
// tile is always its own, and rows are whole.

// CHECK-LABEL: func.func @output(
// CHECK-SAME:    %[[M:.*]]: memref<1x2x128xf32>, %[[B:.*]]: memref<8xf32>, %[[T:.*]]: memref<2x3x8xf32>, %[[Y:.*]]: memref<4x5x8xf32>
// CHECK-COUNT-16:  vector.load %[[M]]
// CHECK:           %[[BIAS:.*]] = vector.load %[[B]]
// CHECK:           arith.addf %{{.*}}, %[[BIAS]]
// CHECK:           %[[OWN:.*]] = arith.cmpi sge
// CHECK:           scf.if %[[OWN]]
// CHECK:             vector.load %[[T]]
// CHECK:             vector.store %{{.*}}, %[[Y]]
// CHECK:           }
// CHECK:           vector.load %[[T]]
// CHECK:           vector.store %{{.*}}, %[[Y]]
// CHECK:           scf.if
// CHECK:             vector.store %{{.*}}, %[[Y]]
// CHECK:           }
// CHECK:           vector.store %{{.*}}, %[[Y]]
// CHECK-NOT:       vector.store
func.func @output(%m: memref<1x2x128xf32>, %b: memref<8xf32>,
                  %t: memref<2x3x8xf32>, %y: memref<4x5x8xf32>, %row: index) {
  bn.winograd_output_kernel input(%m : memref<1x2x128xf32>) first_row(%row)
      bias(%b : memref<8xf32>) tensors(%t : memref<2x3x8xf32>)
      output(%y : memref<4x5x8xf32>) {
  ^bb0(%value: f32, %other: f32):
    %sum = arith.addf %value, %other : f32
    bn.yield %sum : f32
  } {length = 8 : i64, channels = 8 : i64, kernel = array<i64: 3, 3>,
     output_tile = array<i64: 2, 2>, extents = array<i64: 2, 3>,
     output_offset = array<i64: 1, 1>}
  return
}

// Many tiles are parallel, but in a loop that is parallel already.

// CHECK-LABEL: func.func @tasks(
// CHECK:         scf.parallel
// CHECK-NOT:     scf.parallel
// CHECK:         scf.for
// CHECK:         scf.parallel
// CHECK-NOT:     scf.parallel
func.func @tasks(%x: memref<34x34x64xf32>, %v: memref<16x16x1024xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  scf.parallel (%task) = (%c0) to (%c2) step (%c1) {
    bn.winograd_input_kernel input(%x : memref<34x34x64xf32>) first_row(%c0)
        output(%v : memref<16x16x1024xf32>)
        {length = 16 : i64, channels = 64 : i64, kernel = array<i64: 3, 3>,
         output_tile = array<i64: 2, 2>, extents = array<i64: 32, 32>,
         input_offset = array<i64: 0, 0>}
  }
  bn.winograd_input_kernel input(%x : memref<34x34x64xf32>) first_row(%c0)
      output(%v : memref<16x16x1024xf32>)
      {length = 16 : i64, channels = 64 : i64, kernel = array<i64: 3, 3>,
       output_tile = array<i64: 2, 2>, extents = array<i64: 32, 32>,
       input_offset = array<i64: 0, 0>}
  return
}
