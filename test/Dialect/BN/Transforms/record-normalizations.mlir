// RUN: %bn-opt %s --bn-record-normalizations="reason=because" | FileCheck %s

// CHECK: bn.normalizations = [#bn.normalization<name = "norm", op = "BatchNormalization", status = "kept", into = "", reason = "because"
// CHECK: bn.batch_norm_inference
func.func @net(%x: tensor<?x3xf32>, %c: tensor<3xf32>) -> tensor<?x3xf32> {
  %y = bn.batch_norm_inference %x, scale %c, offset %c, mean %c, variance %c
    {epsilon = 1.0e-05 : f64} : (tensor<?x3xf32>, tensor<3xf32>, tensor<3xf32>,
    tensor<3xf32>, tensor<3xf32>) -> tensor<?x3xf32> loc("norm")
  return %y : tensor<?x3xf32>
}
