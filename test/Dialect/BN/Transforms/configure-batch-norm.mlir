// RUN: %bn-opt %s --bn-configure-batch-norm="batch-statistics" | FileCheck %s --check-prefix=ALL
// RUN: %bn-opt %s --bn-configure-batch-norm="freeze=trained" | FileCheck %s --check-prefix=FREEZE
// RUN: %bn-opt %s --bn-configure-batch-norm="momentum=0.25 convention=torch variance=unbiased" | FileCheck %s --check-prefix=SET
// RUN: not %bn-opt %s --bn-configure-batch-norm="freeze=bn7" 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// RUN: not %bn-opt %s --bn-configure-batch-norm="convention=keras" 2>&1 | FileCheck %s --check-prefix=CONVENTION

// UNKNOWN: error: expected a batch norm called 'bn7' to freeze
// CONVENTION: error: expected a convention of onnx or torch

// ALL-LABEL: func.func @two
// ALL: bn.batch_norm_training %{{.*}}, scale %[[G:.*]], offset %{{.*}}, running_mean %{{.*}}, running_variance %{{.*}} {epsilon = 1.000000e-03 : f64, momentum = 7.500000e-01 : f64}
// ALL: bn.batch_norm_training {{.*}} {epsilon = 1.000000e-05 : f64, momentum = 8.000000e-01 : f64}

// FREEZE-LABEL: func.func @two
// FREEZE-SAME: %[[X:.*]]: tensor<?x3xf32>, %[[C:.*]]: tensor<3xf32>
// FREEZE: bn.batch_norm_inference
// FREEZE: %[[Y:.*]] = bn.batch_norm_inference {{.*}} mean %[[C]], variance %[[C]] {epsilon = 1.000000e-05 : f64}
// The running statistics stay.
// FREEZE: return %[[Y]], %[[C]]

// SET-LABEL: func.func @two
// SET: bn.batch_norm_inference
// SET: bn.batch_norm_training {{.*}} {convention = #bn<momentum_convention torch>, epsilon = 1.000000e-05 : f64, momentum = 2.500000e-01 : f64, variance_bias = #bn<running_variance unbiased>}
func.func @two(%x: tensor<?x3xf32>, %c: tensor<3xf32>)
    -> (tensor<?x3xf32>, tensor<3xf32>) {
  %a = bn.batch_norm_inference %x, scale %c, offset %c, mean %c, variance %c
    {bn.momentum = 0.75 : f64, epsilon = 1.0e-03 : f64} : (tensor<?x3xf32>,
    tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>)
    -> tensor<?x3xf32> loc("written")
  %y, %mean, %var, %new_mean, %new_var = bn.batch_norm_training %a, scale %c,
    offset %c, running_mean %c, running_variance %c
    {epsilon = 1.0e-05 : f64, momentum = 0.8 : f64} : (tensor<?x3xf32>,
    tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>)
    -> (tensor<?x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>,
    tensor<3xf32>) loc("trained")
  return %y, %new_mean : tensor<?x3xf32>, tensor<3xf32>
}
