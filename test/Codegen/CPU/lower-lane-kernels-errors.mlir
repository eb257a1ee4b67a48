// RUN: %bn-opt %s --bn-lower-lane-kernels --split-input-file --verify-diagnostics

func.func @two_products(%x: memref<4x8xf32>, %w: memref<4x4xf32>,
    %y: memref<4x8xf32>, %rows: index, %batch: index) {
  // expected-error @below {{there is no kernel of 'bn.linear' with the other ops of the body}}
  bn.lane_kernel rows(%rows of %batch)
      inputs(%x, %w : memref<4x8xf32>, memref<4x4xf32>)
      outputs(%y : memref<4x8xf32>) {
  ^bb0(%a: tensor<?x4xf32>, %b: tensor<4x4xf32>):
    %c = bn.linear %a, %b : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
    %d = bn.linear %c, %b : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
    bn.yield %d : tensor<?x4xf32>
  }
  return
}

// -----

func.func @behind_pointwise(%x: memref<4x8xf32>, %w: memref<4x4xf32>,
    %y: memref<4x8xf32>, %rows: index, %batch: index) {
  // expected-error @below {{expected arguments as operands of 'bn.linear'}}
  bn.lane_kernel rows(%rows of %batch)
      inputs(%x, %w : memref<4x8xf32>, memref<4x4xf32>)
      outputs(%y : memref<4x8xf32>) {
  ^bb0(%a: tensor<?x4xf32>, %b: tensor<4x4xf32>):
    %r = bn.relu %a : tensor<?x4xf32>
    %c = bn.linear %r, %b : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
    bn.yield %c : tensor<?x4xf32>
  }
  return
}

// -----

func.func @other_shape(%x: memref<4x8xf32>, %w: memref<4x4xf32>,
    %y: memref<4x8xf32>, %z: memref<1x8xf32>, %rows: index, %batch: index) {
  // expected-error @below {{expected all outputs to have the shape of 'bn.linear'}}
  bn.lane_kernel rows(%rows of %batch)
      inputs(%x, %w : memref<4x8xf32>, memref<4x4xf32>)
      outputs(%y, %z : memref<4x8xf32>, memref<1x8xf32>) {
  ^bb0(%a: tensor<?x4xf32>, %b: tensor<4x4xf32>):
    %c = bn.linear %a, %b : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
    %d = bn.reduce_mean %c {axes = array<i64: 1>, keep_dims}
      : (tensor<?x4xf32>) -> tensor<?x1xf32>
    bn.yield %c, %d : tensor<?x4xf32>, tensor<?x1xf32>
  }
  return
}

// -----

func.func @no_rows(%w: memref<4xf32>, %y: memref<4x8xf32>, %rows: index,
                   %batch: index) {
  // expected-error @below {{expected an input of rows}}
  bn.lane_kernel rows(%rows of %batch) inputs(%w : memref<4xf32>)
      outputs(%y : memref<4x8xf32>) {
  ^bb0(%b: tensor<4xf32>):
    %r = bn.relu %b : tensor<4xf32>
    bn.yield %r : tensor<4xf32>
  }
  return
}

// -----

func.func @no_sum(%x: memref<?x4x8xf32>, %y: memref<4xf32>, %begin: index,
                  %end: index, %batch: index) {
  // expected-error @below {{expected one gradient of a weight in the body}}
  bn.batch_sum_kernel positions(%begin to %end) batch(%batch)
      inputs(%x : memref<?x4x8xf32>) outputs(%y : memref<4xf32>) {
  ^bb0(%a: tensor<?x4xf32>):
    %c = bn.reduce_sum %a {axes = array<i64: 0>}
      : (tensor<?x4xf32>) -> tensor<4xf32>
    bn.yield %c : tensor<4xf32>
  }
  return
}

// -----

func.func @no_place(%x: memref<4x8xf32>, %seed: memref<2xi64>,
    %y: memref<4x8xf32>, %rows: index, %batch: index) {
  // expected-error @below {{expected the place of the first row, for dropout}}
  bn.lane_kernel rows(%rows of %batch)
      inputs(%x, %seed : memref<4x8xf32>, memref<2xi64>)
      outputs(%y : memref<4x8xf32>) {
  ^bb0(%a: tensor<?x4xf32>, %s: tensor<2xi64>):
    %r = bn.dropout %a seed %s {ratio = 0.5 : f64, stream = 1 : i64}
      : (tensor<?x4xf32>, tensor<2xi64>) -> tensor<?x4xf32>
    bn.yield %r : tensor<?x4xf32>
  }
  return
}
