// RUN: %bn-opt %s --bn-map-to-gpu --canonicalize --cse --split-input-file | FileCheck %s
// RUN: %bn-opt %s --bn-map-to-gpu=products=direct --split-input-file | FileCheck %s --check-prefix=DIRECT

// Enough work for tiles: the factors of a step are in shared memory, twice, and
// the sums in registers, with what follows. Weights have a row for each of the
// 144 terms and zeros for channels that fill the tile.
// CHECK: memref.global "private" constant @{{.*}} : memref<144x64xf32>
// CHECK: gpu.func @conv_relu(
// CHECK-SAME: workgroup(%[[WEIGHTS:.*]] : memref<2x16x64xf32, #gpu.address_space<workgroup>>, %[[INPUTS:.*]] : memref<2x16x64xf32, #gpu.address_space<workgroup>>)
// CHECK-SAME: "In tiles of 64 channels x 64 pixels, 8 x 4 for each thread,"
// CHECK-SAME: known_block_size = array<i32: 128, 1, 1>
// CHECK: %[[SUMS:.*]] = memref.alloca() {alignment = 16 : i64} : memref<8x4xf32>
// CHECK: gpu.barrier
// CHECK: scf.for %{{.*}} = %c1{{.*}} to %c9
// CHECK: vector.load %[[WEIGHTS]]
// CHECK: math.fma
// CHECK: memref.store %{{.*}}, %[[SUMS]]
// CHECK: gpu.barrier
// CHECK: vector.store %{{.*}}, %{{.*}} : memref<?x50x28x28xf32>, vector<4xf32>
// CHECK: gpu.launch_func
// CHECK-SAME: blocks in (%{{.*}}, %c1{{.*}}, %c1{{.*}}) threads in (%c128
// DIRECT: gpu.func @conv_relu(
// DIRECT-NOT: workgroup
// DIRECT: known_block_size = array<i32: 256, 1, 1>
func.func @large(%x: tensor<?x16x28x28xf32>) -> tensor<?x50x28x28xf32> {
  %w = arith.constant dense<0.5> : tensor<50x16x3x3xf32>
  %0 = bn.conv %x, %w {dilations = array<i64: 1, 1>, padding = array<i64: 1, 1, 1, 1>,
      strides = array<i64: 1, 1>}
    : (tensor<?x16x28x28xf32>, tensor<50x16x3x3xf32>) -> tensor<?x50x28x28xf32> loc("conv")
  %1 = bn.relu %0 : tensor<?x50x28x28xf32> loc("relu")
  return %1 : tensor<?x50x28x28xf32>
}

// -----

// Depthwise: there is nothing to share.
// CHECK: gpu.func @depthwise(
// CHECK-NOT: workgroup
// CHECK: known_block_size = array<i32: 256, 1, 1>
func.func @groups(%x: tensor<?x64x28x28xf32>) -> tensor<?x64x28x28xf32> {
  %w = arith.constant dense<0.5> : tensor<64x1x3x3xf32>
  %0 = bn.conv %x, %w {dilations = array<i64: 1, 1>, groups = 64 : i64, padding = array<i64: 1, 1, 1, 1>,
      strides = array<i64: 1, 1>}
    : (tensor<?x64x28x28xf32>, tensor<64x1x3x3xf32>) -> tensor<?x64x28x28xf32> loc("depthwise")
  return %0 : tensor<?x64x28x28xf32>
}

// -----

// A pooling takes its values at other points than the product's.
// CHECK: gpu.func @conv_pool(
// CHECK-NOT: workgroup
// CHECK: known_block_size = array<i32: 256, 1, 1>
func.func @pooled(%x: tensor<?x16x28x28xf32>) -> tensor<?x64x14x14xf32> {
  %w = arith.constant dense<0.5> : tensor<64x16x3x3xf32>
  %0 = bn.conv %x, %w {dilations = array<i64: 1, 1>, padding = array<i64: 1, 1, 1, 1>,
      strides = array<i64: 1, 1>}
    : (tensor<?x16x28x28xf32>, tensor<64x16x3x3xf32>) -> tensor<?x64x28x28xf32> loc("conv")
  %1 = bn.max_pool %0 {dilations = array<i64: 1, 1>, kernel = array<i64: 2, 2>,
      padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>}
    : (tensor<?x64x28x28xf32>) -> tensor<?x64x14x14xf32> loc("pool")
  return %1 : tensor<?x64x14x14xf32>
}
