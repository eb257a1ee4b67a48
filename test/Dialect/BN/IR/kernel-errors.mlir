// RUN: %bn-opt %s --split-input-file --verify-diagnostics

func.func @f(%x: memref<3x10x10x32xf32>, %w: memref<2x3x3x3x4xf32>, %y: memref<6x4x4x32xf32>) {
  // expected-error@+1 {{'bn.product_kernel' op expected one value for each of two spatial dimensions in every attribute}}
  bn.product_kernel input(%x : memref<3x10x10x32xf32>) weights(%w : memref<2x3x3x3x4xf32>)
      output(%y : memref<6x4x4x32xf32>) {
  ^bb0(%v: f32):
    bn.yield %v : f32
  } {lanes = #bn<lanes batch>, channel_starts = array<i64: 0, 2>,
     tile = #bn.tile<rows = 1, columns = 1, batch = 1, channels = 4, length = 8>,
     extents = array<i64: 8, 8>, strides = array<i64: 1>,
     dilations = array<i64: 1, 1>, input_offset = array<i64: 0, 0>,
     output_offset = array<i64: 0, 0>, pool = #bn<pool max>,
     window = array<i64: 2, 2>}
  return
}

// -----

func.func @f(%x: memref<3x10x10x32xf32>, %w: memref<2x3x3x3x4xf32>, %y: memref<6x4x4x32xf32>) {
  // expected-error@+1 {{'bn.product_kernel' op expected buffers of static shape and rank 3 in the channels storage, got 'memref<3x10x10x32xf32>'}}
  bn.product_kernel input(%x : memref<3x10x10x32xf32>) weights(%w : memref<2x3x3x3x4xf32>)
      output(%y : memref<6x4x4x32xf32>) {
  ^bb0(%v: f32):
    bn.yield %v : f32
  } {lanes = #bn<lanes channels>, channel_starts = array<i64: 0, 2>,
     tile = #bn.tile<rows = 1, columns = 1, batch = 1, channels = 4, length = 8>,
     extents = array<i64: 8, 8>, strides = array<i64: 1, 1>,
     dilations = array<i64: 1, 1>, input_offset = array<i64: 0, 0>,
     output_offset = array<i64: 0, 0>, pool = #bn<pool max>,
     window = array<i64: 2, 2>}
  return
}

// -----

func.func @f(%x: memref<3x10x10x32xf32>, %w: memref<2x3x3x3x4xf32>, %y: memref<6x4x4xf32>) {
  // expected-error@+1 {{'bn.product_kernel' op expected buffers of static shape and rank 4 in the batch storage, got 'memref<6x4x4xf32>'}}
  bn.product_kernel input(%x : memref<3x10x10x32xf32>) weights(%w : memref<2x3x3x3x4xf32>)
      output(%y : memref<6x4x4xf32>) {
  ^bb0(%v: f32):
    bn.yield %v : f32
  } {lanes = #bn<lanes batch>, channel_starts = array<i64: 0, 2>,
     tile = #bn.tile<rows = 1, columns = 1, batch = 1, channels = 4, length = 8>,
     extents = array<i64: 8, 8>, strides = array<i64: 1, 1>,
     dilations = array<i64: 1, 1>, input_offset = array<i64: 0, 0>,
     output_offset = array<i64: 0, 0>, pool = #bn<pool max>,
     window = array<i64: 2, 2>}
  return
}

// -----

func.func @f(%x: memref<?x10x10x32xf32>, %w: memref<2x3x3x3x4xf32>, %y: memref<6x4x4x32xf32>) {
  // expected-error@+1 {{'bn.product_kernel' op expected buffers of static shape and rank 4 in the batch storage, got 'memref<?x10x10x32xf32>'}}
  bn.product_kernel input(%x : memref<?x10x10x32xf32>) weights(%w : memref<2x3x3x3x4xf32>)
      output(%y : memref<6x4x4x32xf32>) {
  ^bb0(%v: f32):
    bn.yield %v : f32
  } {lanes = #bn<lanes batch>, channel_starts = array<i64: 0, 2>,
     tile = #bn.tile<rows = 1, columns = 1, batch = 1, channels = 4, length = 8>,
     extents = array<i64: 8, 8>, strides = array<i64: 1, 1>,
     dilations = array<i64: 1, 1>, input_offset = array<i64: 0, 0>,
     output_offset = array<i64: 0, 0>, pool = #bn<pool max>,
     window = array<i64: 2, 2>}
  return
}

