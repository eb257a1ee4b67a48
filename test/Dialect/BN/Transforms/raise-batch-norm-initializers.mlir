// RUN: %bn-opt %s --bn-raise-batch-norm | FileCheck %s
// RUN: %bn-opt %s --bn-raise-batch-norm --bn-configure-batch-norm=batch-statistics --bn-make-trainable | FileCheck %s --check-prefix=TRAINABLE

// What holds an initializer's values is the initializer, in the shape of a
// vector: it can be trained and saved. The mean is another one's negative.
// CHECK-LABEL: @model
// CHECK-DAG:   %[[G:.*]] = arith.constant dense_resource<gamma> : tensor<2xf32>
// CHECK-DAG:   %[[B:.*]] = arith.constant dense_resource<beta> : tensor<2xf32>
// CHECK-DAG:   %[[M:.*]] = arith.constant dense<[-2.000000e+00, -9.000000e+00]> : tensor<2xf32>
// CHECK-DAG:   %[[V:.*]] = arith.constant dense_resource<variance> : tensor<2xf32>
// CHECK:       bn.batch_norm_inference %{{.*}}, scale %[[G]], offset %[[B]], mean %[[M]], variance %[[V]] {epsilon = 5.000000e-01 : f64}

// TRAINABLE:      func.func @gradients
// TRAINABLE-SAME: bn.initial_value = dense_resource<gamma> : tensor<2xf32>, {{[^}]*}}bn.name = "bn.gamma", bn.parameter = "scale"
// TRAINABLE-SAME: bn.initial_value = dense_resource<beta> : tensor<2xf32>, {{[^}]*}}bn.name = "bn.beta", bn.parameter = "offset"
// TRAINABLE-SAME: bn.initial_value = dense_resource<w> : tensor<2x2xf32>
// TRAINABLE-SAME: bn.parameter = "running_mean"
// TRAINABLE-SAME: bn.initial_value = dense_resource<variance> : tensor<2xf32>, {{[^}]*}}bn.name = "bn.variance", bn.parameter = "running_variance"
func.func @model(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %g = arith.constant dense_resource<gamma> : tensor<1x2xf32> loc("bn.gamma")
  %b = arith.constant dense_resource<beta> : tensor<1x2xf32> loc("bn.beta")
  %m = arith.constant dense_resource<minus_mean> : tensor<1x2xf32> loc("bn.minus_mean")
  %v = arith.constant dense_resource<variance> : tensor<1x2xf32> loc("bn.variance")
  %w = arith.constant dense_resource<w> : tensor<2x2xf32> loc("w")
  %e = arith.constant dense<0.5> : tensor<f32>
  %d = bn.add %x, %m : (tensor<?x2xf32>, tensor<1x2xf32>) -> tensor<?x2xf32> loc("bn/Add")
  %ve = bn.add %v, %e : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2xf32>
  %s = bn.sqrt %ve : tensor<1x2xf32>
  %n = bn.div %d, %s : (tensor<?x2xf32>, tensor<1x2xf32>) -> tensor<?x2xf32> loc("bn/Div")
  %k = bn.mul %n, %g : (tensor<?x2xf32>, tensor<1x2xf32>) -> tensor<?x2xf32> loc("bn/Mul")
  %y = bn.add %k, %b : (tensor<?x2xf32>, tensor<1x2xf32>) -> tensor<?x2xf32> loc("bn/Add_1")
  %z = bn.linear %y, %w : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32> loc("fc")
  return %z : tensor<?x2xf32>
}

{-#
  dialect_resources: {
    builtin: {
      gamma: "0x400000000000E040000000C1",
      beta: "0x40000000000040400000A040",
      minus_mean: "0x400000000000004000001041",
      variance: "0x400000000000804000008041",
      w: "0x400000000000804000008041000000400000A040"
    }
  }
#-}
