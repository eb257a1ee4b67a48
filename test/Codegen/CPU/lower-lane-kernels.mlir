// RUN: %bn-opt %s --bn-lower-lane-kernels=vector-registers=32 --canonicalize --cse | FileCheck %s

// A register tile of 4 columns by 6 channels, without padding one loop per axis
// of the reduction; nothing of it is in memory.

// CHECK-LABEL: func.func @conv(
// CHECK-SAME:    %[[X:.*]]: memref<2x12x12x16xf32>, %[[W:.*]]: memref<6x2x5x5xf32>, %[[Y:.*]]: memref<6x8x8x16xf32>
// CHECK-NOT:     bn.lane_kernel
// CHECK:         scf.for
// CHECK:           scf.for
// CHECK:             scf.for {{.*}} iter_args
// CHECK:               scf.for {{.*}} iter_args
// CHECK:                 scf.for {{.*}} iter_args
// CHECK-COUNT-4:           vector.load %[[X]]{{.*}} vector<16xf32>
// CHECK:                   memref.load %[[W]]
// CHECK-COUNT-24:          vector.fma
// CHECK-NOT:               vector.fma
// CHECK-COUNT-24:      vector.store %{{.*}}, %[[Y]]
// CHECK:         return
func.func @conv(%x: memref<2x12x12x16xf32>, %w: memref<6x2x5x5xf32>,
                %y: memref<6x8x8x16xf32>, %rows: index, %batch: index) {
  bn.lane_kernel rows(%rows of %batch)
      inputs(%x, %w : memref<2x12x12x16xf32>, memref<6x2x5x5xf32>)
      outputs(%y : memref<6x8x8x16xf32>) {
  ^bb0(%a: tensor<?x2x12x12xf32>, %b: tensor<6x2x5x5xf32>):
    %c = bn.conv %a, %b {dilations = array<i64: 1, 1>,
        padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>}
      : (tensor<?x2x12x12xf32>, tensor<6x2x5x5xf32>) -> tensor<?x6x8x8xf32>
    bn.yield %c : tensor<?x6x8x8xf32>
  }
  return
}

// Padding takes no multiply-adds: of a row of 4 columns and 3 taps, 10 of 12
// products are left; the rows are clipped by the bounds of a loop.

// CHECK-LABEL: func.func @padded(
// CHECK:         affine.apply
// CHECK:         scf.for
// CHECK-COUNT-10: vector.fma
// CHECK-NOT:     vector.fma
// CHECK:         return
func.func @padded(%x: memref<1x4x4x8xf32>, %w: memref<1x1x3x3xf32>,
                  %y: memref<1x4x4x8xf32>, %rows: index, %batch: index) {
  bn.lane_kernel rows(%rows of %batch)
      inputs(%x, %w : memref<1x4x4x8xf32>, memref<1x1x3x3xf32>)
      outputs(%y : memref<1x4x4x8xf32>) {
  ^bb0(%a: tensor<?x1x4x4xf32>, %b: tensor<1x1x3x3xf32>):
    %c = bn.conv %a, %b {dilations = array<i64: 1, 1>,
        padding = array<i64: 1, 1, 1, 1>, strides = array<i64: 1, 1>}
      : (tensor<?x1x4x4xf32>, tensor<1x1x3x3xf32>) -> tensor<?x1x4x4xf32>
    bn.yield %c : tensor<?x1x4x4xf32>
  }
  return
}

// Statistics of a convolution take its values from the registers: they are
// stored, and not loaded again.

// CHECK-LABEL: func.func @statistics(
// CHECK-SAME:    %[[Y:[a-z0-9]*]]: memref<4x6x6x8xf32>, %[[M:[a-z0-9]*]]: memref<4xf64>, %[[S:[a-z0-9]*]]: memref<4xf64>
// CHECK:         %[[SUMS:.*]] = memref.alloca() {{.*}} memref<4x3x8xf32>
// CHECK:         vector.fma
// CHECK-NOT:     vector.load %[[Y]]
// CHECK:         scf.if
// CHECK-COUNT-3:   vector.store %{{.*}}, %[[SUMS]]
// CHECK:         vector.reduction <add>
// CHECK:         memref.store %{{.*}}, %[[M]]
// CHECK:         memref.store %{{.*}}, %[[S]]
func.func @statistics(%x: memref<1x8x8x8xf32>, %w: memref<4x1x3x3xf32>,
    %y: memref<4x6x6x8xf32>, %mean: memref<4xf64>, %squares: memref<4xf64>,
    %rows: index, %batch: index) {
  bn.lane_kernel rows(%rows of %batch)
      inputs(%x, %w : memref<1x8x8x8xf32>, memref<4x1x3x3xf32>)
      outputs(%y, %mean, %squares
        : memref<4x6x6x8xf32>, memref<4xf64>, memref<4xf64>) {
  ^bb0(%a: tensor<?x1x8x8xf32>, %b: tensor<4x1x3x3xf32>):
    %c = bn.conv %a, %b {dilations = array<i64: 1, 1>,
        padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>}
      : (tensor<?x1x8x8xf32>, tensor<4x1x3x3xf32>) -> tensor<?x4x6x6xf32>
    %m, %v = bn.batch_statistics %c
      : (tensor<?x4x6x6xf32>) -> (tensor<4xf32>, tensor<4xf32>)
    bn.yield %c, %m, %v : tensor<?x4x6x6xf32>, tensor<4xf32>, tensor<4xf32>
  }
  return
}

// A sum over the batch takes no lane without a row, and adds to what is there.