// -----

func.func @f(%x: memref<3x10x10x32xf32>, %w: memref<3x3x3x4xf32>, %y: memref<6x4x4x32xf32>) {
  // expected-error@+1 {{'bn.product_kernel' op expected packed weights of rank 5 and static shape}}
  bn.product_kernel input(%x : memref<3x10x10x32xf32>) weights(%w : memref<3x3x3x4xf32>)
      output(%y : memref<6x4x4x32xf32>) {
  ^bb0(%v: f32):
    bn.yield %v : f32
  } {lanes = #bn<lanes batch>, channel_starts = array<i64: 0, 2>,
     tile = #bn.tile<rows = 1, columns = 1, batch = 1, channels = 4, length = 8>,
     extents = array<i64: 8, 8>, strides = array<i64: 1, 1>,
     dilations = array<i64: 1, 1>, input_offset = array<i64: 0, 0>,
     output_offset = array<i64: 0, 0>, pool = #bn<pool max>,
     window = array<i64: 2, 2>}
  return
}

// -----

func.func @f(%x: memref<3x10x10x32xf32>, %w: memref<?x3x3x3x4xf32>, %y: memref<6x4x4x32xf32>) {
  // expected-error@+1 {{'bn.product_kernel' op expected packed weights of rank 5 and static shape}}
  bn.product_kernel input(%x : memref<3x10x10x32xf32>) weights(%w : memref<?x3x3x3x4xf32>)
      output(%y : memref<6x4x4x32xf32>) {
  ^bb0(%v: f32):
    bn.yield %v : f32
  } {lanes = #bn<lanes batch>, channel_starts = array<i64: 0, 2>,
     tile = #bn.tile<rows = 1, columns = 1, batch = 1, channels = 4, length = 8>,
     extents = array<i64: 8, 8>, strides = array<i64: 1, 1>,
     dilations = array<i64: 1, 1>, input_offset = array<i64: 0, 0>,
     output_offset = array<i64: 0, 0>, pool = #bn<pool max>,
     window = array<i64: 2, 2>}
  return
}

// -----

func.func @f(%x: memref<3x10x10x32xf32>, %w: memref<2x3x3x3x4xf32>, %y: memref<6x4x4x32xf32>) {
  // expected-error@+1 {{'bn.product_kernel' op expected one channel start per tile of the weights}}
  bn.product_kernel input(%x : memref<3x10x10x32xf32>) weights(%w : memref<2x3x3x3x4xf32>)
      output(%y : memref<6x4x4x32xf32>) {
  ^bb0(%v: f32):
    bn.yield %v : f32
  } {lanes = #bn<lanes batch>, channel_starts = array<i64: 0>,
     tile = #bn.tile<rows = 1, columns = 1, batch = 1, channels = 4, length = 8>,
     extents = array<i64: 8, 8>, strides = array<i64: 1, 1>,
     dilations = array<i64: 1, 1>, input_offset = array<i64: 0, 0>,
     output_offset = array<i64: 0, 0>, pool = #bn<pool max>,
     window = array<i64: 2, 2>}
  return
}

// -----

func.func @f(%x: memref<3x10x10x32xf32>, %w: memref<2x3x3x3x4xf32>, %y: memref<6x4x4x32xf32>) {
  // expected-error@+1 {{'bn.product_kernel' op expected weights packed for 3 channels per tile, got 4}}
  bn.product_kernel input(%x : memref<3x10x10x32xf32>) weights(%w : memref<2x3x3x3x4xf32>)
      output(%y : memref<6x4x4x32xf32>) {
  ^bb0(%v: f32):
    bn.yield %v : f32
  } {lanes = #bn<lanes batch>, channel_starts = array<i64: 0, 2>,
     tile = #bn.tile<rows = 1, columns = 1, batch = 1, channels = 3, length = 8>,
     extents = array<i64: 8, 8>, strides = array<i64: 1, 1>,
     dilations = array<i64: 1, 1>, input_offset = array<i64: 0, 0>,
     output_offset = array<i64: 0, 0>, pool = #bn<pool max>,
     window = array<i64: 2, 2>}
  return
}

// -----

