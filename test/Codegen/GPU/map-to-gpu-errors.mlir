// RUN: %bn-opt %s --bn-map-to-gpu --split-input-file --verify-diagnostics

func.func @gradient(%g: tensor<?x3xf32>, %x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  // expected-error @below {{cannot be computed on a GPU: there is no kernel for it}}
  %y = bn.relu_gradient %g, %x : tensor<?x3xf32>
  return %y : tensor<?x3xf32>
}

// -----

func.func @double(%x: tensor<?x3xf64>) -> tensor<?x3xf64> {
  // expected-error @below {{cannot be computed on a GPU: its tensors are not of f32}}
  %y = bn.relu %x : tensor<?x3xf64>
  return %y : tensor<?x3xf64>
}
