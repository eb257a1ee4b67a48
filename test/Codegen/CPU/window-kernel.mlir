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
