// RUN: %bn-opt %s --bn-plan-kernels --verify-diagnostics -o /dev/null
// RUN: not %bn-opt %s -o %t.so 2>&1 | FileCheck %s

// Parameters whose data was left out of the text are no parameters.

// CHECK: error: resource does not exist
func.func @elided(%x: tensor<?x4xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense_resource<__elided__> : tensor<2x4xf32>
  // expected-remark @below {{no kernel for 'bn.linear', the weights are not constant}}
  %y = bn.linear %x, %w {transpose_weight} : (tensor<?x4xf32>, tensor<2x4xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}
