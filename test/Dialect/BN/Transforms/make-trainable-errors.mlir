// RUN: %bn-opt %s --split-input-file --bn-make-trainable --verify-diagnostics
// RUN: not %bn-opt %s --bn-make-trainable=optimizer=lion 2>&1 | FileCheck %s

// CHECK: error: expected optimizer sgd, adam or adamw, got 'lion'

// expected-error @+1 {{expected a module with one model, of one block, got 0 functions}}
module {
}

// -----

module {
  // expected-error @+1 {{expected a model with parameters to train: weights that are initializers}}
  func.func @model(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
    %c = arith.constant dense<2.0> : tensor<f32>
    %y = bn.mul %x, %c : (tensor<?x2xf32>, tensor<f32>) -> tensor<?x2xf32>
    return %y : tensor<?x2xf32>
  }
}

// -----

module {
  // expected-error @+1 {{expected a model with one output besides running statistics, got 2}}
  func.func @model(%x: tensor<?x2xf32>) -> (tensor<?x2xf32>, tensor<?x2xf32>) {
    %w = arith.constant dense_resource<w> : tensor<2x2xf32> loc("w")
    %0 = bn.linear %x, %w : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32>
    %1 = bn.relu %0 : tensor<?x2xf32>
    return %0, %1 : tensor<?x2xf32>, tensor<?x2xf32>
  }
}

// -----

module {
  // expected-error @+1 {{expected logits of rank 2, batch x classes, of f32 or f64, got 'tensor<?x3x2xf32>'}}
  func.func @model(%x: tensor<?x3x2xf32>) -> tensor<?x3x2xf32> {
    %w = arith.constant dense_resource<w> : tensor<2x2xf32> loc("w")
    %0 = bn.linear %x, %w : (tensor<?x3x2xf32>, tensor<2x2xf32>) -> tensor<?x3x2xf32>
    return %0 : tensor<?x3x2xf32>
  }
}

// -----

module {
  // expected-error @+1 {{of f32 or f64, got 'tensor<?x2xf16>'}}
  func.func @model(%x: tensor<?x2xf16>) -> tensor<?x2xf16> {
    %w = arith.constant dense_resource<w> : tensor<2x2xf16> loc("w")
    %0 = bn.linear %x, %w : (tensor<?x2xf16>, tensor<2x2xf16>) -> tensor<?x2xf16>
    return %0 : tensor<?x2xf16>
  }
}

// -----

module {
  func.func @model(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
    %w = arith.constant dense_resource<w> : tensor<2x2xf32>
    %m = arith.constant dense_resource<m> : tensor<2xf32>
    %0 = bn.linear %x, %w : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32>
    // expected-error @+1 {{initializer 'm' is both learned and a running statistic}}
    %1 = bn.batch_norm_inference %0, scale %m, offset %m, mean %m, variance %m {epsilon = 1.0e-03 : f64} : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
    return %1 : tensor<?x2xf32>
  }
}

// -----

module {
  func.func @model(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
    %w = arith.constant dense_resource<w> : tensor<2x2xf32> loc("w")
    %b = arith.constant dense_resource<w> : tensor<2xf32> loc("w")
    // expected-error @+1 {{initializer 'w' is used as 'tensor<2x2xf32>' and as 'tensor<2xf32>', which are not the same values}}
    %0 = bn.linear %x, %w bias %b : (tensor<?x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
    return %0 : tensor<?x2xf32>
  }
}

// -----

module {
  func.func @model(%x: tensor<?x2x3xf32>) -> tensor<?x2xf32> {
    // expected-error @+1 {{expected parameter 's' to be of the logits' element type 'f32', got 'f64'}}
    %s = arith.constant dense_resource<s> : tensor<2xf64>
    %f = arith.constant dense_resource<f> : tensor<6x2xf32>
    %0 = bn.scale_shift %x, scale %s, shift %s : (tensor<?x2x3xf32>, tensor<2xf64>, tensor<2xf64>) -> tensor<?x2x3xf32>
    %1 = bn.reshape %0 : tensor<?x2x3xf32> -> tensor<?x6xf32>
    %2 = bn.linear %1, %f : (tensor<?x6xf32>, tensor<6x2xf32>) -> tensor<?x2xf32>
    return %2 : tensor<?x2xf32>
  }
}
