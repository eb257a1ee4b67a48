// RUN: %bn-opt %s --bn-record-normalizations="reason=because" | FileCheck %s

// CHECK: bn.normalizations = [#bn.normalization<name = "norm", op = "BatchNormalization", status = "kept", into = "", reason = "because"
// CHECK-SAME: #bn.normalization<name = "group", op = "GroupNormalization", status = "kept", into = "", reason = "normalizes within a sample: there is nothing to fold"
// CHECK: bn.batch_norm_inference
func.func @net(%x: tensor<?x3xf32>, %c: tensor<3xf32>) -> tensor<?x3xf32> {
  %y = bn.batch_norm_inference %x, scale %c, offset %c, mean %c, variance %c
    {epsilon = 1.0e-05 : f64} : (tensor<?x3xf32>, tensor<3xf32>, tensor<3xf32>,
    tensor<3xf32>, tensor<3xf32>) -> tensor<?x3xf32> loc("norm")
  %z = bn.group_norm %y, scale %c, offset %c {epsilon = 1.0e-05 : f64,
    groups = 1 : i64} : (tensor<?x3xf32>, tensor<3xf32>, tensor<3xf32>)
    -> tensor<?x3xf32> loc("group")
  return %z : tensor<?x3xf32>
}