func.func @f(%x: memref<10x10x3xf32>, %w: memref<2x3x3x3x4xf32>, %y: memref<4x4x8xf32>) {
  // expected-error@+1 {{'bn.product_kernel' op expected weights packed for 8 channels per tile, got 4}}
  bn.product_kernel input(%x : memref<10x10x3xf32>) weights(%w : memref<2x3x3x3x4xf32>)
      output(%y : memref<4x4x8xf32>) {
  ^bb0(%v: f32):
    bn.yield %v : f32
  } {lanes = #bn<lanes channels>, channel_starts = array<i64: 0, 2>,
     tile = #bn.tile<rows = 1, columns = 1, batch = 1, channels = 2, length = 4>,
     extents = array<i64: 8, 8>, strides = array<i64: 1, 1>,
     dilations = array<i64: 1, 1>, input_offset = array<i64: 0, 0>,
     output_offset = array<i64: 0, 0>, pool = #bn<pool max>,
     window = array<i64: 2, 2>}
  return
}

// -----

func.func @f(%x: memref<3x10x10x32xf32>, %w: memref<2x3x3x3x4xf32>, %y: memref<6x4x4x32xf32>) {
  // expected-error@+1 {{'bn.product_kernel' op expected at least one whole window in the extents}}
  bn.product_kernel input(%x : memref<3x10x10x32xf32>) weights(%w : memref<2x3x3x3x4xf32>)
      output(%y : memref<6x4x4x32xf32>) {
  ^bb0(%v: f32):
    bn.yield %v : f32
  } {lanes = #bn<lanes batch>, channel_starts = array<i64: 0, 2>,
     tile = #bn.tile<rows = 1, columns = 1, batch = 1, channels = 4, length = 8>,
     extents = array<i64: 8, 1>, strides = array<i64: 1, 1>,
     dilations = array<i64: 1, 1>, input_offset = array<i64: 0, 0>,
     output_offset = array<i64: 0, 0>, pool = #bn<pool max>,
     window = array<i64: 2, 2>}
  return
}

// -----

func.func @f(%x: memref<3x10x10x32xf32>, %w: memref<2x3x3x3x4xf32>, %y: memref<6x4x4x32xf32>) {
  // expected-error@+1 {{'bn.product_kernel' op expected at least one whole window in the extents}}
  bn.product_kernel input(%x : memref<3x10x10x32xf32>) weights(%w : memref<2x3x3x3x4xf32>)
      output(%y : memref<6x4x4x32xf32>) {
  ^bb0(%v: f32):
    bn.yield %v : f32
  } {lanes = #bn<lanes batch>, channel_starts = array<i64: 0, 2>,
     tile = #bn.tile<rows = 1, columns = 1, batch = 1, channels = 4, length = 8>,
     extents = array<i64: 8, 8>, strides = array<i64: 1, 1>,
     dilations = array<i64: 1, 1>, input_offset = array<i64: 0, 0>,
     output_offset = array<i64: 0, 0>, pool = #bn<pool max>,
     window = array<i64: 0, 2>}
  return
}

// -----

func.func @f(%x: memref<3x10x10x32xf32>, %w: memref<2x3x3x3x4xf32>, %y: memref<6x4x4x32xf32>) {
  // expected-error@+1 {{'bn.product_kernel' op expected a body of 1 arguments, got 2}}
  bn.product_kernel input(%x : memref<3x10x10x32xf32>) weights(%w : memref<2x3x3x3x4xf32>)
      output(%y : memref<6x4x4x32xf32>) {
  ^bb0(%v: f32, %u: f32):
    bn.yield %v : f32
  } {lanes = #bn<lanes batch>, channel_starts = array<i64: 0, 2>,
     tile = #bn.tile<rows = 1, columns = 1, batch = 1, channels = 4, length = 8>,
     extents = array<i64: 8, 8>, strides = array<i64: 1, 1>,
     dilations = array<i64: 1, 1>, input_offset = array<i64: 0, 0>,
     output_offset = array<i64: 0, 0>, pool = #bn<pool max>,
     window = array<i64: 2, 2>}
  return
}

// -----

