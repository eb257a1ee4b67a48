// RUN: %bn-opt %s --bn-plan-kernels="vector-length=16 vector-registers=32" | FileCheck %s
// RUN: %bn-opt %s --bn-plan-kernels="vector-length=4 vector-registers=16" | FileCheck %s --check-prefix=SSE

// On a single row, six channels do not fill vectors, but columns of the result
// do, and inputs of a linear layer with ten outputs. The input lies in two
// parts, its even and its odd columns, for a window is two wide.

// CHECK-LABEL: func.func private @lenet.channels1(
// CHECK:         %[[X:.*]] = memref.alloc() {alignment = 64 : i64} : memref<1x28x2x18xf32>
// CHECK-NEXT:    bn.pack_kernel %{{.*}}, %[[X]] {lanes = #bn<lanes columns>, length = 16 : i64, offset = array<i64: 0, 0>}
// CHECK:         bn.column_kernel input(%[[X]] : {{.*}}) weights(%{{.*}} : memref<1x5x5x6xf32, {{.*}}>) output(%[[Y:.*]] : memref<12x12x8xf32>) {
// CHECK:           bn.yield
// CHECK:         length = 16 : i64, {{.*}} rows = 1 : i64, {{.*}} window = array<i64: 2, 2>}
// Sums of 128 inputs: 16 of each output side by side.
// CHECK:         bn.product_kernel
// CHECK:         bn.dot_kernel input(%{{.*}} : memref<1x1x128xf32>) weights(%{{.*}} : memref<8x10x16xf32, {{.*}}>) bias(%{{.*}} : memref<16xf32, {{.*}}>) output(%{{.*}} : memref<1x1x16xf32>) {
// CHECK:         } {length = 16 : i64}

// Blocks of rows have them in the lanes.
// CHECK-LABEL: func.func private @lenet.batch32(
// CHECK-NOT:     bn.column_kernel
// CHECK-NOT:     bn.dot_kernel

// SSE-LABEL: func.func private @lenet.channels1(
// SSE-NOT:     bn.column_kernel
// SSE-NOT:     bn.dot_kernel

func.func @lenet(%x: tensor<?x1x28x28xf32>) -> tensor<?x10xf32> {
  %w = arith.constant dense<0.5> : tensor<6x1x5x5xf32>
  %0 = bn.conv %x, %w {strides = array<i64: 1, 1>,
      padding = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
    : (tensor<?x1x28x28xf32>, tensor<6x1x5x5xf32>) -> tensor<?x6x24x24xf32>
  %1 = bn.average_pool %0 {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>,
      padding = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
    : (tensor<?x6x24x24xf32>) -> tensor<?x6x12x12xf32>
  %2 = bn.reshape %1 : tensor<?x6x12x12xf32> -> tensor<?x864xf32>
  %v = arith.constant dense<0.125> : tensor<128x864xf32>
  %3 = bn.linear %2, %v {transpose_weight} : (tensor<?x864xf32>, tensor<128x864xf32>) -> tensor<?x128xf32>
  %u = arith.constant dense<0.25> : tensor<10x128xf32>
  %b = arith.constant dense<1.0> : tensor<10xf32>
  %4 = bn.linear %3, %u bias %b {transpose_weight} : (tensor<?x128xf32>, tensor<10x128xf32>, tensor<10xf32>) -> tensor<?x10xf32>
  return %4 : tensor<?x10xf32>
}

// What others read as well stays in the channels storage: a result, another
// layer.

// CHECK-LABEL: func.func private @shared.channels1(
// CHECK-NOT:     bn.column_kernel
// CHECK-LABEL: func.func private @shared.batch32(
func.func @shared(%x: tensor<?x1x28x28xf32>) -> (tensor<?x6x24x24xf32>, tensor<?x5x24x24xf32>) {
  %w = arith.constant dense<0.5> : tensor<6x1x5x5xf32>
  %v = arith.constant dense<0.5> : tensor<5x1x5x5xf32>
  %0 = bn.conv %x, %w {strides = array<i64: 1, 1>,
      padding = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
    : (tensor<?x1x28x28xf32>, tensor<6x1x5x5xf32>) -> tensor<?x6x24x24xf32>
  %1 = bn.conv %x, %v {strides = array<i64: 1, 1>,
      padding = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
    : (tensor<?x1x28x28xf32>, tensor<5x1x5x5xf32>) -> tensor<?x5x24x24xf32>
  return %0, %1 : tensor<?x6x24x24xf32>, tensor<?x5x24x24xf32>
}

// A stored image of 24 channels has gaps between its positions.

// CHECK-LABEL: func.func private @gaps.channels1(
// CHECK-NOT:     bn.dot_kernel
// CHECK-LABEL: func.func private @gaps.batch32(
func.func @gaps(%x: tensor<?x3x8x8xf32>) -> tensor<?x6xf32> {
  %w = arith.constant dense<0.5> : tensor<24x3x3x3xf32>
  %0 = bn.conv %x, %w {strides = array<i64: 1, 1>,
      padding = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
    : (tensor<?x3x8x8xf32>, tensor<24x3x3x3xf32>) -> tensor<?x24x6x6xf32>
  %1 = bn.reshape %0 : tensor<?x24x6x6xf32> -> tensor<?x864xf32>
  %v = arith.constant dense<0.125> : tensor<6x864xf32>
  %2 = bn.linear %1, %v {transpose_weight} : (tensor<?x864xf32>, tensor<6x864xf32>) -> tensor<?x6xf32>
  return %2 : tensor<?x6xf32>
}
