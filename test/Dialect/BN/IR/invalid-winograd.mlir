// RUN: %bn-opt %s --split-input-file --verify-diagnostics

func.func @points(%w: tensor<4x2x5x5xf32>) -> tensor<4x81x2xf32> {
  // expected-error @+1 {{expected tiles of at most 8 products, got 5 outputs of 5 taps}}
  %0 = bn.winograd_filter %w {output_tile = array<i64: 5, 5>} : tensor<4x2x5x5xf32> -> tensor<4x81x2xf32>
  return %0 : tensor<4x81x2xf32>
}

// -----

func.func @tile(%w: tensor<4x2x3x3xf32>) -> tensor<4x4x2xf32> {
  // expected-error @+1 {{expected a kernel and an output_tile of two extents}}
  %0 = bn.winograd_filter %w {output_tile = array<i64: 2>} : tensor<4x2x3x3xf32> -> tensor<4x4x2xf32>
  return %0 : tensor<4x4x2xf32>
}

// -----

func.func @transposed(%w: tensor<4x2x3x3xf32>) -> tensor<4x16x2xf32> {
  // expected-error @+1 {{expected a transformed filter of 2 x 16 x 4, got 'tensor<4x16x2xf32>'}}
  %0 = bn.winograd_filter %w {output_tile = array<i64: 2, 2>, transposed} : tensor<4x2x3x3xf32> -> tensor<4x16x2xf32>
  return %0 : tensor<4x16x2xf32>
}

// -----

func.func @filter_gradient(%u: tensor<4x16x2xf32>) -> tensor<4x2x5x5xf32> {
  // expected-error @+1 {{expected a transformed filter of 4 x 36 x 2, got 'tensor<4x16x2xf32>'}}
  %0 = bn.winograd_filter_gradient %u {output_tile = array<i64: 2, 2>} : tensor<4x16x2xf32> -> tensor<4x2x5x5xf32>
  return %0 : tensor<4x2x5x5xf32>
}

// -----

func.func @rest(%x: tensor<?x2x7x8xf32>, %u: tensor<4x16x2xf32>) -> tensor<?x4x7x8xf32> {
  // expected-error @+1 {{expected an output of whole tiles, got 'tensor<?x4x7x8xf32>' of 'tensor<?x2x7x8xf32>'}}
  %0 = bn.winograd_conv %x, %u {kernel = array<i64: 3, 3>, output_tile = array<i64: 2, 2>, padding = array<i64: 1, 1, 1, 1>} : (tensor<?x2x7x8xf32>, tensor<4x16x2xf32>) -> tensor<?x4x7x8xf32>
  return %0 : tensor<?x4x7x8xf32>
}

// -----

func.func @padding(%x: tensor<?x2x8x8xf32>, %u: tensor<4x16x2xf32>) -> tensor<?x4x8x8xf32> {
  // expected-error @+1 {{expected a padding of four numbers from 0 up}}
  %0 = bn.winograd_conv %x, %u {kernel = array<i64: 3, 3>, output_tile = array<i64: 2, 2>, padding = array<i64: 1, 1>} : (tensor<?x2x8x8xf32>, tensor<4x16x2xf32>) -> tensor<?x4x8x8xf32>
  return %0 : tensor<?x4x8x8xf32>
}

// -----

func.func @bias(%x: tensor<?x2x8x8xf32>, %u: tensor<4x16x2xf32>, %b: tensor<2xf32>) -> tensor<?x4x8x8xf32> {
  // expected-error @+1 {{expected a bias of 4 channels, got 'tensor<2xf32>'}}
  %0 = bn.winograd_conv %x, %u bias %b {kernel = array<i64: 3, 3>, output_tile = array<i64: 2, 2>, padding = array<i64: 1, 1, 1, 1>} : (tensor<?x2x8x8xf32>, tensor<4x16x2xf32>, tensor<2xf32>) -> tensor<?x4x8x8xf32>
  return %0 : tensor<?x4x8x8xf32>
}

// -----

func.func @rows(%g: tensor<?x4x8x8xf32>, %u: tensor<2x16x4xf32>) -> tensor<?x2x8x8xf32> {
  // expected-error @+1 {{expected rows without tiles, got tiles of 2}}
  %0 = bn.winograd_conv_input_gradient %g, %u {kernel = array<i64: 3, 3>, output_tile = array<i64: 2, 2>, padding = array<i64: 1, 1, 1, 1>} : (tensor<?x4x8x8xf32>, tensor<2x16x4xf32>) -> tensor<?x2x8x8xf32>
  return %0 : tensor<?x2x8x8xf32>
}

// -----

func.func @batch(%g: tensor<3x4x8x8xf32>, %x: tensor<?x2x8x8xf32>) -> tensor<4x16x2xf32> {
  // expected-error @+1 {{expected as many rows of the batch}}
  %0 = bn.winograd_conv_filter_gradient %g, %x {kernel = array<i64: 3, 3>, output_tile = array<i64: 2, 2>, padding = array<i64: 1, 1, 1, 1>} : (tensor<3x4x8x8xf32>, tensor<?x2x8x8xf32>) -> tensor<4x16x2xf32>
  return %0 : tensor<4x16x2xf32>
}

// -----