func.func @f(%x: memref<3x10x10x32xf32>, %w: memref<2x3x3x3x4xf32>, %y: memref<6x4x4x32xf32>) {
  // expected-error@+1 {{'bn.product_kernel' op expected the body to yield one 'f32'}}
  bn.product_kernel input(%x : memref<3x10x10x32xf32>) weights(%w : memref<2x3x3x3x4xf32>)
      output(%y : memref<6x4x4x32xf32>) {
  ^bb0(%v: f32):
    bn.yield
  } {lanes = #bn<lanes batch>, channel_starts = array<i64: 0, 2>,
     tile = #bn.tile<rows = 1, columns = 1, batch = 1, channels = 4, length = 8>,
     extents = array<i64: 8, 8>, strides = array<i64: 1, 1>,
     dilations = array<i64: 1, 1>, input_offset = array<i64: 0, 0>,
     output_offset = array<i64: 0, 0>, pool = #bn<pool max>,
     window = array<i64: 2, 2>}
  return
}

// -----

func.func @f(%x: memref<3x10x10x32xf32>, %w: memref<2x3x3x3x4xf32>, %y: memref<6x4x4x32xf32>) {
  // expected-error@+1 {{'bn.product_kernel' op expected the body to yield one 'f32'}}
  bn.product_kernel input(%x : memref<3x10x10x32xf32>) weights(%w : memref<2x3x3x3x4xf32>)
      output(%y : memref<6x4x4x32xf32>) {
  ^bb0(%v: f32):
    %c = arith.constant 0.0 : f64
    bn.yield %c : f64
  } {lanes = #bn<lanes batch>, channel_starts = array<i64: 0, 2>,
     tile = #bn.tile<rows = 1, columns = 1, batch = 1, channels = 4, length = 8>,
     extents = array<i64: 8, 8>, strides = array<i64: 1, 1>,
     dilations = array<i64: 1, 1>, input_offset = array<i64: 0, 0>,
     output_offset = array<i64: 0, 0>, pool = #bn<pool max>,
     window = array<i64: 2, 2>}
  return
}

// -----

func.func @f(%x: memref<3x10x10x32xf32>, %w: memref<2x3x3x3x4xf32>, %y: memref<6x4x4x32xf32>) {
  // expected-error@+1 {{'bn.product_kernel' op expected body arguments of type 'f32'}}
  bn.product_kernel input(%x : memref<3x10x10x32xf32>) weights(%w : memref<2x3x3x3x4xf32>)
      output(%y : memref<6x4x4x32xf32>) {
  ^bb0(%v: f64):
    %c = arith.constant 0.0 : f32
    bn.yield %c : f32
  } {lanes = #bn<lanes batch>, channel_starts = array<i64: 0, 2>,
     tile = #bn.tile<rows = 1, columns = 1, batch = 1, channels = 4, length = 8>,
     extents = array<i64: 8, 8>, strides = array<i64: 1, 1>,
     dilations = array<i64: 1, 1>, input_offset = array<i64: 0, 0>,
     output_offset = array<i64: 0, 0>, pool = #bn<pool max>,
     window = array<i64: 2, 2>}
  return
}

// -----

func.func @f(%x: memref<6x6x8xf32>, %c: memref<8xf32>, %y: memref<3x3x8xf32>) {
  // expected-error@+1 {{'bn.window_kernel' op expected one value for each of two spatial dimensions in every attribute}}
  bn.window_kernel input(%x : memref<6x6x8xf32>) channels(%c : memref<8xf32>)
      output(%y : memref<3x3x8xf32>) {
  ^bb0(%v: f32, %s: f32):
    bn.yield %v : f32
  } {lanes = #bn<lanes channels>, length = 8 : i64, extents = array<i64: 3, 3, 1>,
     strides = array<i64: 2, 2>, input_offset = array<i64: 0, 0>,
     output_offset = array<i64: 0, 0>, pool = #bn<pool average>,
     window = array<i64: 2, 2>}
  return
}

// -----

func.func @f(%x: memref<6x6x8xf32>, %c: memref<8xf32>, %y: memref<3x3x8xf32>) {
  // expected-error@+1 {{'bn.window_kernel' op expected buffers of static shape and rank 4 in the batch storage, got 'memref<6x6x8xf32>'}}
  bn.window_kernel input(%x : memref<6x6x8xf32>) channels(%c : memref<8xf32>)
      output(%y : memref<3x3x8xf32>) {
  ^bb0(%v: f32, %s: f32):
    bn.yield %v : f32
  } {lanes = #bn<lanes batch>, length = 8 : i64, extents = array<i64: 3, 3>,
     strides = array<i64: 2, 2>, input_offset = array<i64: 0, 0>,
     output_offset = array<i64: 0, 0>, pool = #bn<pool average>,
     window = array<i64: 2, 2>}
  return
}

