// RUN: %bn-opt %s --bn-map-to-gpu --split-input-file --verify-diagnostics

func.func @clip(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  // expected-error @below {{cannot be computed on a GPU: there is no kernel for it}}
  %y = bn.clip %x {maximum = 6.0 : f64, minimum = 0.0 : f64} : tensor<?x3xf32>
  return %y : tensor<?x3xf32>
}

// -----

func.func @dropout(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  // expected-error @below {{cannot be computed on a GPU: it has no seed}}
  %y = bn.dropout %x {ratio = 0.5 : f64, stream = 0 : i64} : (tensor<?x3xf32>) -> tensor<?x3xf32>
  return %y : tensor<?x3xf32>
}

// -----

func.func @double(%x: tensor<?x3xf64>) -> tensor<?x3xf64> {
  // expected-error @below {{cannot be computed on a GPU: its tensors are not of f32}}
  %y = bn.relu %x : tensor<?x3xf64>
  return %y : tensor<?x3xf64>
}
