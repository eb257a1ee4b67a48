// RUN: %bn-opt %s --bn-plan-kernels="vector-length=16 vector-registers=32" | FileCheck %s
// RUN: %bn-opt %s --bn-plan-kernels="vector-length=16 vector-registers=32 winograd-points=4" | FileCheck %s --check-prefix=F2
// RUN: %bn-opt %s --bn-plan-kernels="vector-length=16 vector-registers=32 winograd-points=0" | FileCheck %s --check-prefix=OFF

// What was chosen and measured stands on the module, in the order of the
// program.

// CHECK:      module attributes {bn.winograd = [
// CHECK-SAME: {algorithm = "F(4x4, 3x3)", bound = 2.000000e-05 : f64, measured = {{[^,]*}} : f64, name = "bn.conv at line {{[0-9]+}}", reason = ""}
// CHECK-SAME: {algorithm = "F(4x4, 3x3)",
// CHECK-SAME: {algorithm = "F(2x2, 3x3)",
// CHECK-SAME: {algorithm = "F(2x2, 5x5)",
// CHECK-SAME: {algorithm = "direct", bound = 2.000000e-05 : f64, measured = 0.000000e+00 : f64, {{.*}}, reason = "F(4x4, 3x3) has an error of nan, above 2.0e-05; F(2x2, 3x3) has an error of nan, above 2.0e-05"}]

// F2:         module attributes {bn.winograd = [
// F2-SAME:    F(2x2, 3x3)
// F2-NOT:     F(4x4
// F2-NOT:     5x5
// F2-LABEL:   func.func private @whole.channels1(
// F2:           memref.alloc() {{.*}} : memref<2x7x14x2064xf32>
// F2:           output_tile = array<i64: 2, 2>

// OFF-NOT:    winograd

// A group of 128 output channels for each of 36 points; 16 channels behind them
// keep tiles from lying a power of two apart. The epilogue is that of the
// output's kernel.

// CHECK-LABEL: func.func private @whole.channels1(
// CHECK:         %[[X:.*]] = memref.alloc() {{.*}} : memref<30x30x128xf32>
// CHECK:         %[[Y:.*]] = memref.alloc() {{.*}} : memref<28x28x128xf32>
// CHECK:         %[[W:.*]] = memref.reinterpret_cast {{.*}} to memref<144x1x1x128x32xf32,
// CHECK-DAG:     %[[V:.*]] = memref.alloc() {{.*}} : memref<7x7x4624xf32>
// CHECK-DAG:     %[[M:.*]] = memref.alloc() {{.*}} : memref<7x7x4624xf32>
// CHECK:         bn.winograd_input_kernel input(%[[X]] : memref<30x30x128xf32>) first_row(%[[C0:.*]]) output(%{{.*}} : memref<7x7x4624xf32>)
// CHECK-SAME:      {channels = 128 : i64, extents = array<i64: 28, 28>, input_offset = array<i64: 0, 0>, kernel = array<i64: 3, 3>, length = 16 : i64, output_tile = array<i64: 4, 4>}
// CHECK-NEXT:    bn.product_kernel input(%{{.*}} : memref<7x7x4624xf32>) weights(%[[W]] :
// CHECK:           groups = 36 : i64
// CHECK:         bn.winograd_output_kernel input(%{{.*}} : memref<7x7x4624xf32>) first_row(%[[C0]]) bias(%{{.*}} : memref<128xf32, {{.*}}>) tensors(%{{.*}} : memref<28x28x128xf32, {{.*}}>) output(%[[Y]] :
// CHECK-NEXT:    ^{{.*}}(%[[VALUE:.*]]: f32, %[[OTHER:.*]]: f32):
// CHECK-NEXT:      arith.addf %[[VALUE]], %[[OTHER]]
// CHECK:           channels = 128 : i64, extents = array<i64: 28, 28>
func.func @whole(%x: tensor<1x128x28x28xf32>) -> tensor<1x128x28x28xf32> {
  %w = arith.constant dense<0.5> : tensor<128x128x3x3xf32>
  %b = arith.constant dense<0.25> : tensor<128xf32>
  %0 = bn.conv %x, %w bias %b {strides = array<i64: 1, 1>, padding = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>}
    : (tensor<1x128x28x28xf32>, tensor<128x128x3x3xf32>, tensor<128xf32>) -> tensor<1x128x28x28xf32>
  %1 = bn.add %0, %x : (tensor<1x128x28x28xf32>, tensor<1x128x28x28xf32>) -> tensor<1x128x28x28xf32>
  %2 = bn.relu %1 : tensor<1x128x28x28xf32>
  return %2 : tensor<1x128x28x28xf32>
}

// Tiles of more rows than a cache holds are dealt out to four tasks in blocks.