// -----

func.func @f(%x: memref<6x6x8xf32>, %c: memref<8xf32>, %y: memref<3x?x8xf32>) {
  // expected-error@+1 {{'bn.window_kernel' op expected buffers of static shape and rank 3 in the channels storage, got 'memref<3x?x8xf32>'}}
  bn.window_kernel input(%x : memref<6x6x8xf32>) channels(%c : memref<8xf32>)
      output(%y : memref<3x?x8xf32>) {
  ^bb0(%v: f32, %s: f32):
    bn.yield %v : f32
  } {lanes = #bn<lanes channels>, length = 8 : i64, extents = array<i64: 3, 3>,
     strides = array<i64: 2, 2>, input_offset = array<i64: 0, 0>,
     output_offset = array<i64: 0, 0>, pool = #bn<pool average>,
     window = array<i64: 2, 2>}
  return
}

// -----

func.func @f(%x: memref<6x6x8xf32>, %c: memref<8xf32>, %y: memref<3x3x8xf32>) {
  // expected-error@+1 {{'bn.window_kernel' op expected a body of 2 arguments, got 1}}
  bn.window_kernel input(%x : memref<6x6x8xf32>) channels(%c : memref<8xf32>)
      output(%y : memref<3x3x8xf32>) {
  ^bb0(%v: f32):
    bn.yield %v : f32
  } {lanes = #bn<lanes channels>, length = 8 : i64, extents = array<i64: 3, 3>,
     strides = array<i64: 2, 2>, input_offset = array<i64: 0, 0>,
     output_offset = array<i64: 0, 0>, pool = #bn<pool average>,
     window = array<i64: 2, 2>}
  return
}

// -----

func.func @f(%x: memref<6x6x8xf32>, %c: memref<8xf32>, %y: memref<3x3x8xf32>) {
  // expected-error@+1 {{'bn.window_kernel' op expected the body to yield one 'f32'}}
  bn.window_kernel input(%x : memref<6x6x8xf32>) channels(%c : memref<8xf32>)
      output(%y : memref<3x3x8xf32>) {
  ^bb0(%v: f32, %s: f32):
    bn.yield %v, %s : f32, f32
  } {lanes = #bn<lanes channels>, length = 8 : i64, extents = array<i64: 3, 3>,
     strides = array<i64: 2, 2>, input_offset = array<i64: 0, 0>,
     output_offset = array<i64: 0, 0>, pool = #bn<pool average>,
     window = array<i64: 2, 2>}
  return
}

// -----

func.func @f(%x: memref<4x4x8xf32>, %w: memref<1x1x1x8x8xf32>, %t: memref<2x4x8xf32>, %y: memref<4x4x8xf32>) {
  // expected-error@+1 {{'bn.product_kernel' op expected tensor operands of one position or of 4 x 4, got 'memref<2x4x8xf32>'}}
  bn.product_kernel input(%x : memref<4x4x8xf32>) weights(%w : memref<1x1x1x8x8xf32>)
      tensors(%t : memref<2x4x8xf32>) output(%y : memref<4x4x8xf32>) {
  ^bb0(%v: f32, %a: f32):
    bn.yield %v : f32
  } {lanes = #bn<lanes channels>, channel_starts = array<i64: 0>,
     tile = #bn.tile<rows = 1, columns = 4, batch = 1, channels = 1, length = 8>,
     extents = array<i64: 4, 4>, strides = array<i64: 1, 1>,
     dilations = array<i64: 1, 1>, input_offset = array<i64: 0, 0>,
     output_offset = array<i64: 0, 0>, pool = #bn<pool none>,
     window = array<i64: 1, 1>}
  return
}

// -----

