// RUN: %bn-opt %s --split-input-file --bn-differentiate --verify-diagnostics

// expected-error @+1 {{expected a function 'gradients' of one block, as --bn-make-trainable makes it}}
module {
  func.func @model(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
    return %x : tensor<?x2xf32>
  }
}

// -----

module {
  // expected-error @+1 {{expected logits of rank 2, batch x classes, got 'tensor<?xf32>'}}
  func.func @gradients(%x: tensor<?xf32>) -> tensor<?xf32> {
    return %x : tensor<?xf32>
  }
}

// -----

module {
  // expected-error @+1 {{expected one output besides running statistics}}
  func.func @gradients(%x: tensor<?x2xf32>) -> (tensor<?x2xf32>, tensor<?x2xf32>) {
    return %x, %x : tensor<?x2xf32>, tensor<?x2xf32>
  }
}

// -----

module {
  // expected-error @+1 {{expected logits as the first result}}
  func.func @gradients(%x: tensor<?x2xf32>) {
    return
  }
}

// -----

// Gradients that an op cannot build, with the reason.
module {
  func.func @gradients(%x: tensor<?x2xf32>, %p: tensor<2xf32> {bn.name = "p", bn.parameter = "weight"}, %s: tensor<2xf32> {bn.name = "s", bn.parameter = "running_mean"}) -> tensor<?x2xf32> {
    // expected-error @+1 {{(bn.pow) has no gradient: its exponent is learned}}
    %0 = bn.pow %x, %p : (tensor<?x2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
    return %0 : tensor<?x2xf32>
  }
}

// -----

module {
  func.func @gradients(%x: tensor<?x2xf32>, %p: tensor<2xf32> {bn.name = "p", bn.parameter = "weight"}, %s: tensor<2xf32> {bn.name = "s", bn.parameter = "running_mean"}) -> tensor<?x2xf32> {
    // expected-error @+1 {{(bn.batch_norm_inference) has no gradient: its statistics are computed}}
    %1 = bn.batch_norm_inference %x, scale %s, offset %s, mean %s, variance %p {epsilon = 1.0e-03 : f64} : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
    return %1 : tensor<?x2xf32>
  }
}

// -----

module {
  func.func @gradients(%x: tensor<?x2xf32>, %p: tensor<2xf32> {bn.name = "p", bn.parameter = "scale"}) -> tensor<?x2xf32> {
    // expected-error @+1 {{has no gradient: the loss depends on its statistics}}
    %0:5 = bn.batch_norm_training %x, scale %p, offset %p, running_mean %p, running_variance %p {epsilon = 1.0e-03 : f64, momentum = 0.9 : f64} : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>)
    %1 = bn.sub %0#0, %0#1 : (tensor<?x2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
    return %1 : tensor<?x2xf32>
  }
}

// -----

module {
  func.func @gradients(%x: tensor<2x?x3xf32>, %w: tensor<3x4xf32> {bn.name = "w", bn.parameter = "weight"}) -> tensor<?x4xf32> {
    // expected-error @+1 {{has no gradient: another axis than the first is dynamic}}
    %0 = bn.linear %x, %w : (tensor<2x?x3xf32>, tensor<3x4xf32>) -> tensor<2x?x4xf32>
    %1 = bn.reduce_mean %0 {axes = array<i64: 0>} : (tensor<2x?x4xf32>) -> tensor<?x4xf32>
    return %1 : tensor<?x4xf32>
  }
}
