// RUN: %bn-opt %s --bn-lower-kernels --canonicalize | FileCheck %s

// CHECK-LABEL: func.func @batch(
// CHECK-SAME:    %[[X:.*]]: memref<3x9x9x16xf32>, %[[Y:.*]]: memref<3x4x4x16xf32>
// CHECK-NOT:     bn.window_kernel
// CHECK-COUNT-4: scf.for
// CHECK:         %[[FIRST:.*]] = vector.load %[[X]]{{.*}} vector<8xf32>
// CHECK:         vector.load %[[X]]
// CHECK:         arith.maximumf
// CHECK-COUNT-7: arith.maximumf
// CHECK-NOT:     arith.maximumf
// CHECK:         vector.store %{{.*}}, %[[Y]]
// CHECK:         return
func.func @batch(%x: memref<3x9x9x16xf32>, %y: memref<3x4x4x16xf32>) {
  bn.window_kernel input(%x : memref<3x9x9x16xf32>)
      output(%y : memref<3x4x4x16xf32>) {
  ^bb0(%v: f32):
    bn.yield %v : f32
  } {lanes = #bn<lanes batch>, length = 8 : i64, extents = array<i64: 4, 4>,
     strides = array<i64: 2, 2>, input_offset = array<i64: 0, 0>,
     output_offset = array<i64: 0, 0>, pool = #bn<pool max>,
     window = array<i64: 3, 3>}
  return
}

// The body is applied before the average, each channel by its own parameters;
// a fused multiply-add of scalars becomes one of vectors.

// CHECK-LABEL: func.func @channels(
// CHECK-SAME:    %[[X:.*]]: memref<7x7x8xf32>, %[[S:.*]]: memref<8xf32>, %[[T:.*]]: memref<8xf32>, %[[Y:.*]]: memref<2x3x8xf32>
// CHECK-DAG:     %[[SIXTH:.*]] = arith.constant dense<0.166666672> : vector<4xf32>
// CHECK-COUNT-3: scf.for
// CHECK:         %[[SCALE:.*]] = vector.load %[[S]]
// CHECK:         %[[SHIFT:.*]] = vector.load %[[T]]
// CHECK:         %[[V:.*]] = vector.load %[[X]]
// CHECK:         vector.fma %[[V]], %[[SCALE]], %[[SHIFT]] : vector<4xf32>
// CHECK-COUNT-5: arith.addf %{{.*}} : vector<4xf32>
// CHECK:         %[[MEAN:.*]] = arith.mulf %{{.*}}, %[[SIXTH]]
// CHECK:         vector.store %[[MEAN]], %[[Y]]
func.func @channels(%x: memref<7x7x8xf32>, %s: memref<8xf32>, %t: memref<8xf32>,
                    %y: memref<2x3x8xf32>) {
  bn.window_kernel input(%x : memref<7x7x8xf32>)
      channels(%s, %t : memref<8xf32>, memref<8xf32>)
      output(%y : memref<2x3x8xf32>) {
  ^bb0(%v: f32, %scale: f32, %shift: f32):
    %r = math.fma %v, %scale, %shift : f32
    bn.yield %r : f32
  } {lanes = #bn<lanes channels>, length = 4 : i64, extents = array<i64: 2, 3>,
     strides = array<i64: 3, 2>, input_offset = array<i64: 1, 0>,
     output_offset = array<i64: 0, 0>, pool = #bn<pool average>,
     window = array<i64: 3, 2>}
  return
}

// Windows end where the input does: from row 1 to 9 of the buffer. The mean is
// that of what is left of the window.

// CHECK-LABEL: func.func @clipped(
// CHECK-DAG:     %[[FIRST:.*]] = arith.constant 1 : index
// CHECK-DAG:     %[[END:.*]] = arith.constant 9 : index
// CHECK:         %[[LOWER:.*]] = arith.maxsi %{{.*}}, %[[FIRST]]
// CHECK-NEXT:    %[[UPPER:.*]] = arith.minsi %{{.*}}, %[[END]]
// CHECK:         scf.for %{{.*}} = %[[LOWER]] to %[[UPPER]]
// CHECK:           scf.for
// CHECK:             vector.load
// CHECK-NEXT:        arith.addf
// CHECK:         %[[ROWS:.*]] = arith.subi %[[UPPER]], %[[LOWER]]
// CHECK:         arith.muli %[[ROWS]],
// CHECK:         arith.divf
func.func @clipped(%x: memref<10x10x8xf32>, %y: memref<4x4x8xf32>) {
  bn.window_kernel input(%x : memref<10x10x8xf32>)
      output(%y : memref<4x4x8xf32>) {
  ^bb0(%v: f32):
    bn.yield %v : f32
  } {lanes = #bn<lanes channels>, length = 8 : i64, extents = array<i64: 4, 4>,
     strides = array<i64: 2, 2>, input_offset = array<i64: 0, 0>,
     output_offset = array<i64: 0, 0>, pool = #bn<pool average>,
     window = array<i64: 3, 3>, clip = array<i64: 1, 1, 9, 9>}
  return
}

// A large window is a loop; a tensor operand stands beside the input.

// CHECK-LABEL: func.func @large(
// CHECK:         scf.for {{.*}} iter_args
// CHECK:           scf.for {{.*}} iter_args
// CHECK:             arith.maximumf
// CHECK-LABEL: func.func @product(
// CHECK-SAME:    %[[X:.*]]: memref<4x4x8xf32>, %[[T:.*]]: memref<1x1x8xf32>
// CHECK:         vector.load %[[T]][%c0, %c0,
// CHECK:         vector.load %[[X]]
// CHECK:         arith.mulf
func.func @large(%x: memref<7x7x8xf32>, %y: memref<1x1x8xf32>) {
  bn.window_kernel input(%x : memref<7x7x8xf32>) output(%y : memref<1x1x8xf32>) {
  ^bb0(%v: f32):
    bn.yield %v : f32
  } {lanes = #bn<lanes channels>, length = 8 : i64, extents = array<i64: 1, 1>,
     strides = array<i64: 7, 7>, input_offset = array<i64: 0, 0>,
     output_offset = array<i64: 0, 0>, pool = #bn<pool max>,
     window = array<i64: 7, 7>}
  return
}
func.func @product(%x: memref<4x4x8xf32>, %t: memref<1x1x8xf32>, %y: memref<4x4x8xf32>) {
  bn.window_kernel input(%x : memref<4x4x8xf32>) tensors(%t : memref<1x1x8xf32>)
      output(%y : memref<4x4x8xf32>) {
  ^bb0(%v: f32, %a: f32):
    %r = arith.mulf %v, %a : f32
    bn.yield %r : f32
  } {lanes = #bn<lanes channels>, length = 8 : i64, extents = array<i64: 4, 4>,
     strides = array<i64: 1, 1>, input_offset = array<i64: 0, 0>,
     output_offset = array<i64: 0, 0>, pool = #bn<pool none>,
     window = array<i64: 1, 1>}
  return
}