func.func @f(%x: memref<4x4x8xf32>, %w: memref<1x1x1x8x8xf32>, %y: memref<4x4x8xf32>) {
  // expected-error@+1 {{'bn.product_kernel' op expected as many tiles of the weights in each group}}
  bn.product_kernel input(%x : memref<4x4x8xf32>) weights(%w : memref<1x1x1x8x8xf32>)
      output(%y : memref<4x4x8xf32>) {
  ^bb0(%v: f32):
    bn.yield %v : f32
  } {lanes = #bn<lanes channels>, channel_starts = array<i64: 0>, groups = 2 : i64,
     tile = #bn.tile<rows = 1, columns = 4, batch = 1, channels = 1, length = 8>,
     extents = array<i64: 4, 4>, strides = array<i64: 1, 1>,
     dilations = array<i64: 1, 1>, input_offset = array<i64: 0, 0>,
     output_offset = array<i64: 0, 0>, pool = #bn<pool none>,
     window = array<i64: 1, 1>}
  return
}

// -----

func.func @f(%x: memref<4x4x8xf32>, %w: memref<1x1x1x8x8xf32>, %y: memref<4x4x8xf32>) {
  // expected-error@+1 {{'bn.product_kernel' op expected a depthwise kernel to read one channel and to have no groups}}
  bn.product_kernel input(%x : memref<4x4x8xf32>) weights(%w : memref<1x1x1x8x8xf32>)
      output(%y : memref<4x4x8xf32>) {
  ^bb0(%v: f32):
    bn.yield %v : f32
  } {lanes = #bn<lanes channels>, channel_starts = array<i64: 0>, depthwise,
     tile = #bn.tile<rows = 1, columns = 4, batch = 1, channels = 1, length = 8>,
     extents = array<i64: 4, 4>, strides = array<i64: 1, 1>,
     dilations = array<i64: 1, 1>, input_offset = array<i64: 0, 0>,
     output_offset = array<i64: 0, 0>, pool = #bn<pool none>,
     window = array<i64: 1, 1>}
  return
}

// -----

func.func @f(%x: memref<4x4x8xf32>, %t: memref<4x4x8xf32>, %y: memref<2x2x8xf32>) {
  // expected-error@+1 {{'bn.window_kernel' op expected no tensor operands with a pooling}}
  bn.window_kernel input(%x : memref<4x4x8xf32>) tensors(%t : memref<4x4x8xf32>)
      output(%y : memref<2x2x8xf32>) {
  ^bb0(%v: f32, %a: f32):
    bn.yield %v : f32
  } {lanes = #bn<lanes channels>, length = 8 : i64, extents = array<i64: 2, 2>,
     strides = array<i64: 2, 2>, input_offset = array<i64: 0, 0>,
     output_offset = array<i64: 0, 0>, pool = #bn<pool max>,
     window = array<i64: 2, 2>}
  return
}

// -----

func.func @f(%x: memref<4x4x8xf32>, %y: memref<2x2x8xf32>) {
  // expected-error@+1 {{'bn.window_kernel' op expected four positions to clip windows at}}
  bn.window_kernel input(%x : memref<4x4x8xf32>) output(%y : memref<2x2x8xf32>) {
  ^bb0(%v: f32):
    bn.yield %v : f32
  } {lanes = #bn<lanes channels>, length = 8 : i64, extents = array<i64: 2, 2>,
     strides = array<i64: 2, 2>, input_offset = array<i64: 0, 0>,
     output_offset = array<i64: 0, 0>, pool = #bn<pool max>,
     window = array<i64: 2, 2>, clip = array<i64: 0, 0>}
  return
}

// -----

func.func @f(%x: memref<10x10x32xf32>, %v: memref<4x4x512xf32>, %row: index) {
  // expected-error@+1 {{'bn.winograd_input_kernel' op expected vectors of at most 8 channels, got 16}}
  bn.winograd_input_kernel input(%x : memref<10x10x32xf32>) first_row(%row)
      output(%v : memref<4x4x512xf32>)
      {length = 16 : i64, channels = 8 : i64, kernel = array<i64: 3, 3>,
       output_tile = array<i64: 2, 2>, extents = array<i64: 8, 8>,
       input_offset = array<i64: 0, 0>}
  return
}

// -----

func.func @f(%x: memref<10x10x32xf32>, %v: memref<4x4x512xf32>, %row: index) {
  // expected-error@+1 {{'bn.winograd_input_kernel' op expected tiles in 3 columns, with 16 points of 32 channels each, got 'memref<4x4x512xf32>'}}
  bn.winograd_input_kernel input(%x : memref<10x10x32xf32>) first_row(%row)
      output(%v : memref<4x4x512xf32>)
      {length = 16 : i64, channels = 32 : i64, kernel = array<i64: 3, 3>,
       output_tile = array<i64: 2, 2>, extents = array<i64: 8, 6>,
       input_offset = array<i64: 0, 0>}
  return
}

