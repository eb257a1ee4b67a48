// RUN: %bn-opt %s --bn-lower-kernels --canonicalize | FileCheck %s

// Rows of the batch in the lanes: data is loaded by vectors, each weight
// broadcast. A tile of 2 channels has 8 accumulators, four for each window; the
// second and last tile of 3 channels starts at channel 1.

// CHECK-LABEL: func.func @batch(
// CHECK-SAME:    %[[X:.*]]: memref<3x10x10x8xf32>, %[[W:.*]]: memref<2x3x3x3x2xf32>, %[[B:.*]]: memref<3xf32>, %[[Y:.*]]: memref<3x6x6x8xf32>
// CHECK-NOT:     bn.product_kernel
// CHECK:         scf.for
// CHECK:           scf.for
// CHECK:             scf.for %[[TILE:.*]] =
// CHECK:               memref.load %[[B]]
// CHECK-NEXT:          vector.broadcast %{{.*}} : f32 to vector<8xf32>
// CHECK:               %[[SUMS:.*]]:8 = scf.for {{.*}} iter_args
// CHECK:                 scf.for {{.*}} iter_args
// CHECK:                   scf.for {{.*}} iter_args
// CHECK:                     memref.load %[[W]]
// CHECK-NEXT:                vector.broadcast
// CHECK:                     memref.load %[[W]]
// CHECK:                     vector.load %[[X]]
// CHECK-COUNT-2:             vector.fma
// CHECK-COUNT-3:             vector.load %[[X]]
// CHECK:                     scf.yield
// The activation, the pooling, and one value in the middle of the padding.
// CHECK-COUNT-4:       arith.maxnumf
// CHECK:               arith.mulf
// CHECK:               vector.store %{{.*}}, %[[Y]]
// CHECK:               vector.store %{{.*}}, %[[Y]]
// CHECK-NOT:           vector.store
// CHECK:         return
func.func @batch(%x: memref<3x10x10x8xf32>, %w: memref<2x3x3x3x2xf32>,
                 %b: memref<3xf32>, %y: memref<3x6x6x8xf32>) {
  bn.product_kernel input(%x : memref<3x10x10x8xf32>)
      weights(%w : memref<2x3x3x3x2xf32>) bias(%b : memref<3xf32>)
      output(%y : memref<3x6x6x8xf32>) {
  ^bb0(%v: f32):
    %zero = arith.constant 0.0 : f32
    %r = arith.maxnumf %v, %zero : f32
    bn.yield %r : f32
  } {lanes = #bn<lanes batch>, channel_starts = array<i64: 0, 1>,
     tile = #bn.tile<rows = 1, columns = 1, batch = 1, channels = 2, length = 8>,
     extents = array<i64: 8, 8>, strides = array<i64: 1, 1>,
     dilations = array<i64: 1, 1>, input_offset = array<i64: 0, 0>,
     output_offset = array<i64: 1, 1>, pool = #bn<pool average>,
     window = array<i64: 2, 2>}
  return
}

// Channels in the lanes: weights are loaded by vectors and data broadcast. A
// linear layer is nothing but the loop over its inputs. Its one accumulator is
// copied, so that multiply-adds do not wait for each other.

