// RUN: %bn-opt %s --split-input-file --bn-plan-kernels="vector-length=16 vector-registers=32" | FileCheck %s

// A convolution with its bias, activation and pooling is one kernel, and a
// linear layer a convolution by the image that was flattened. The wide block
// keeps rows of the batch in the lanes, the single one channels.

// CHECK-LABEL: func.func @fused(
// CHECK-SAME:    bn.blocks = [@fused.batch32, @fused.channels1], bn.worthwhile_rows = {{[0-9]+}} : i64

// CHECK:       memref.global "private" constant @fused.channels1.parameters : memref<{{[0-9]+}}xf32> {{.*}} {alignment = 64 : i64}
// CHECK-LABEL: func.func private @fused.channels1(
// CHECK-SAME:    %[[X:.*]]: memref<?x1x8x8xf32>, %[[Y:.*]]: memref<?x10xf32>, %[[ROW:.*]]: index, %{{.*}}: memref<?xi8>, %{{.*}}: !llvm.ptr)
// CHECK-SAME:    bn.block_rows = 1 : i64
// CHECK:         %[[IMAGE:.*]] = memref.alloc() {alignment = 64 : i64} : memref<8x8x1xf32>
// CHECK-NOT:     bn.clear_halo
// CHECK:         bn.pack_kernel %[[X]][%[[ROW]]], %[[IMAGE]] {lanes = #bn<lanes channels>, length = 1 : i64, offset = array<i64: 0, 0>}
// CHECK:         %[[POOLED:.*]] = memref.alloc() {alignment = 64 : i64} : memref<3x3x[[C:8|16]]xf32>
// CHECK:         bn.product_kernel input(%[[IMAGE]] : {{.*}}) weights(%{{.*}} : memref<1x3x3x1x[[C]]xf32, {{.*}}>) bias(%{{.*}} : memref<[[C]]xf32, {{.*}}>) output(%[[POOLED]] :
// CHECK:           arith.cmpf olt
// CHECK-NEXT:      arith.select
// CHECK-NEXT:      bn.yield
// CHECK:         extents = array<i64: 6, 6>, {{.*}} lanes = #bn<lanes channels>, {{.*}} pool = #bn<pool max>, {{.*}} window = array<i64: 2, 2>}
// CHECK:         %[[LOGITS:.*]] = memref.alloc() {alignment = 64 : i64} : memref<1x1x{{12|16}}xf32>
// CHECK:         bn.product_kernel input(%[[POOLED]] : {{.*}}) weights(%{{.*}} : memref<1x3x3x6x{{12|16}}xf32, {{.*}}>) output(%[[LOGITS]] :
// CHECK:         extents = array<i64: 1, 1>, {{.*}} pool = #bn<pool none>
// CHECK-NEXT:    bn.unpack_kernel %[[LOGITS]], %[[Y]][%[[ROW]]]
// CHECK-NEXT:    return

// CHECK-LABEL: func.func private @fused.batch32(
// CHECK-SAME:    bn.block_rows = 32 : i64
// CHECK:         bn.pack_kernel {{.*}} {lanes = #bn<lanes batch>, length = 16 : i64, {{.*}} : memref<?x1x8x8xf32>, memref<1x8x8x32xf32>
// CHECK:         bn.product_kernel {{.*}} weights(%{{.*}} : memref<1x1x3x3x6xf32, {{.*}}>) bias(%{{.*}} : memref<6xf32, {{.*}}>) output(%{{.*}} : memref<6x3x3x32xf32>)
// CHECK:         lanes = #bn<lanes batch>, {{.*}} pool = #bn<pool max>
// CHECK:         bn.product_kernel {{.*}} weights(%{{.*}} : memref<1x6x3x3x10xf32, {{.*}}>) output(%{{.*}} : memref<10x1x1x32xf32>)
// CHECK-NOT:     bn.window_kernel
// CHECK:         bn.unpack_kernel {{.*}} : memref<10x1x1x32xf32>, memref<?x10xf32>

