// With flags of mlir-opt, bn-opt is one.
// RUN: %bn-opt %s --bn-batch-norm-to-scale-shift | FileCheck %s
// RUN: %bn-opt --pass-pipeline='builtin.module(bn-batch-norm-to-scale-shift)' < %s | FileCheck %s
// RUN: %bn-opt %s --bn-batch-norm-to-scale-shift -o %t.out && FileCheck %s < %t.out
// RUN: not %bn-opt %s --bn-batch-norm-to-scale-shift -o %t.missing/out 2>&1 | FileCheck %s --check-prefix=UNWRITABLE

// CHECK: bn.scale_shift
// UNWRITABLE: missing/out: error: cannot write: No such file or directory
func.func @net(%x: tensor<?x3xf32> {bn.name = "x"}) -> (tensor<?x3xf32> {bn.name = "y"}) {
  %c = arith.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
  %y = bn.batch_norm_inference %x, scale %c, offset %c, mean %c, variance %c
    {epsilon = 1.0e-05 : f64} : (tensor<?x3xf32>, tensor<3xf32>, tensor<3xf32>,
    tensor<3xf32>, tensor<3xf32>) -> tensor<?x3xf32>
  return %y : tensor<?x3xf32>
}
