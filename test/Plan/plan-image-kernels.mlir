// RUN: %bn-opt %s --split-input-file --bn-plan-kernels="vector-length=16 vector-registers=32" | FileCheck %s

// A residual add and the activation behind it belong to the kernel of the
// convolution in front; the other convolution, which comes later in the graph,
// runs first. What is added is read without the padding that its other reader
// wants.

// CHECK-LABEL: func.func private @residual.channels1(
// CHECK:         %[[X:.*]] = memref.alloc() {{.*}} : memref<10x10x3xf32>
// CHECK:         %[[A:.*]] = memref.alloc() {{.*}} : memref<10x10x16xf32>
// CHECK:         bn.product_kernel input(%[[X]] : {{.*}} output(%[[A]] :
// CHECK:         %[[IDENTITY:.*]] = memref.subview %[[A]][1, 1, 0] [8, 8, 16] [1, 1, 1]
// CHECK:         bn.product_kernel input(%[[A]] : {{.*}} tensors(%[[IDENTITY]] : memref<8x8x16xf32, {{.*}}>) output(
// CHECK-NEXT:    ^{{.*}}(%[[V:.*]]: f32, %[[T:.*]]: f32):
// CHECK-NEXT:      %[[SUM:.*]] = arith.addf %[[V]], %[[T]]
// CHECK:           arith.cmpf olt, %[[SUM]]
// CHECK:           bn.yield
// CHECK-NOT:     bn.window_kernel
// CHECK:         return
func.func @residual(%x: tensor<1x3x8x8xf32>) -> tensor<1x16x8x8xf32> {
  %u = arith.constant dense<0.5> : tensor<16x3x3x3xf32>
  %w = arith.constant dense<0.25> : tensor<16x16x3x3xf32>
  %0 = bn.conv %x, %u {strides = array<i64: 1, 1>, padding = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>}
    : (tensor<1x3x8x8xf32>, tensor<16x3x3x3xf32>) -> tensor<1x16x8x8xf32>
  %1 = bn.conv %0, %w {strides = array<i64: 1, 1>, padding = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>}
    : (tensor<1x16x8x8xf32>, tensor<16x16x3x3xf32>) -> tensor<1x16x8x8xf32>
  %2 = bn.add %1, %0 : (tensor<1x16x8x8xf32>, tensor<1x16x8x8xf32>) -> tensor<1x16x8x8xf32>
  %3 = bn.relu %2 : tensor<1x16x8x8xf32>
  return %3 : tensor<1x16x8x8xf32>
}

