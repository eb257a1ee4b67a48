// RUN: %bn-opt %s --bn-plan-training="vector-length=16" | FileCheck %s
// RUN: %bn-opt %s --bn-plan-training="vector-length=16 winograd=false" | FileCheck %s --check-prefix=OFF

// A kernel of 3x3 has tiles of 2x2, and the gradient of its input is the same
// product with the filter turned around. The transforms of both filters are one
// loop in front of the phase, that of the gradient one behind it.

// CHECK-LABEL: func.func @square(
// CHECK:         bn.parallel @square.filters0({{.*}}) count(%c8
// CHECK:         bn.parallel @square.phase0(
// CHECK:         bn.parallel @square.sums0({{.*}}) count(%c8
// CHECK:         bn.parallel @square.filters1({{.*}}) count(%c8
// CHECK-NEXT:    return

// CHECK-LABEL: func.func private @square.filters1(
// CHECK:         bn.filter_kernel {{.*}} input(%{{.*}}) output(%{{.*}} : memref<64x16x32xf32>, memref<64x32x3x3xf32>)
// CHECK:           bn.winograd_filter_gradient
// CHECK:         {lanes = 16 : i64}
// CHECK-LABEL: func.func private @square.sums0(
// CHECK:         bn.batch_sum_kernel {{.*}} outputs(%{{.*}} : memref<64x16x32xf32>) scratch(%{{.*}} : memref<{{[0-9]+}}xf32>)
// CHECK:           bn.winograd_conv_filter_gradient %{{.*}}, %{{.*}} {kernel = array<i64: 3, 3>, output_tile = array<i64: 2, 2>, padding = array<i64: 1, 1, 1, 1>}
// CHECK-LABEL: func.func private @square.phase0(
// CHECK:         bn.lane_kernel {{.*}} scratch(%{{.*}} : memref<{{[0-9]+}}xf32>) {
// CHECK:           bn.winograd_conv %{{.*}}, %{{.*}} bias %{{.*}} {kernel = array<i64: 3, 3>, output_tile = array<i64: 2, 2>, padding = array<i64: 1, 1, 1, 1>}
// CHECK-NEXT:      bn.relu
// CHECK:         bn.lane_kernel {{.*}} scratch(
// CHECK:           bn.winograd_conv {{.*}} {kernel = array<i64: 3, 3>, output_tile = array<i64: 2, 2>, padding = array<i64: 1, 1, 1, 1>} : (tensor<?x64x8x8xf32>, tensor<32x16x64xf32>) -> tensor<?x32x8x8xf32>
// CHECK-LABEL: func.func private @square.filters0(
// CHECK:           bn.winograd_filter %{{.*}} {output_tile = array<i64: 2, 2>} : tensor<64x32x3x3xf32> -> tensor<64x16x32xf32>
// CHECK:           bn.winograd_filter %{{.*}} {flipped, output_tile = array<i64: 2, 2>, transposed} : tensor<64x32x3x3xf32> -> tensor<32x16x64xf32>

// OFF-NOT: winograd
func.func @square(%x: tensor<?x32x8x8xf32>, %w: tensor<64x32x3x3xf32>,
    %b: tensor<64xf32>, %g: tensor<?x64x8x8xf32>)
    -> (tensor<?x64x8x8xf32>, tensor<?x32x8x8xf32>, tensor<64x32x3x3xf32>) {
  %y = bn.conv %x, %w bias %b {dilations = array<i64: 1, 1>,
      padding = array<i64: 1, 1, 1, 1>, strides = array<i64: 1, 1>}
    : (tensor<?x32x8x8xf32>, tensor<64x32x3x3xf32>, tensor<64xf32>)
    -> tensor<?x64x8x8xf32>
  %z = bn.relu %y : tensor<?x64x8x8xf32>
  %dx = bn.conv_input_gradient %g, %w {dilations = array<i64: 1, 1>,
      padding = array<i64: 1, 1, 1, 1>, strides = array<i64: 1, 1>}
    : (tensor<?x64x8x8xf32>, tensor<64x32x3x3xf32>) -> tensor<?x32x8x8xf32>
  %dw = bn.conv_filter_gradient %g, %x {dilations = array<i64: 1, 1>,
      padding = array<i64: 1, 1, 1, 1>, strides = array<i64: 1, 1>}
    : (tensor<?x64x8x8xf32>, tensor<?x32x8x8xf32>) -> tensor<64x32x3x3xf32>
  return %z, %dx, %dw
    : tensor<?x64x8x8xf32>, tensor<?x32x8x8xf32>, tensor<64x32x3x3xf32>
}