// CHECK-LABEL: func.func @channels(
// CHECK-SAME:    %[[X:.*]]: memref<1x1x64xf32>, %[[W:.*]]: memref<1x1x1x64x8xf32>, %[[S:.*]]: memref<8xf32>, %[[Y:.*]]: memref<1x1x8xf32>
// CHECK:         %[[SUMS:.*]]:8 = scf.for {{.*}} iter_args
// CHECK-NOT:       scf.for
// CHECK-COUNT-8:   vector.fma
// CHECK-NOT:       vector.fma
// CHECK:           scf.yield
// CHECK:         }
// CHECK-COUNT-7: arith.addf %{{.*}} : vector<8xf32>
// CHECK:         %[[SCALE:.*]] = vector.load %[[S]]
// CHECK:         %[[R:.*]] = arith.mulf %{{.*}}, %[[SCALE]]
// CHECK:         vector.store %[[R]], %[[Y]]
// CHECK-NEXT:    return
func.func @channels(%x: memref<1x1x64xf32>, %w: memref<1x1x1x64x8xf32>,
                    %s: memref<8xf32>, %y: memref<1x1x8xf32>) {
  bn.product_kernel input(%x : memref<1x1x64xf32>)
      weights(%w : memref<1x1x1x64x8xf32>) channels(%s : memref<8xf32>)
      output(%y : memref<1x1x8xf32>) {
  ^bb0(%v: f32, %scale: f32):
    %r = arith.mulf %v, %scale : f32
    bn.yield %r : f32
  } {lanes = #bn<lanes channels>, channel_starts = array<i64: 0>,
     tile = #bn.tile<rows = 1, columns = 1, batch = 1, channels = 1, length = 8>,
     extents = array<i64: 1, 1>, strides = array<i64: 1, 1>,
     dilations = array<i64: 1, 1>, input_offset = array<i64: 0, 0>,
     output_offset = array<i64: 0, 0>, pool = #bn<pool none>,
     window = array<i64: 1, 1>}
  return
}

// A depthwise kernel multiplies vectors of channels; what is added has one
// position, and is the same for all of them.

// CHECK-LABEL: func.func @depthwise(
// CHECK-SAME:    %[[X:.*]]: memref<10x10x16xf32>, %[[W:.*]]: memref<1x3x3x1x16xf32>, %[[T:.*]]: memref<1x1x16xf32>, %[[Y:.*]]: memref<8x8x16xf32>
// CHECK:         %[[C0:.*]] = arith.constant 0 : index
// CHECK:         scf.for {{.*}} iter_args
// CHECK:           scf.for {{.*}} iter_args
// CHECK:             %[[WEIGHT:.*]] = vector.load %[[W]]
// CHECK:             %[[DATA:.*]] = vector.load %[[X]]
// CHECK-NEXT:        vector.fma %[[DATA]], %[[WEIGHT]]
// CHECK-NOT:         vector.broadcast
// CHECK:             scf.yield
// CHECK:         vector.load %[[T]][%[[C0]], %[[C0]], %[[C0]]]
// CHECK-NEXT:    arith.addf
// CHECK-NEXT:    vector.store {{.*}} %[[Y]]
func.func @depthwise(%x: memref<10x10x16xf32>, %w: memref<1x3x3x1x16xf32>,
                     %t: memref<1x1x16xf32>, %y: memref<8x8x16xf32>) {
  bn.product_kernel input(%x : memref<10x10x16xf32>)
      weights(%w : memref<1x3x3x1x16xf32>) tensors(%t : memref<1x1x16xf32>)
      output(%y : memref<8x8x16xf32>) {
  ^bb0(%v: f32, %a: f32):
    %r = arith.addf %v, %a : f32
    bn.yield %r : f32
  } {lanes = #bn<lanes channels>, channel_starts = array<i64: 0>, depthwise,
     tile = #bn.tile<rows = 1, columns = 8, batch = 1, channels = 1, length = 16>,
     extents = array<i64: 8, 8>, strides = array<i64: 1, 1>,
     dilations = array<i64: 1, 1>, input_offset = array<i64: 0, 0>,
     output_offset = array<i64: 0, 0>, pool = #bn<pool none>,
     window = array<i64: 1, 1>}
  return
}

// The second tile of two groups of 4 input channels reads from channel 4 on.

// CHECK-LABEL: func.func @grouped(
// CHECK-SAME:    %[[X:.*]]: memref<4x4x8xf32>
// CHECK-DAG:     %[[C4:.*]] = arith.constant 4 : index
// CHECK:         scf.for %[[TILE:.*]] =
// CHECK:           %[[FIRST:.*]] = arith.muli %[[TILE]], %[[C4]]
// CHECK:           memref.load %[[X]][%{{.*}}, %{{.*}}, %[[FIRST]]]
func.func @grouped(%x: memref<4x4x8xf32>, %w: memref<2x1x1x4x16xf32>,
                   %y: memref<4x4x32xf32>) {
  bn.product_kernel input(%x : memref<4x4x8xf32>)
      weights(%w : memref<2x1x1x4x16xf32>) output(%y : memref<4x4x32xf32>) {
  ^bb0(%v: f32):
    bn.yield %v : f32
  } {lanes = #bn<lanes channels>, channel_starts = array<i64: 0, 1>,
     groups = 2 : i64,
     tile = #bn.tile<rows = 1, columns = 4, batch = 1, channels = 1, length = 16>,
     extents = array<i64: 4, 4>, strides = array<i64: 1, 1>,
     dilations = array<i64: 1, 1>, input_offset = array<i64: 0, 0>,
     output_offset = array<i64: 0, 0>, pool = #bn<pool none>,
     window = array<i64: 1, 1>}
  return
}