// CHECK-LABEL: func.func private @projection.channels1(
// CHECK:         bn.product_kernel {{.*}} weights(%{{.*}} : memref<1x1x1x16x16xf32, {{.*}}>) output(%[[P:[^ ]*]] :
// CHECK:         bn.product_kernel {{.*}} weights(%{{.*}} : memref<1x3x3x16x16xf32, {{.*}}>) tensors(%[[P]] :
func.func @projection(%x: tensor<1x16x8x8xf32>) -> tensor<1x16x8x8xf32> {
  %u = arith.constant dense<0.5> : tensor<16x16x1x1xf32>
  %w = arith.constant dense<0.25> : tensor<16x16x3x3xf32>
  %0 = bn.conv %x, %w {strides = array<i64: 1, 1>, padding = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>}
    : (tensor<1x16x8x8xf32>, tensor<16x16x3x3xf32>) -> tensor<1x16x8x8xf32>
  %1 = bn.conv %x, %u {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
    : (tensor<1x16x8x8xf32>, tensor<16x16x1x1xf32>) -> tensor<1x16x8x8xf32>
  %2 = bn.add %0, %1 : (tensor<1x16x8x8xf32>, tensor<1x16x8x8xf32>) -> tensor<1x16x8x8xf32>
  return %2 : tensor<1x16x8x8xf32>
}

// -----
// A depthwise convolution with x * sigmoid(x) in its kernel, and
// squeeze-and-excite: the mean over all positions, and its one position as an
// operand that is repeated.

// CHECK-LABEL: func.func private @gated.channels1(
// CHECK:         bn.product_kernel {{.*}} weights(%{{.*}} : memref<2x3x3x1x16xf32, {{.*}}>) output(%[[Y:[^ ]*]] : memref<8x8x32xf32>)
// CHECK-NEXT:    ^{{.*}}(%[[V:.*]]: f32):
// CHECK:           arith.divf
// CHECK-NEXT:      arith.mulf %[[V]],
// CHECK:         } {channel_starts = array<i64: 0, 1>, depthwise,
// CHECK:         bn.window_kernel input(%[[Y]] : {{.*}}) output(%[[MEAN:[^ ]*]] : memref<1x1x32xf32>)
// CHECK:         pool = #bn<pool average>, {{.*}} window = array<i64: 8, 8>}
// CHECK:         bn.product_kernel input(%[[MEAN]] {{.*}} output(%[[GATE:[^ ]*]] : memref<1x1x32xf32>)
// CHECK:         bn.window_kernel input(%[[Y]] : {{.*}}) tensors(%[[GATE]] : memref<1x1x32xf32>)
func.func @gated(%x: tensor<1x32x8x8xf32>) -> tensor<1x32x8x8xf32> {
  %u = arith.constant dense<0.5> : tensor<32x1x3x3xf32>
  %w = arith.constant dense<0.25> : tensor<32x32x1x1xf32>
  %0 = bn.conv %x, %u {strides = array<i64: 1, 1>, padding = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 32 : i64}
    : (tensor<1x32x8x8xf32>, tensor<32x1x3x3xf32>) -> tensor<1x32x8x8xf32>
  %1 = bn.sigmoid %0 : tensor<1x32x8x8xf32>
  %2 = bn.mul %0, %1 : (tensor<1x32x8x8xf32>, tensor<1x32x8x8xf32>) -> tensor<1x32x8x8xf32>
  %3 = bn.reduce_mean %2 {axes = array<i64: 2, 3>, keep_dims} : (tensor<1x32x8x8xf32>) -> tensor<1x32x1x1xf32>
  %4 = bn.conv %3, %w {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
    : (tensor<1x32x1x1xf32>, tensor<32x32x1x1xf32>) -> tensor<1x32x1x1xf32>
  %5 = bn.mul %4, %2 : (tensor<1x32x1x1xf32>, tensor<1x32x8x8xf32>) -> tensor<1x32x8x8xf32>
  return %5 : tensor<1x32x8x8xf32>
}

// -----
// Groups of 4 channels are joined to groups of 16, which fill a vector.

// CHECK-LABEL: func.func private @grouped.channels1(
// CHECK:         weights(%{{.*}} : memref<2x3x3x16x16xf32, {{.*}}>)
// CHECK:         groups = 2 : i64
func.func @grouped(%x: tensor<1x32x8x8xf32>) -> tensor<1x32x6x6xf32> {
  %w = arith.constant dense<0.5> : tensor<32x4x3x3xf32>
  %0 = bn.conv %x, %w {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 8 : i64}
    : (tensor<1x32x8x8xf32>, tensor<32x4x3x3xf32>) -> tensor<1x32x6x6xf32>
  return %0 : tensor<1x32x6x6xf32>
}

// -----
// Padded windows, and those that an extent rounded up cuts off, end where the
// input does.

// CHECK-LABEL: func.func private @padded_pools.channels1(
// CHECK:         bn.window_kernel
// CHECK:         } {clip = array<i64: 0, 0, 8, 8>, extents = {{.*}}, input_offset = array<i64: -1, -1>, {{.*}} pool = #bn<pool max>
// CHECK:         bn.window_kernel
// CHECK:         } {clip = array<i64: 0, 0, 8, 8>, count_clipped, {{.*}} pool = #bn<pool average>
func.func @padded_pools(%x: tensor<1x16x8x8xf32>) -> (tensor<1x16x4x4xf32>, tensor<1x16x4x4xf32>) {
  %0 = bn.max_pool %x {kernel = array<i64: 3, 3>, strides = array<i64: 2, 2>, padding = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>}
    : (tensor<1x16x8x8xf32>) -> tensor<1x16x4x4xf32>
  %1 = bn.average_pool %x {kernel = array<i64: 3, 3>, strides = array<i64: 2, 2>, padding = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, count_include_pad = true}
    : (tensor<1x16x8x8xf32>) -> tensor<1x16x4x4xf32>
  return %0, %1 : tensor<1x16x4x4xf32>, tensor<1x16x4x4xf32>
}

// -----
// Concatenated tensors are stored in the place where they end up; the first
// concatenation is the beginning of the second. The model's input is copied.

// CHECK-LABEL: func.func private @dense.channels1(
// CHECK:         %[[X:.*]] = memref.alloc() {{.*}} : memref<8x8x16xf32>
// CHECK:         %[[ALL:.*]] = memref.alloc() {{.*}} : memref<8x8x48xf32>
// CHECK:         %[[A:.*]] = memref.subview %[[ALL]][0, 0, 16] [8, 8, 16] [1, 1, 1]
// CHECK:         bn.product_kernel input(%[[X]] {{.*}} output(%[[A]] :
// CHECK:         %[[PART:.*]] = memref.subview %[[ALL]][0, 0, 0] [8, 8, 32] [1, 1, 1]
// CHECK:         %[[COPY:.*]] = memref.subview %[[PART]][0, 0, 0] [8, 8, 16] [1, 1, 1]
// CHECK:         bn.window_kernel input(%[[X]] {{.*}} output(%[[COPY]] :
// CHECK-NOT:     bn.window_kernel
// CHECK:         %[[B:.*]] = memref.subview %[[ALL]][0, 0, 32] [8, 8, 16] [1, 1, 1]
// CHECK:         bn.product_kernel input(%[[PART]] {{.*}} output(%[[B]] :
// CHECK:         bn.window_kernel input(%[[X]]
// CHECK-NOT:     bn.window_kernel
// CHECK:         bn.unpack_kernel %[[ALL]],
func.func @dense(%x: tensor<1x16x8x8xf32>) -> tensor<1x48x8x8xf32> {
  %u = arith.constant dense<0.5> : tensor<16x16x1x1xf32>
  %w = arith.constant dense<0.25> : tensor<16x32x1x1xf32>
  %0 = bn.conv %x, %u {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
    : (tensor<1x16x8x8xf32>, tensor<16x16x1x1xf32>) -> tensor<1x16x8x8xf32>
  %1 = bn.concat %x, %0 {axis = 1 : i64} : (tensor<1x16x8x8xf32>, tensor<1x16x8x8xf32>) -> tensor<1x32x8x8xf32>
  %2 = bn.conv %1, %w {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
    : (tensor<1x32x8x8xf32>, tensor<16x32x1x1xf32>) -> tensor<1x16x8x8xf32>
  %3 = bn.concat %x, %0, %2 {axis = 1 : i64}
    : (tensor<1x16x8x8xf32>, tensor<1x16x8x8xf32>, tensor<1x16x8x8xf32>) -> tensor<1x48x8x8xf32>
  return %3 : tensor<1x48x8x8xf32>
}

// -----
// x * clip(x / 6 + 1 / 2) in one kernel; a bound that is infinite takes no
// instruction.

// CHECK-LABEL: func.func private @hard_swish.channels1(
// CHECK:         bn.window_kernel
// CHECK-NEXT:    ^{{.*}}(%[[V:.*]]: f32):
// CHECK:           arith.mulf %[[V]],
// CHECK:           arith.addf
// CHECK:           arith.cmpf olt
// CHECK:           arith.cmpf ogt
// CHECK:           arith.mulf %[[V]],
// CHECK:         bn.window_kernel
// CHECK-NOT:       arith.cmpf olt
// CHECK:           arith.cmpf ogt
func.func @hard_swish(%x: tensor<1x16x8x8xf32>) -> (tensor<1x16x8x8xf32>, tensor<1x16x8x8xf32>) {
  %sixth = arith.constant dense<0.16666667> : tensor<f32>
  %half = arith.constant dense<0.5> : tensor<f32>
  %0 = bn.mul %x, %sixth : (tensor<1x16x8x8xf32>, tensor<f32>) -> tensor<1x16x8x8xf32>
  %1 = bn.add %0, %half : (tensor<1x16x8x8xf32>, tensor<f32>) -> tensor<1x16x8x8xf32>
  %2 = bn.clip %1 {minimum = 0.0 : f64, maximum = 1.0 : f64} : tensor<1x16x8x8xf32>
  %3 = bn.mul %x, %2 : (tensor<1x16x8x8xf32>, tensor<1x16x8x8xf32>) -> tensor<1x16x8x8xf32>
  %4 = bn.clip %x {minimum = 0xFFF0000000000000 : f64, maximum = 1.0 : f64} : tensor<1x16x8x8xf32>
  return %3, %4 : tensor<1x16x8x8xf32>, tensor<1x16x8x8xf32>
}