// -----

func.func @f(%x: memref<10x10x32xf32>, %v: memref<1x1x4096xf32>, %row: index) {
  // expected-error@+1 {{'bn.winograd_input_kernel' op expected tiles of at most 8 points in each dimension}}
  bn.winograd_input_kernel input(%x : memref<10x10x32xf32>) first_row(%row)
      output(%v : memref<1x1x4096xf32>)
      {length = 16 : i64, channels = 32 : i64, kernel = array<i64: 3, 3>,
       output_tile = array<i64: 8, 8>, extents = array<i64: 8, 8>,
       input_offset = array<i64: 0, 0>}
  return
}

// -----

func.func @f(%m: memref<1x1x512xf32>, %y: memref<8x8x32xf32>, %row: index) {
  // expected-error@+1 {{'bn.winograd_output_kernel' op expected extents of at least one whole tile}}
  bn.winograd_output_kernel input(%m : memref<1x1x512xf32>) first_row(%row)
      output(%y : memref<8x8x32xf32>) {
  ^bb0(%v: f32):
    bn.yield %v : f32
  } {length = 16 : i64, channels = 32 : i64, kernel = array<i64: 3, 3>,
     output_tile = array<i64: 2, 2>, extents = array<i64: 1, 2>,
     output_offset = array<i64: 0, 0>}
  return
}

// -----

func.func @f(%m: memref<4x4x512xf32>, %y: memref<8x8x24xf32>, %row: index) {
  // expected-error@+1 {{'bn.winograd_output_kernel' op expected outputs of at most 32 channels in whole vectors of 16, got 'memref<8x8x24xf32>'}}
  bn.winograd_output_kernel input(%m : memref<4x4x512xf32>) first_row(%row)
      output(%y : memref<8x8x24xf32>) {
  ^bb0(%v: f32):
    bn.yield %v : f32
  } {length = 16 : i64, channels = 32 : i64, kernel = array<i64: 3, 3>,
     output_tile = array<i64: 2, 2>, extents = array<i64: 8, 8>,
     output_offset = array<i64: 0, 0>}
  return
}

// -----

func.func @dot_inputs(%x: memref<1x1x64xf32>, %w: memref<7x5x8xf32>, %y: memref<1x1x8xf32>) {
  // expected-error@below {{expected weights for 64 inputs in vectors of 8, got 'memref<7x5x8xf32>'}}
  bn.dot_kernel input(%x : memref<1x1x64xf32>) weights(%w : memref<7x5x8xf32>)
      output(%y : memref<1x1x8xf32>) {
  ^bb0(%value: f32):
    bn.yield %value : f32
  } {length = 8 : i64}
  return
}

// -----

func.func @dot_outputs(%x: memref<1x1x64xf32>, %w: memref<8x9x8xf32>, %y: memref<1x1x8xf32>) {
  // expected-error@below {{expected weights for at most as many channels as the output stores, one vector of up to 8, got 'memref<8x9x8xf32>' and 'memref<1x1x8xf32>'}}
  bn.dot_kernel input(%x : memref<1x1x64xf32>) weights(%w : memref<8x9x8xf32>)
      output(%y : memref<1x1x8xf32>) {
  ^bb0(%value: f32):
    bn.yield %value : f32
  } {length = 8 : i64}
  return
}

// -----

func.func @column_parts(%x: memref<1x12x1x32xf32>, %w: memref<1x5x5x6xf32>, %y: memref<4x4x8xf32>) {
  // expected-error@below {{expected an input in 2 parts of at least 10 columns, got 'memref<1x12x1x32xf32>'}}
  bn.column_kernel input(%x : memref<1x12x1x32xf32>) weights(%w : memref<1x5x5x6xf32>)
      output(%y : memref<4x4x8xf32>) {
  ^bb0(%value: f32):
    bn.yield %value : f32
  } {length = 8 : i64, rows = 1 : i64, extents = array<i64: 8, 8>,
     strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>,
     input_offset = array<i64: 0, 0>, output_offset = array<i64: 0, 0>,
     pool = #bn<pool average>, window = array<i64: 2, 2>}
  return
}
