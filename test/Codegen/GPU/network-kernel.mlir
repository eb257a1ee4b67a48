// RUN: %bn-opt %s --bn-map-to-gpu --split-input-file | FileCheck %s
// RUN: %bn-opt %s --bn-map-to-gpu=network=several --split-input-file | FileCheck %s --check-prefix=SEVERAL

// Two linear layers: the row and what is between them fit into shared memory.
// Neighbouring threads read neighbouring weights.
// CHECK: memref.global "private" constant @{{.*}} : memref<2x4xf32>
// CHECK: gpu.func @network(
// CHECK-SAME: workgroup(%[[X:.*]] : memref<1x2xf32, #gpu.address_space<workgroup>>, %[[HIDDEN:.*]] : memref<1x4xf32, #gpu.address_space<workgroup>>)
// CHECK: memref.store %{{.*}}, %[[X]]
// CHECK: gpu.barrier
// CHECK: memref.load %[[X]]
// CHECK: memref.store %{{.*}}, %[[HIDDEN]]
// CHECK: gpu.barrier
// CHECK: memref.load %[[HIDDEN]]
// CHECK: gpu.launch_func
// CHECK-NOT: gpu.launch_func
// SEVERAL: gpu.func @first_relu(
// SEVERAL: gpu.func @second(
func.func @mlp(%x: tensor<?x2xf32>) -> tensor<?x3xf32> {
  %v = arith.constant dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]]> : tensor<4x2xf32>
  %w = arith.constant dense<0.25> : tensor<3x4xf32>
  %0 = bn.linear %x, %v {transpose_weight}
    : (tensor<?x2xf32>, tensor<4x2xf32>) -> tensor<?x4xf32> loc("first")
  %1 = bn.relu %0 : tensor<?x4xf32> loc("relu")
  %2 = bn.linear %1, %w {transpose_weight}
    : (tensor<?x4xf32>, tensor<3x4xf32>) -> tensor<?x3xf32> loc("second")
  return %2 : tensor<?x3xf32>
}

// -----

// Few sums of many terms: the threads share the terms, which are computed where
// they are multiplied and stored nowhere.
// CHECK: gpu.func @network(
// CHECK-SAME: workgroup(%{{.*}} : memref<1x1024xf32, #gpu.address_space<workgroup>>, %[[SCRATCH:.*]] : memref<256xf32, #gpu.address_space<workgroup>>, %{{.*}} : memref<1x2xf32, #gpu.address_space<workgroup>>)
// CHECK: memref.alloca() : memref<2xf32>
// CHECK: call @blockSum(%{{.*}}, %[[SCRATCH]])
func.func @sums(%x: tensor<?x1024xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<0.5> : tensor<1024x2xf32>
  %0 = bn.relu %x : tensor<?x1024xf32> loc("relu")
  %1 = bn.linear %0, %w : (tensor<?x1024xf32>, tensor<1024x2xf32>) -> tensor<?x2xf32> loc("fc")
  return %1 : tensor<?x2xf32>
}

// -----

// Rows of the result are columns of the input.
// CHECK-LABEL: gpu.module @mixed_kernels
// CHECK-NOT: @network
func.func @mixed(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %w = arith.constant dense<0.5> : tensor<4x4xf32>
  %0 = bn.transpose %x {permutation = array<i64: 1, 0>} : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %1 = bn.linear %0, %w : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %2 = bn.linear %1, %w : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  return %2 : tensor<4x4xf32>
}

// -----

// Too much for a block's shared memory.
// CHECK-LABEL: gpu.module @wide_kernels
// CHECK-NOT: @network
func.func @wide(%x: tensor<?x16384xf32>) -> tensor<?x64xf32> {
  %w = arith.constant dense<0.5> : tensor<16384x64xf32>
  %0 = bn.relu %x : tensor<?x16384xf32>
  %1 = bn.linear %0, %w : (tensor<?x16384xf32>, tensor<16384x64xf32>) -> tensor<?x64xf32>
  return %1 : tensor<?x64xf32>
}