func.func @scratch(%x: memref<2x8x8x8xf32>, %u: memref<4x16x2xf32>,
    %y: memref<4x8x8x8xf32>, %s: memref<100xf32>, %rows: index) {
  // expected-error @+1 {{expected a scratch of 5632 f32 values at least}}
  bn.lane_kernel rows(%rows of %rows)
      inputs(%x, %u : memref<2x8x8x8xf32>, memref<4x16x2xf32>)
      outputs(%y : memref<4x8x8x8xf32>) scratch(%s : memref<100xf32>) {
  ^bb0(%a: tensor<?x2x8x8xf32>, %b: tensor<4x16x2xf32>):
    %c = bn.winograd_conv %a, %b {kernel = array<i64: 3, 3>, output_tile = array<i64: 2, 2>, padding = array<i64: 1, 1, 1, 1>} : (tensor<?x2x8x8xf32>, tensor<4x16x2xf32>) -> tensor<?x4x8x8xf32>
    bn.yield %c : tensor<?x4x8x8xf32>
  }
  return
}

// -----

func.func @filter_kernel(%w: memref<4x2x3x3xf32>, %u: memref<4x16x2xf32>, %n: index) {
  // expected-error @+1 {{expected a body of one transform of a filter}}
  bn.filter_kernel positions(%n to %n) input(%w)
      output(%u : memref<4x2x3x3xf32>, memref<4x16x2xf32>) {
  ^bb0(%a: tensor<4x2x3x3xf32>):
    bn.yield %a : tensor<4x2x3x3xf32>
  } {lanes = 8 : i64}
  return
}

// -----

func.func @filter_buffers(%w: memref<4x2x3x3xf32>, %u: memref<4x16x3xf32>, %n: index) {
  // expected-error @+1 {{expected buffers of the shapes of the filters}}
  bn.filter_kernel positions(%n to %n) input(%w)
      output(%u : memref<4x2x3x3xf32>, memref<4x16x3xf32>) {
  ^bb0(%a: tensor<4x2x3x3xf32>):
    %b = bn.winograd_filter %a {output_tile = array<i64: 2, 2>} : tensor<4x2x3x3xf32> -> tensor<4x16x2xf32>
    bn.yield %b : tensor<4x16x2xf32>
  } {lanes = 8 : i64}
  return
}

// -----

func.func @tile_in_kernel(%x: memref<2x8x8x8xf32>, %u: memref<4x16x2xf32>,
    %y: memref<4x8x8x8xf32>, %s: memref<9999xf32>, %rows: index) {
  bn.lane_kernel rows(%rows of %rows)
      inputs(%x, %u : memref<2x8x8x8xf32>, memref<4x16x2xf32>)
      outputs(%y : memref<4x8x8x8xf32>) scratch(%s : memref<9999xf32>) {
  ^bb0(%a: tensor<?x2x8x8xf32>, %b: tensor<4x16x2xf32>):
    // expected-error @+1 {{expected tiles of at most 8 products, got 0 outputs of 3 taps}}
    %c = bn.winograd_conv %a, %b {kernel = array<i64: 3, 3>, output_tile = array<i64: 0, 0>, padding = array<i64: 1, 1, 1, 1>} : (tensor<?x2x8x8xf32>, tensor<4x16x2xf32>) -> tensor<?x4x8x8xf32>
    bn.yield %c : tensor<?x4x8x8xf32>
  }
  return
}

// -----

func.func @lanes(%w: memref<4x2x3x3xf32>, %u: memref<4x16x2xf32>, %n: index) {
  // expected-error @+1 {{expected at least one lane}}
  bn.filter_kernel positions(%n to %n) input(%w)
      output(%u : memref<4x2x3x3xf32>, memref<4x16x2xf32>) {
  ^bb0(%a: tensor<4x2x3x3xf32>):
    %b = bn.winograd_filter %a {output_tile = array<i64: 2, 2>} : tensor<4x2x3x3xf32> -> tensor<4x16x2xf32>
    bn.yield %b : tensor<4x16x2xf32>
  } {lanes = 0 : i64}
  return
}

// -----

func.func @strides(%g: tensor<?x4x4x4xf32>, %x: tensor<?x2x8x8xf32>) -> tensor<4x16x2xf32> {
  // expected-error @+1 {{expected tiles of 1 output with a stride of 2, got 2}}
  %0 = bn.winograd_conv_filter_gradient %g, %x {kernel = array<i64: 3, 3>, output_tile = array<i64: 2, 2>, padding = array<i64: 1, 1, 1, 1>, strides = array<i64: 2, 2>} : (tensor<?x4x4x4xf32>, tensor<?x2x8x8xf32>) -> tensor<4x16x2xf32>
  return %0 : tensor<4x16x2xf32>
}

// -----

func.func @no_strides(%g: tensor<?x4x8x8xf32>, %x: tensor<?x2x8x8xf32>) -> tensor<4x9x2xf32> {
  // expected-error @+1 {{expected two strides from 1 up}}
  %0 = bn.winograd_conv_filter_gradient %g, %x {kernel = array<i64: 3, 3>, output_tile = array<i64: 1, 1>, padding = array<i64: 1, 1, 1, 1>, strides = array<i64: 0, 1>} : (tensor<?x4x8x8xf32>, tensor<?x2x8x8xf32>) -> tensor<4x9x2xf32>
  return %0 : tensor<4x9x2xf32>
}
