// RUN: %bn-opt %s --split-input-file --bn-allocate-workspace --canonicalize | FileCheck %s

// Two buffers that are never live together share bytes; the one that is live
// with both does not. 7 * 4 bytes are rounded up to 64.
// CHECK:      func.func @fixed(
// CHECK-SAME:   %[[X:[^:]*]]: memref<7xf32>, %{{.*}}, %[[W:[^:]*]]: memref<?xi8>, %{{.*}}: !llvm.ptr)
// CHECK-SAME:   bn.workspace_bytes = 576 : i64, bn.workspace_bytes_per_row = 0 : i64, bn.workspace_bytes_per_thread = 0 : i64
// CHECK-DAG:    %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:    %[[C512:.*]] = arith.constant 512 : index
// CHECK-DAG:    %[[A:.*]] = memref.view %[[W]][%[[C512]]][] : memref<?xi8> to memref<7xf32>
// CHECK-DAG:    %[[B:.*]] = memref.view %[[W]][%[[C0]]][] : memref<?xi8> to memref<64xf64>
// CHECK-DAG:    %[[C:.*]] = memref.view %[[W]][%[[C0]]][] : memref<?xi8> to memref<7xf32>
// CHECK-NOT:    memref.dealloc
func.func @fixed(%x: memref<7xf32>, %y: memref<7xf32>, %w: memref<?xi8>,
                 %options: !llvm.ptr) attributes {bn.input_count = 1 : i64} {
  %c0 = arith.constant 0 : index
  %f = arith.constant 1.0 : f64
  %a = memref.alloc() : memref<7xf32>
  %b = memref.alloc() {alignment = 64 : i64} : memref<64xf64>
  %c = memref.alloc() : memref<7xf32>
  memref.copy %x, %a : memref<7xf32> to memref<7xf32>
  memref.store %f, %b[%c0] : memref<64xf64>
  memref.copy %a, %c : memref<7xf32> to memref<7xf32>
  memref.copy %c, %y : memref<7xf32> to memref<7xf32>
  memref.dealloc %a : memref<7xf32>
  memref.dealloc %b : memref<64xf64>
  memref.dealloc %c : memref<7xf32>
  return
}

// -----

// A row of 10 values takes 64 bytes, behind the fixed buffers. The view of %a
// keeps it alive while %b is written.
// CHECK:      func.func @rows(
// CHECK-SAME:   %[[X:[^:]*]]: memref<?x10xf32>, %[[Y:[^:]*]]: memref<?x10xf32>, %[[W:[^:]*]]: memref<?xi8>
// CHECK-SAME:   bn.workspace_bytes = 64 : i64, bn.workspace_bytes_per_row = 128 : i64
// CHECK-DAG:    %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:    %[[C64:.*]] = arith.constant 64 : index
// CHECK:        %[[BATCH:.*]] = memref.dim %[[X]], %[[C0]]
// CHECK:        %[[A:.*]] = memref.view %[[W]][%[[C64]]][%[[BATCH]]] : memref<?xi8> to memref<?x10xf32>
// CHECK:        %[[ROWS:.*]] = arith.muli %[[BATCH]], %[[C64]]
// CHECK:        %[[SHIFT:.*]] = arith.addi %[[ROWS]], %[[C64]]
// CHECK:        %[[B:.*]] = memref.view %[[W]][%[[SHIFT]]][%[[BATCH]]] : memref<?xi8> to memref<?x10xf32>
// CHECK:        memref.view %[[W]][%[[C0]]][] : memref<?xi8> to memref<i64>
func.func @rows(%x: memref<?x10xf32>, %y: memref<?x10xf32>, %w: memref<?xi8>,
                %options: !llvm.ptr) attributes {bn.input_count = 1 : i64} {
  %c0 = arith.constant 0 : index
  %one = arith.constant 1 : i64
  %f = arith.constant 1.0 : f32
  %n = memref.dim %x, %c0 : memref<?x10xf32>
  %a = memref.alloc(%n) : memref<?x10xf32>
  %view = memref.collapse_shape %a [[0, 1]] : memref<?x10xf32> into memref<?xf32>
  %m = memref.dim %a, %c0 : memref<?x10xf32>
  %b = memref.alloc(%m) : memref<?x10xf32>
  %k = memref.alloca() : memref<i64>
  memref.store %one, %k[] : memref<i64>
  memref.copy %x, %b : memref<?x10xf32> to memref<?x10xf32>
  memref.store %f, %view[%c0] : memref<?xf32>
  memref.copy %b, %y : memref<?x10xf32> to memref<?x10xf32>
  %flat = memref.load %view[%c0] : memref<?xf32>
  memref.store %flat, %y[%c0, %c0] : memref<?x10xf32>
  return
}

