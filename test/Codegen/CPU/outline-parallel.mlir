// RUN: %bn-opt %s --bn-outline-parallel | FileCheck %s

// Each iteration is a call; the view and the constants are made again there.

// CHECK-LABEL: func.func @outlined(
// CHECK-SAME:    %[[WORKSPACE:.*]]: memref<?xi8>, %[[OPTIONS:.*]]: !llvm.ptr)
// CHECK-NOT:     scf.parallel
// CHECK:         bn.parallel @outlined.task(%[[WORKSPACE]]) count(%c7) options(%[[OPTIONS]] : !llvm.ptr) : memref<?xi8>
// CHECK:         return
// CHECK-LABEL: func.func private @outlined.task(
// CHECK-SAME:    %[[W:.*]]: memref<?xi8>, %[[I:.*]]: index, %{{.*}}: index)
// CHECK:         %[[OFFSET:.*]] = arith.constant 64 : index
// CHECK:         %[[VIEW:.*]] = memref.view %[[W]][%[[OFFSET]]][] : memref<?xi8> to memref<7xf32>
// CHECK:         memref.store %{{.*}}, %[[VIEW]][%[[I]]]
func.func @outlined(%workspace: memref<?xi8>, %options: !llvm.ptr) {
  %offset = arith.constant 64 : index
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c7 = arith.constant 7 : index
  %value = arith.constant 2.0 : f32
  %view = memref.view %workspace[%offset][] : memref<?xi8> to memref<7xf32>
  scf.parallel (%i) = (%c0) to (%c7) step (%c1) {
    memref.store %value, %view[%i] : memref<7xf32>
  }
  return
}

// Without options there are no threads, and other loops are not counted.

// CHECK-LABEL: func.func @left(
// CHECK:         scf.parallel
// CHECK-LABEL: func.func @by_two(
// CHECK:         scf.parallel
func.func @left(%x: memref<7xf32>, %value: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c7 = arith.constant 7 : index
  scf.parallel (%i) = (%c0) to (%c7) step (%c1) {
    memref.store %value, %x[%i] : memref<7xf32>
  }
  return
}
func.func @by_two(%x: memref<7xf32>, %value: f32, %options: !llvm.ptr) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %c7 = arith.constant 7 : index
  scf.parallel (%i) = (%c0) to (%c7) step (%c2) {
    memref.store %value, %x[%i] : memref<7xf32>
  }
  return
}