func.func @fused(%x: tensor<?x1x8x8xf32>) -> tensor<?x10xf32> {
  %w = arith.constant dense<0.5> : tensor<6x1x3x3xf32>
  %b = arith.constant dense<0.25> : tensor<6xf32>
  %0 = bn.conv %x, %w bias %b {strides = array<i64: 1, 1>,
      padding = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
    : (tensor<?x1x8x8xf32>, tensor<6x1x3x3xf32>, tensor<6xf32>) -> tensor<?x6x6x6xf32>
  %1 = bn.relu %0 : tensor<?x6x6x6xf32>
  %2 = bn.max_pool %1 {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>,
      padding = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
    : (tensor<?x6x6x6xf32>) -> tensor<?x6x3x3xf32>
  %3 = bn.reshape %2 : tensor<?x6x3x3xf32> -> tensor<?x54xf32>
  %v = arith.constant dense<0.125> : tensor<10x54xf32>
  %4 = bn.linear %3, %v {transpose_weight} : (tensor<?x54xf32>, tensor<10x54xf32>) -> tensor<?x10xf32>
  return %4 : tensor<?x10xf32>
}

// -----
// A batch of 1 needs no wide block, and an op without a product is a kernel of
// its own, in as few vectors as hold the channels.

// CHECK-LABEL: func.func @single(
// CHECK-SAME:    bn.blocks = [@single.channels1]
// CHECK-NOT:   memref.global
// CHECK-NOT:   @single.batch32
// CHECK-LABEL: func.func private @single.channels1(
// CHECK:         bn.window_kernel input(%{{.*}} : memref<1x1x32xf32>) output(%{{.*}} : memref<1x1x32xf32>)
// CHECK:         lanes = #bn<lanes channels>, length = 16 : i64, {{.*}} pool = #bn<pool none>, {{.*}} window = array<i64: 1, 1>}
func.func @single(%x: tensor<1x20xf32>) -> tensor<1x20xf32> {
  %0 = bn.relu %x : tensor<1x20xf32>
  return %0 : tensor<1x20xf32>
}

// -----
// The storage of an input has the zeros that its convolution wants; the other
// reader starts behind them. An elementwise op and the pooling that follows are
// one kernel.

// CHECK-LABEL: func.func @padded(
// CHECK-LABEL: func.func private @padded.channels1(
// CHECK:         %[[X:.*]] = memref.alloc() {alignment = 64 : i64} : memref<7x7x4xf32>
// CHECK-NEXT:    bn.clear_halo %[[X]] {extents = array<i64: 5, 6>, lanes = #bn<lanes channels>, offset = array<i64: 2, 1>}
// CHECK-NEXT:    bn.pack_kernel %{{.*}}, %[[X]] {lanes = #bn<lanes channels>, length = 1 : i64, offset = array<i64: 2, 1>}
// CHECK:         bn.product_kernel input(%[[X]]
// CHECK:         input_offset = array<i64: 0, 0>
// CHECK:         bn.window_kernel input(%[[X]] : {{.*}}) channels(%{{.*}}, %{{.*}} : {{.*}}) output(%{{.*}} : memref<4x5x4xf32>)
// CHECK-NEXT:    ^{{.*}}(%[[V:.*]]: f32, %[[SCALE:.*]]: f32, %[[SHIFT:.*]]: f32):
// CHECK-NEXT:      %[[R:.*]] = math.fma %[[V]], %[[SCALE]], %[[SHIFT]]
// CHECK-NEXT:      bn.yield %[[R]]
// CHECK:         extents = array<i64: 4, 5>, input_offset = array<i64: 2, 1>, {{.*}} pool = #bn<pool average>, strides = array<i64: 1, 1>, window = array<i64: 2, 2>}
// CHECK:         bn.unpack_kernel {{.*}} {extents = array<i64: 5, 6>
// CHECK:         bn.unpack_kernel {{.*}} {extents = array<i64: 4, 5>
// CHECK-LABEL: func.func private @padded.batch32(
// CHECK:         bn.clear_halo %{{.*}} {extents = array<i64: 5, 6>, lanes = #bn<lanes batch>, offset = array<i64: 2, 1>} : memref<2x7x7x32xf32>
func.func @padded(%x: tensor<?x2x5x6xf32>) -> (tensor<?x3x5x6xf32>, tensor<?x2x4x5xf32>) {
  %w = arith.constant dense<0.5> : tensor<3x2x3x2xf32>
  %s = arith.constant dense<2.0> : tensor<2xf32>
  %0 = bn.conv %x, %w {strides = array<i64: 1, 1>,
      padding = array<i64: 2, 1, 0, 0>, dilations = array<i64: 1, 1>}
    : (tensor<?x2x5x6xf32>, tensor<3x2x3x2xf32>) -> tensor<?x3x5x6xf32>
  %1 = bn.scale_shift %x, scale %s, shift %s : (tensor<?x2x5x6xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2x5x6xf32>
  %2 = bn.average_pool %1 {kernel = array<i64: 2, 2>, strides = array<i64: 1, 1>,
      padding = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
    : (tensor<?x2x5x6xf32>) -> tensor<?x2x4x5xf32>
  return %0, %2 : tensor<?x3x5x6xf32>, tensor<?x2x4x5xf32>
}

// -----

// A static batch takes the blocks that cover it: 64 rows are two wide ones, of
// 34 rows 2 are left over, and of 62 rows 30 fill one more wide block.

// CHECK-LABEL: func.func @two_blocks(
// CHECK-SAME:    bn.blocks = [@two_blocks.batch32], bn.worthwhile_rows = {{[0-9]+}} : i64
func.func @two_blocks(%x: tensor<64x20xf32>) -> tensor<64x7xf32> {
  %w = arith.constant dense<0.5> : tensor<20x7xf32>
  %0 = bn.linear %x, %w : (tensor<64x20xf32>, tensor<20x7xf32>) -> tensor<64x7xf32>
  return %0 : tensor<64x7xf32>
}

// CHECK-LABEL: func.func @left_over(
// CHECK-SAME:    bn.blocks = [@left_over.batch32, @left_over.channels1], bn.worthwhile_rows = {{[0-9]+}} : i64
func.func @left_over(%x: tensor<34x20xf32>) -> tensor<34x7xf32> {
  %w = arith.constant dense<0.5> : tensor<20x7xf32>
  %0 = bn.linear %x, %w : (tensor<34x20xf32>, tensor<20x7xf32>) -> tensor<34x7xf32>
  return %0 : tensor<34x7xf32>
}

// CHECK-LABEL: func.func @nearly_full(
// CHECK-SAME:    bn.blocks = [@nearly_full.batch32]
func.func @nearly_full(%x: tensor<62x20xf32>) -> tensor<62x7xf32> {
  %w = arith.constant dense<0.5> : tensor<20x7xf32>
  %0 = bn.linear %x, %w : (tensor<62x20xf32>, tensor<20x7xf32>) -> tensor<62x7xf32>
  return %0 : tensor<62x7xf32>
}

// -----

// Windows that overlap stay out of the product's tile, and so does what another
// op reads too.

// CHECK-LABEL: func.func private @kernels.channels1(
// CHECK:         bn.product_kernel
// CHECK:         pool = #bn<pool none>
// CHECK:         bn.window_kernel
// CHECK:         pool = #bn<pool max>, strides = array<i64: 2, 2>, window = array<i64: 3, 3>}
// CHECK:         bn.product_kernel
// CHECK-NEXT:    ^{{.*}}(%[[V:.*]]: f32):
// CHECK-NEXT:      bn.yield %[[V]]
// CHECK:         bn.window_kernel
// CHECK:           math.tanh
// CHECK-NOT:     _kernel input
// CHECK:         return
func.func @kernels(%x: tensor<?x2x9x9xf32>) -> (tensor<?x4x3x3xf32>, tensor<?x4x7x7xf32>, tensor<?x4x7x7xf32>) {
  %w = arith.constant dense<0.5> : tensor<4x2x3x3xf32>
  %0 = bn.conv %x, %w {strides = array<i64: 1, 1>,
      padding = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
    : (tensor<?x2x9x9xf32>, tensor<4x2x3x3xf32>) -> tensor<?x4x7x7xf32>
  %1 = bn.max_pool %0 {kernel = array<i64: 3, 3>, strides = array<i64: 2, 2>,
      padding = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
    : (tensor<?x4x7x7xf32>) -> tensor<?x4x3x3xf32>
  %2 = bn.conv %x, %w {strides = array<i64: 1, 1>,
      padding = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
    : (tensor<?x2x9x9xf32>, tensor<4x2x3x3xf32>) -> tensor<?x4x7x7xf32>
  %3 = bn.tanh %2 : tensor<?x4x7x7xf32>
  return %1, %2, %3 : tensor<?x4x3x3xf32>, tensor<?x4x7x7xf32>, tensor<?x4x7x7xf32>
}

// -----

// A batch that not all inputs share, and private functions, are left alone.

// CHECK-LABEL: func.func @no_batch(
// CHECK-NOT:     bn.blocks
// CHECK:         return
// CHECK-LABEL: func.func private @helper(
// CHECK-NOT:     bn.blocks
func.func @no_batch(%x: tensor<?x5xf32>, %y: tensor<3x5xf32>) -> (tensor<?x5xf32>, tensor<3x5xf32>) {
  %0 = bn.relu %x : tensor<?x5xf32>
  %1 = bn.relu %y : tensor<3x5xf32>
  return %0, %1 : tensor<?x5xf32>, tensor<3x5xf32>
}
func.func private @helper(%x: tensor<?x5xf32>) -> tensor<?x5xf32> {
  %0 = bn.relu %x : tensor<?x5xf32>
  return %0 : tensor<?x5xf32>
}