// CHECK-LABEL: func.func private @blocks.channels1(
// CHECK:         memref.alloc() {{.*}} : memref<4x1x14x2320xf32>
// CHECK:         scf.parallel (%[[TASK:.*]]) = (%{{.*}}) to (%c4{{.*}}) step
// CHECK:           memref.subview %{{.*}}[%[[TASK]], 0, 0, 0] [1, 1, 14, 2320] [1, 1, 1, 1]
// CHECK:           scf.for %[[ROW:.*]] = 
// CHECK-NEXT:        bn.winograd_input_kernel {{.*}} first_row(%[[ROW]])
// CHECK-NEXT:        bn.product_kernel
// CHECK:             bn.winograd_output_kernel {{.*}} first_row(%[[ROW]])
func.func @blocks(%x: tensor<1x64x56x56xf32>) -> tensor<1x64x56x56xf32> {
  %w = arith.constant dense<0.5> : tensor<64x64x3x3xf32>
  %0 = bn.conv %x, %w {strides = array<i64: 1, 1>, padding = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>}
    : (tensor<1x64x56x56xf32>, tensor<64x64x3x3xf32>) -> tensor<1x64x56x56xf32>
  return %0 : tensor<1x64x56x56xf32>
}

// On a small map, the filters of larger tiles are more than they save.

// CHECK-LABEL: func.func private @small.channels1(
// CHECK:         bn.winograd_output_kernel
// CHECK:         output_tile = array<i64: 2, 2>
func.func @small(%x: tensor<1x512x7x7xf32>) -> tensor<1x512x7x7xf32> {
  %w = arith.constant dense<0.5> : tensor<512x512x3x3xf32>
  %0 = bn.conv %x, %w {strides = array<i64: 1, 1>, padding = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>}
    : (tensor<1x512x7x7xf32>, tensor<512x512x3x3xf32>) -> tensor<1x512x7x7xf32>
  return %0 : tensor<1x512x7x7xf32>
}

// CHECK-LABEL: func.func private @five.channels1(
// CHECK:         kernel = array<i64: 5, 5>, length = 16 : i64, output_tile = array<i64: 2, 2>
func.func @five(%x: tensor<1x32x16x16xf32>) -> tensor<1x32x16x16xf32> {
  %w = arith.constant dense<0.5> : tensor<32x32x5x5xf32>
  %0 = bn.conv %x, %w {strides = array<i64: 1, 1>, padding = array<i64: 2, 2, 2, 2>, dilations = array<i64: 1, 1>}
    : (tensor<1x32x16x16xf32>, tensor<32x32x5x5xf32>) -> tensor<1x32x16x16xf32>
  return %0 : tensor<1x32x16x16xf32>
}

// What no measurement allows takes the direct sum; so does what has strides,
// dilations, groups, pooling windows or a kernel of one row.

// CHECK-LABEL: func.func private @others.channels1(
// CHECK-NOT:     winograd
// CHECK:         return
func.func @others(%x: tensor<1x64x28x28xf32>) -> (tensor<1x64x28x28xf32>, tensor<1x64x13x13xf32>, tensor<1x64x24x24xf32>, tensor<1x64x26x26xf32>, tensor<1x64x13x13xf32>, tensor<1x64x28x26xf32>) {
  %nan = arith.constant dense<0x7FC00000> : tensor<64x64x3x3xf32>
  %w = arith.constant dense<0.5> : tensor<64x64x3x3xf32>
  %g = arith.constant dense<0.5> : tensor<64x32x3x3xf32>
  %r = arith.constant dense<0.5> : tensor<64x64x1x3xf32>
  %0 = bn.conv %x, %nan {strides = array<i64: 1, 1>, padding = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>}
    : (tensor<1x64x28x28xf32>, tensor<64x64x3x3xf32>) -> tensor<1x64x28x28xf32>
  %1 = bn.conv %x, %w {strides = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
    : (tensor<1x64x28x28xf32>, tensor<64x64x3x3xf32>) -> tensor<1x64x13x13xf32>
  %2 = bn.conv %x, %w {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>, dilations = array<i64: 2, 2>}
    : (tensor<1x64x28x28xf32>, tensor<64x64x3x3xf32>) -> tensor<1x64x24x24xf32>
  %3 = bn.conv %x, %g {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 2 : i64}
    : (tensor<1x64x28x28xf32>, tensor<64x32x3x3xf32>) -> tensor<1x64x26x26xf32>
  %4 = bn.conv %x, %w {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
    : (tensor<1x64x28x28xf32>, tensor<64x64x3x3xf32>) -> tensor<1x64x26x26xf32>
  %5 = bn.max_pool %4 {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
    : (tensor<1x64x26x26xf32>) -> tensor<1x64x13x13xf32>
  %6 = bn.conv %x, %r {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
    : (tensor<1x64x28x28xf32>, tensor<64x64x1x3xf32>) -> tensor<1x64x28x26xf32>
  return %0, %1, %2, %3, %5, %6 : tensor<1x64x28x28xf32>, tensor<1x64x13x13xf32>, tensor<1x64x24x24xf32>, tensor<1x64x26x26xf32>, tensor<1x64x13x13xf32>, tensor<1x64x28x26xf32>
}