// Five columns are too many for tiles in both dimensions. Without padding the
// gradient of the input is scattered from tiles of the result's gradient.

// CHECK-LABEL: func.func private @row.phase0(
// CHECK:           bn.winograd_conv %{{.*}} {kernel = array<i64: 5, 5>, output_tile = array<i64: 1, 2>, padding = array<i64: 0, 0, 0, 0>}
// CHECK:           bn.winograd_conv_input_gradient %{{.*}} {kernel = array<i64: 5, 5>, output_tile = array<i64: 1, 2>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x16x8x8xf32>, tensor<6x30x16xf32>) -> tensor<?x6x12x12xf32>
// CHECK:           bn.lane_kernel {{.*}} outputs(%{{.*}} : memref<16x30x6x16xf32>) scratch(
// CHECK:           bn.winograd_conv_filter_gradient
// CHECK-LABEL: func.func private @row.filters0(
// CHECK:           bn.winograd_filter %{{.*}} {output_tile = array<i64: 1, 2>}
// CHECK:           bn.winograd_filter %{{.*}} {output_tile = array<i64: 1, 2>, transposed}
func.func @row(%x: tensor<?x6x12x12xf32>, %w: tensor<16x6x5x5xf32>,
    %g: tensor<?x16x8x8xf32>)
    -> (tensor<?x16x8x8xf32>, tensor<?x6x12x12xf32>, tensor<16x6x5x5xf32>) {
  %y = bn.conv %x, %w {dilations = array<i64: 1, 1>,
      padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>}
    : (tensor<?x6x12x12xf32>, tensor<16x6x5x5xf32>) -> tensor<?x16x8x8xf32>
  %dx = bn.conv_input_gradient %g, %w {dilations = array<i64: 1, 1>,
      padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>}
    : (tensor<?x16x8x8xf32>, tensor<16x6x5x5xf32>) -> tensor<?x6x12x12xf32>
  %dw = bn.conv_filter_gradient %g, %x {dilations = array<i64: 1, 1>,
      padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>}
    : (tensor<?x16x8x8xf32>, tensor<?x6x12x12xf32>) -> tensor<16x6x5x5xf32>
  return %y, %dx, %dw
    : tensor<?x16x8x8xf32>, tensor<?x6x12x12xf32>, tensor<16x6x5x5xf32>
}

// Strides, groups, odd extents and few channels stay direct.

// CHECK-LABEL: func.func @direct(
// CHECK-NOT:   winograd
func.func @direct(%x: tensor<?x32x9x9xf32>, %w: tensor<64x32x3x3xf32>,
    %v: tensor<32x1x3x3xf32>, %u: tensor<1x32x3x3xf32>)
    -> (tensor<?x64x5x5xf32>, tensor<?x32x9x9xf32>, tensor<?x1x9x9xf32>,
        tensor<?x64x9x9xf32>) {
  %a = bn.conv %x, %w {dilations = array<i64: 1, 1>,
      padding = array<i64: 1, 1, 1, 1>, strides = array<i64: 2, 2>}
    : (tensor<?x32x9x9xf32>, tensor<64x32x3x3xf32>) -> tensor<?x64x5x5xf32>
  %b = bn.conv %x, %v {dilations = array<i64: 1, 1>, groups = 32 : i64,
      padding = array<i64: 1, 1, 1, 1>, strides = array<i64: 1, 1>}
    : (tensor<?x32x9x9xf32>, tensor<32x1x3x3xf32>) -> tensor<?x32x9x9xf32>
  %c = bn.conv %x, %u {dilations = array<i64: 1, 1>,
      padding = array<i64: 1, 1, 1, 1>, strides = array<i64: 1, 1>}
    : (tensor<?x32x9x9xf32>, tensor<1x32x3x3xf32>) -> tensor<?x1x9x9xf32>
  %d = bn.conv %x, %w {dilations = array<i64: 1, 1>,
      padding = array<i64: 1, 1, 1, 1>, strides = array<i64: 1, 1>}
    : (tensor<?x32x9x9xf32>, tensor<64x32x3x3xf32>) -> tensor<?x64x9x9xf32>
  return %a, %b, %c, %d
    : tensor<?x64x5x5xf32>, tensor<?x32x9x9xf32>, tensor<?x1x9x9xf32>,
      tensor<?x64x9x9xf32>
}