// CHECK-LABEL: func.func @sum(
// CHECK-SAME:    %[[G:[a-z0-9]*]]: memref<3x10x8xf32>, %[[D:[a-z0-9]*]]: memref<3x8xf32>, %[[ROWS:[a-z0-9]*]]: index
// CHECK:         %[[COUNT:.*]] = arith.index_cast %[[ROWS]]
// CHECK:         %[[ALL:.*]] = vector.broadcast %[[COUNT]]
// CHECK:         %[[MASK:.*]] = arith.cmpi sgt, %[[ALL]]
// CHECK:         arith.select %[[MASK]]
// CHECK:         vector.load %[[D]]
// CHECK:         vector.store %{{.*}}, %[[D]]
func.func @sum(%g: memref<3x10x8xf32>, %d: memref<3x8xf32>, %rows: index,
               %batch: index) {
  bn.lane_kernel rows(%rows of %batch) inputs(%g : memref<3x10x8xf32>)
      outputs(%d : memref<3x8xf32>) {
  ^bb0(%a: tensor<?x3x10xf32>):
    %s = bn.reduce_sum %a {axes = array<i64: 0, 2>}
      : (tensor<?x3x10xf32>) -> tensor<3xf32>
    bn.yield %s : tensor<3xf32>
  }
  return
}

// The sigmoid is computed where the pool reads it: nothing but the pool's result
// is stored. What depends on the channel alone is computed once per channel.

// CHECK-LABEL: func.func @pool(
// CHECK-SAME:    %[[X:[a-z0-9]*]]: memref<3x6x6x8xf32>, %[[C:[a-z0-9]*]]: memref<3xf32>, %[[Y:[a-z0-9]*]]: memref<3x3x3x8xf32>
// CHECK:         scf.for
// CHECK:           math.sqrt {{.*}} : f32
// CHECK:           scf.for
// CHECK-NOT:         math.sqrt
// CHECK-COUNT-4:     math.exp {{.*}} : vector<8xf32>
// CHECK-NOT:         math.exp
// CHECK:             vector.store %{{.*}}, %[[Y]]
// CHECK-COUNT-4:     math.exp
// CHECK:             vector.store %{{.*}}, %[[Y]]
// CHECK:         return
func.func @pool(%x: memref<3x6x6x8xf32>, %c: memref<3xf32>,
                %y: memref<3x3x3x8xf32>, %rows: index, %batch: index) {
  bn.lane_kernel rows(%rows of %batch)
      inputs(%x, %c : memref<3x6x6x8xf32>, memref<3xf32>)
      outputs(%y : memref<3x3x3x8xf32>) {
  ^bb0(%a: tensor<?x3x6x6xf32>, %b: tensor<3xf32>):
    %n = bn.batch_norm_inference %a, scale %b, offset %b, mean %b, variance %b
      {epsilon = 1.0e-05 : f64} : (tensor<?x3x6x6xf32>, tensor<3xf32>,
      tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<?x3x6x6xf32>
    %s = bn.sigmoid %n : tensor<?x3x6x6xf32>
    %p = bn.average_pool %s {ceil_mode = false, count_include_pad = false,
        dilations = array<i64: 1, 1>, kernel = array<i64: 2, 2>,
        padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>}
      : (tensor<?x3x6x6xf32>) -> tensor<?x3x3x3xf32>
    bn.yield %p : tensor<?x3x3x3xf32>
  }
  return
}

// The gradient of a linear layer's weight: columns of the input are transposed,
// then each row is multiplied by what the row has of the gradient. Behind the
// first rows of the batch the result is added to; lanes behind the last column
// are masked.

// CHECK-LABEL: func.func @batch_sum(
// CHECK-SAME:    %[[G:[a-z0-9]*]]: memref<?x8x16xf32>, %[[X:[a-z0-9]*]]: memref<?x12x16xf32>, %[[D:[a-z0-9]*]]: memref<8x12xf32>
// CHECK:         %[[T:.*]] = memref.alloca() {alignment = 64 : i64} : memref<128x32xf32>
// CHECK:         scf.for {{.*}} step %c8
// CHECK:           scf.for {{.*}} step %c16
// CHECK:             scf.for
// CHECK-COUNT-16:      vector.load %[[X]]
// CHECK-COUNT-64:      vector.shuffle
// CHECK-COUNT-16:      vector.store %{{.*}}, %[[T]]
// CHECK:             scf.for {{.*}} iter_args
// CHECK:               scf.for {{.*}} iter_args
// CHECK:                 vector.load %[[T]]
// CHECK-COUNT-8:         vector.fma
// CHECK:             scf.if
// CHECK:             } else {
// CHECK-COUNT-8:       vector.maskedload %[[D]]
// CHECK-COUNT-8:     vector.maskedstore %[[D]]
func.func @batch_sum(%g: memref<?x8x16xf32>, %x: memref<?x12x16xf32>,
    %d: memref<8x12xf32>, %begin: index, %end: index, %batch: index) {
  bn.batch_sum_kernel positions(%begin to %end) batch(%batch)
      inputs(%g, %x : memref<?x8x16xf32>, memref<?x12x16xf32>)
      outputs(%d : memref<8x12xf32>) {
  ^bb0(%a: tensor<?x8xf32>, %b: tensor<?x12xf32>):
    %c = bn.linear %a, %b {transpose_input}
      : (tensor<?x8xf32>, tensor<?x12xf32>) -> tensor<8x12xf32>
    bn.yield %c : tensor<8x12xf32>
  }
  return
}
