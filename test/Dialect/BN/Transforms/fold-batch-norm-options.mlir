// RUN: %bn-opt %s --bn-fold-batch-norm=tolerance=1e-9 | FileCheck %s --check-prefix=TIGHT
// RUN: %bn-opt %s --bn-fold-batch-norm=tolerance=1e-5 | FileCheck %s --check-prefix=WIDE
// RUN: %bn-opt %s --bn-fold-batch-norm=record-only | FileCheck %s --check-prefix=RECORD
// RUN: not %bn-opt %s --bn-fold-batch-norm=tolerance=-1 2>&1 | FileCheck %s --check-prefix=NEGATIVE

// 1 / sqrt(3) is no single-precision number: its rounding is measured.
// TIGHT: status = "kept", into = "", reason = "'fc1' (bn.linear): rounding would change it by {{.*}}e-08, more than 1.00e-09; its result is a result of the model", bound = 1.000000e-09 : f64, measured = 0.000000e+00 : f64
// TIGHT: bn.batch_norm_inference

// WIDE: status = "folded-into-producer", into = "fc1", reason = "", bound = 1.000000e-05 : f64, measured = {{[1-9]\.[0-9]+E-8}} : f64
// WIDE-NOT: bn.batch_norm_inference

// RECORD: name = "bn1", op = "BatchNormalization", status = "kept", into = "", reason = "folding is switched off"
// RECORD: bn.batch_norm_inference

// NEGATIVE: error: expected a tolerance of at least 0, got -1

func.func @f(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %g = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %v = arith.constant dense<[3.0, 3.0]> : tensor<2xf32>
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %0 = bn.linear %x, %w
    : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32> loc("fc1")
  %1 = bn.batch_norm_inference %0, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32> loc("bn1")
  return %1 : tensor<?x2xf32>
}
