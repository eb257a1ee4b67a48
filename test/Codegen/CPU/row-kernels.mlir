// RUN: %bn-opt %s --bn-lower-kernels --canonicalize | FileCheck %s

// Eight multiply-adds are under way: two outputs have four sums each. Their
// lanes are added by transposing, before the bias.

// CHECK-LABEL: func.func @dot(
// CHECK-SAME:    %[[X:.*]]: memref<4x4x8xf32>, %[[W:.*]]: memref<16x2x8xf32>, %[[B:.*]]: memref<8xf32>, %[[Y:.*]]: memref<1x1x8xf32>
// CHECK:         %[[FLAT:.*]] = memref.collapse_shape %[[X]]
// CHECK:         scf.for %[[I:.*]] = %{{.*}} to %{{.*}} step %{{.*}} iter_args(
// CHECK:           vector.load %[[FLAT]]
// CHECK:           memref.prefetch %[[W]]
// CHECK-NEXT:      vector.load %[[W]]
// CHECK-NEXT:      vector.fma
// CHECK:           memref.prefetch %[[W]]
// CHECK-NEXT:      vector.load %[[W]]
// CHECK-NEXT:      vector.fma
// CHECK-COUNT-6:   vector.fma
// CHECK-NOT:       vector.fma
// CHECK:           scf.yield
// CHECK-COUNT-6: arith.addf
// CHECK:         vector.shuffle
// CHECK:         %[[SUM:.*]] = arith.addf
// CHECK:         %[[BIAS:.*]] = vector.load %[[B]]
// CHECK-NEXT:    arith.addf %{{.*}}, %[[BIAS]]
// CHECK-NEXT:    math.exp
// CHECK-NEXT:    vector.store %{{.*}}, %[[Y]]
func.func @dot(%x: memref<4x4x8xf32>, %w: memref<16x2x8xf32>, %b: memref<8xf32>,
               %y: memref<1x1x8xf32>) {
  bn.dot_kernel input(%x : memref<4x4x8xf32>) weights(%w : memref<16x2x8xf32>)
      bias(%b : memref<8xf32>) output(%y : memref<1x1x8xf32>) {
  ^bb0(%value: f32):
    %r = math.exp %value : f32
    bn.yield %r : f32
  } {length = 8 : i64}
  return
}

// A window of 2 x 2 positions by 3 channels: 12 sums of 8 columns. Even and odd
// columns of the input are loaded from their parts; 5 columns are stored, each
// with 4 channels.

// CHECK-LABEL: func.func @columns(
// CHECK-SAME:    %[[X:.*]]: memref<2x9x2x10xf32>, %[[W:.*]]: memref<2x3x3x3xf32>, %[[Y:.*]]: memref<3x5x4xf32>
// CHECK:         scf.for
// CHECK:           %{{.*}}:12 = scf.for
// CHECK:             scf.for
// CHECK:               scf.for
// CHECK-COUNT-4:         vector.load %[[X]]
// CHECK:                 memref.load %[[W]]
// CHECK-NEXT:            vector.broadcast
// CHECK-COUNT-12:        vector.fma
// CHECK:           arith.maximumf
// CHECK:           vector.extract_strided_slice %{{.*}} {offsets = [0], sizes = [4], strides = [1]}
// CHECK-COUNT-4:   vector.store %{{.*}}, %[[Y]]{{.*}} : memref<3x5x4xf32>, vector<4xf32>
// CHECK:           vector.extract_strided_slice %{{.*}} {offsets = [4], sizes = [4], strides = [1]}
// CHECK:           vector.store %{{.*}}, %[[Y]]
// CHECK-NOT:       vector.store
// CHECK:         return
func.func @columns(%x: memref<2x9x2x10xf32>, %w: memref<2x3x3x3xf32>,
                   %y: memref<3x5x4xf32>) {
  bn.column_kernel input(%x : memref<2x9x2x10xf32>)
      weights(%w : memref<2x3x3x3xf32>) output(%y : memref<3x5x4xf32>) {
  ^bb0(%value: f32):
    bn.yield %value : f32
  } {length = 8 : i64, rows = 1 : i64, extents = array<i64: 6, 10>,
     strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>,
     input_offset = array<i64: 1, 0>, output_offset = array<i64: 0, 0>,
     pool = #bn<pool max>, window = array<i64: 2, 2>}
  return
}

// Into the columns storage: eight columns of each of two parts at once, sorted
// by shuffles; with padding of one column in front the even ones come second.

// CHECK-LABEL: func.func @pack(
// CHECK-SAME:    %[[X:.*]]: memref<?x1x5x18xf32>, %{{.*}}: index, %[[Y:.*]]: memref<1x7x2x16xf32>
// CHECK:         memref.store
// CHECK:         scf.for
// CHECK-COUNT-2:   vector.load %[[X]]
// CHECK:           vector.shuffle %{{.*}}, %{{.*}} [0, 1, 2, 3, 8, 10, 12, 14]
// CHECK:           vector.store
// CHECK:           vector.store
// CHECK-NOT:       memref.store
// CHECK:         return
func.func @pack(%x: memref<?x1x5x18xf32>, %row: index, %y: memref<1x7x2x16xf32>) {
  bn.clear_halo %y {lanes = #bn<lanes columns>, offset = array<i64: 1, 1>,
      extents = array<i64: 5, 18>} : memref<1x7x2x16xf32>
  bn.pack_kernel %x[%row], %y {lanes = #bn<lanes columns>, length = 16 : i64,
      offset = array<i64: 1, 1>} : memref<?x1x5x18xf32>, memref<1x7x2x16xf32>
  return
}