// Much work is a parallel loop over rows of tiles, those of one tile of the
// weights next to each other; the next tile is fetched meanwhile.

// CHECK-LABEL: func.func @parallel(
// CHECK-SAME:    %{{.*}}: memref<7x7x512xf32>, %[[W:.*]]: memref<32x1x1x512x32xf32>
// CHECK:         scf.parallel (%[[TASK:.*]]) = (%{{.*}}) to (%c224) step
// CHECK:           %[[TILE:.*]] = arith.divui %[[TASK]], %c7
// CHECK:           arith.remui %[[TASK]], %c7
// CHECK:           scf.for {{.*}} iter_args
// CHECK:             %[[NEXT:.*]] = arith.addi %[[TILE]], %c1
// CHECK:             memref.prefetch %[[W]][%[[NEXT]],
// CHECK:             vector.load %[[W]][%[[TILE]],
func.func @parallel(%x: memref<7x7x512xf32>, %w: memref<32x1x1x512x32xf32>,
                    %y: memref<7x7x1024xf32>) {
  bn.product_kernel input(%x : memref<7x7x512xf32>)
      weights(%w : memref<32x1x1x512x32xf32>) output(%y : memref<7x7x1024xf32>) {
  ^bb0(%v: f32):
    bn.yield %v : f32
  } {lanes = #bn<lanes channels>, prefetch,
     channel_starts = array<i64: 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24,
         26, 28, 30, 32, 34, 36, 38, 40, 42, 44, 46, 48, 50, 52, 54, 56, 58, 60, 62>,
     tile = #bn.tile<rows = 1, columns = 7, batch = 1, channels = 2, length = 16>,
     extents = array<i64: 7, 7>, strides = array<i64: 1, 1>,
     dilations = array<i64: 1, 1>, input_offset = array<i64: 0, 0>,
     output_offset = array<i64: 0, 0>, pool = #bn<pool none>,
     window = array<i64: 1, 1>}
  return
}

// Where the cache holds all weights, tasks next to each other have the same
// rows.

// CHECK-LABEL: func.func @rows(
// CHECK-SAME:    %{{.*}}: memref<56x56x64xf32>, %[[W:.*]]: memref<2x1x1x64x32xf32>
// CHECK:         scf.parallel (%[[TASK:.*]]) = (%{{.*}}) to (%c112) step
// CHECK:           arith.divui %[[TASK]], %c2
// CHECK:           %[[TILE:.*]] = arith.remui %[[TASK]], %c2
// CHECK:             vector.load %[[W]][%[[TILE]],
// CHECK-NOT:         memref.prefetch
func.func @rows(%x: memref<56x56x64xf32>, %w: memref<2x1x1x64x32xf32>,
                %y: memref<56x56x64xf32>) {
  bn.product_kernel input(%x : memref<56x56x64xf32>)
      weights(%w : memref<2x1x1x64x32xf32>) output(%y : memref<56x56x64xf32>) {
  ^bb0(%v: f32):
    bn.yield %v : f32
  } {lanes = #bn<lanes channels>, channel_starts = array<i64: 0, 2>,
     tile = #bn.tile<rows = 1, columns = 8, batch = 1, channels = 2, length = 16>,
     extents = array<i64: 56, 56>, strides = array<i64: 1, 1>,
     dilations = array<i64: 1, 1>, input_offset = array<i64: 0, 0>,
     output_offset = array<i64: 0, 0>, pool = #bn<pool none>,
     window = array<i64: 1, 1>}
  return
}