// The gradient of a strided filter is a product of matrices, tap by tap, if
// there are channels enough; what is left is its order in memory.

// CHECK-LABEL: func.func private @strided.filters0(
// CHECK:           bn.winograd_filter_gradient %{{.*}} {output_tile = array<i64: 1, 1>} : tensor<32x9x16xf32> -> tensor<32x16x3x3xf32>
// CHECK-LABEL: func.func private @strided.sums0(
// CHECK:           bn.winograd_conv_filter_gradient %{{.*}} {kernel = array<i64: 3, 3>, output_tile = array<i64: 1, 1>, padding = array<i64: 1, 1, 1, 1>, strides = array<i64: 2, 2>} : (tensor<?x32x4x4xf32>, tensor<?x16x8x8xf32>) -> tensor<32x9x16xf32>
// CHECK-LABEL: func.func @few(
// CHECK-NOT:     winograd
// CHECK:           bn.conv_filter_gradient
// CHECK-NOT:     winograd
func.func @strided(%x: tensor<?x16x8x8xf32>, %g: tensor<?x32x4x4xf32>)
    -> tensor<32x16x3x3xf32> {
  %dw = bn.conv_filter_gradient %g, %x {dilations = array<i64: 1, 1>,
      padding = array<i64: 1, 1, 1, 1>, strides = array<i64: 2, 2>}
    : (tensor<?x32x4x4xf32>, tensor<?x16x8x8xf32>) -> tensor<32x16x3x3xf32>
  return %dw : tensor<32x16x3x3xf32>
}
func.func @few(%x: tensor<?x3x8x8xf32>, %g: tensor<?x32x4x4xf32>)
    -> tensor<32x3x3x3xf32> {
  %dw = bn.conv_filter_gradient %g, %x {dilations = array<i64: 1, 1>,
      padding = array<i64: 1, 1, 1, 1>, strides = array<i64: 2, 2>}
    : (tensor<?x32x4x4xf32>, tensor<?x3x8x8xf32>) -> tensor<32x3x3x3xf32>
  return %dw : tensor<32x3x3x3xf32>
}

// A transform waits for the phase that reads it, and the second takes the place
// of the first.

// CHECK-LABEL: func.func @late(
// CHECK:         bn.parallel @late.filters0(
// CHECK-NEXT:    bn.parallel @late.phase0(
// CHECK:         bn.merge_statistics
// CHECK:         bn.parallel @late.filters1(
// CHECK-NEXT:    bn.parallel @late.phase1(
// CHECK-LABEL: func.func private @late.filters1(
// CHECK:         %[[PLACE:.*]] = arith.constant 0 : index
// CHECK:         memref.view %{{.*}}[%[[PLACE]]][] : memref<?xi8> to memref<32x16x32xf32>
// CHECK-LABEL: func.func private @late.filters0(
// CHECK:         %[[PLACE:.*]] = arith.constant 0 : index
// CHECK:         memref.view %{{.*}}[%[[PLACE]]][] : memref<?xi8> to memref<32x16x32xf32>
func.func @late(%x: tensor<?x32x8x8xf32>, %v: tensor<32x32x3x3xf32>,
    %w: tensor<32x32x3x3xf32>, %scale: tensor<32xf32>, %offset: tensor<32xf32>)
    -> tensor<?x32x8x8xf32> {
  %y = bn.conv %x, %v {dilations = array<i64: 1, 1>,
      padding = array<i64: 1, 1, 1, 1>, strides = array<i64: 1, 1>}
    : (tensor<?x32x8x8xf32>, tensor<32x32x3x3xf32>) -> tensor<?x32x8x8xf32>
  %mean, %variance = bn.batch_statistics %y
    : (tensor<?x32x8x8xf32>) -> (tensor<32xf32>, tensor<32xf32>)
  %n = bn.batch_norm_inference %y, scale %scale, offset %offset, mean %mean,
      variance %variance {epsilon = 1.0e-05 : f64}
    : (tensor<?x32x8x8xf32>, tensor<32xf32>, tensor<32xf32>, tensor<32xf32>,
       tensor<32xf32>) -> tensor<?x32x8x8xf32>
  %z = bn.conv %n, %w {dilations = array<i64: 1, 1>,
      padding = array<i64: 1, 1, 1, 1>, strides = array<i64: 1, 1>}
    : (tensor<?x32x8x8xf32>, tensor<32x32x3x3xf32>) -> tensor<?x32x8x8xf32>
  return %z : tensor<?x32x8x8xf32>
}