// -----

// Buffers of nested regions are placed too; one that a branch gives out lives
// on under the name of the branch's result.
// CHECK:      func.func @regions(
// CHECK-SAME:   bn.workspace_bytes = 192 : i64
// CHECK-NOT:    memref.alloc
// CHECK:        scf.if
// CHECK-NOT:    memref.alloc
func.func @regions(%x: memref<4xf32>, %y: memref<4xf32>, %w: memref<?xi8>,
                   %options: !llvm.ptr) attributes {bn.input_count = 1 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %v = memref.load %x[%c0] : memref<4xf32>
  %negative = arith.cmpf olt, %v, %v : f32
  %a = memref.alloc() : memref<4xf32>
  memref.copy %x, %a : memref<4xf32> to memref<4xf32>
  %r = scf.if %negative -> memref<4xf32> {
    %b = memref.alloc() : memref<4xf32>
    memref.copy %x, %b : memref<4xf32> to memref<4xf32>
    scf.yield %b : memref<4xf32>
  } else {
    scf.yield %a : memref<4xf32>
  }
  scf.for %i = %c0 to %c4 step %c1 {
    %t = memref.alloc() : memref<4xf32>
    memref.copy %r, %t : memref<4xf32> to memref<4xf32>
    memref.copy %t, %y : memref<4xf32> to memref<4xf32>
  }
  return
}

// Buffers go in front of a workspace that is laid out already; who uses that
// begins behind them.
// CHECK-LABEL: func.func @laid_out(
// CHECK-SAME:    %[[W:[a-z0-9]*]]: memref<?xi8>, %{{.*}}: !llvm.ptr) attributes {{.*}} bn.workspace_bytes = 256 : i64, bn.workspace_bytes_per_row = 320 : i64
// CHECK-DAG:     %[[A:.*]] = memref.view %[[W]][%c0{{.*}}][] : memref<?xi8> to memref<20xf32>
// CHECK-DAG:     %[[SHIFT:.*]] = arith.constant 128 : index
// CHECK-DAG:     %[[SIZE:.*]] = memref.dim %[[W]]
// CHECK:         %[[LEFT:.*]] = arith.subi %[[SIZE]], %[[SHIFT]]
// CHECK:         %[[REST:.*]] = memref.view %[[W]][%[[SHIFT]]][%[[LEFT]]] : memref<?xi8> to memref<?xi8>
// CHECK:         memref.view %[[REST]][%{{.*}}][] : memref<?xi8> to memref<20xf32>
func.func @laid_out(%x: memref<20xf32>, %w: memref<?xi8>, %o: !llvm.ptr)
    attributes {bn.input_count = 1 : i64, bn.workspace_bytes = 128 : i64,
                bn.workspace_bytes_per_row = 320 : i64} {
  %c0 = arith.constant 0 : index
  %old = memref.view %w[%c0][] : memref<?xi8> to memref<20xf32>
  %a = memref.alloc() : memref<20xf32>
  memref.copy %x, %a : memref<20xf32> to memref<20xf32>
  memref.copy %a, %old : memref<20xf32> to memref<20xf32>
  return
}
