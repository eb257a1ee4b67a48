// RUN: %bn-opt %s --bn-make-trainable=cumulative-average | FileCheck %s

// The batch's own statistics are averaged, each with the same weight: the count of
// batches is a statistic of the layer, and goes up by one. A frozen batch norm has
// none.

// CHECK-LABEL: func.func @gradients(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<?x2xf32>
// CHECK-SAME:    %[[MEAN:[a-z0-9]+]]: tensor<2xf32> {{{[^}]*}}bn.name = "m", bn.parameter = "running_mean"}
// CHECK-SAME:    %[[VARIANCE:[a-z0-9]+]]: tensor<2xf32> {{{[^}]*}}bn.name = "v", bn.parameter = "running_variance"}
// CHECK-SAME:    %[[NUMBER:[a-z0-9]+]]: tensor<1xf32> {{{[^}]*}}bn.initial_value = dense<0.000000e+00> : tensor<1xf32>, bn.layer = "bn1", bn.name = "bn1.num_batches_tracked", bn.parameter = "batches_tracked"}
// CHECK-NOT:     num_batches_tracked"
// CHECK-SAME:    -> (tensor<?x2xf32>
// CHECK-SAME:        tensor<1xf32> {bn.new_value_of = "bn1.num_batches_tracked"})
// CHECK:         %{{.*}}, %{{.*}}, %{{.*}}, %[[M:[a-z0-9_]+]], %[[V:[a-z0-9_]+]] = bn.batch_norm_training %[[X]], {{.*}}running_mean %[[MEAN]], running_variance %[[VARIANCE]] {{.*}}convention = #bn<momentum_convention torch>{{.*}}momentum = 1.000000e+00
// CHECK-DAG:     %[[ONE:.*]] = arith.constant dense<1.000000e+00> : tensor<1xf32>
// CHECK-DAG:     %[[COUNT:.*]] = bn.add %[[NUMBER]], %[[ONE]]
// CHECK:         %[[DM:.*]] = bn.sub %[[M]], %[[MEAN]]
// CHECK:         %[[QM:.*]] = bn.div %[[DM]], %[[COUNT]]
// CHECK:         %[[NM:.*]] = bn.add %[[MEAN]], %[[QM]]
// CHECK:         %[[DV:.*]] = bn.sub %[[V]], %[[VARIANCE]]
// CHECK:         %[[QV:.*]] = bn.div %[[DV]], %[[COUNT]]
// CHECK:         %[[NV:.*]] = bn.add %[[VARIANCE]], %[[QV]]
// CHECK:         return %{{.*}}, %[[NM]], %[[NV]], %{{.*}}, %{{.*}}, %[[COUNT]]
func.func @model(%x: tensor<?x2xf32> {bn.name = "x"})
    -> (tensor<?x2xf32> {bn.name = "y"}) {
  %s = arith.constant dense_resource<s> : tensor<2xf32>
  %o = arith.constant dense_resource<o> : tensor<2xf32>
  %m = arith.constant dense_resource<m> : tensor<2xf32>
  %v = arith.constant dense_resource<v> : tensor<2xf32>
  %fm = arith.constant dense_resource<fm> : tensor<2xf32>
  %fv = arith.constant dense_resource<fv> : tensor<2xf32>
  %y, %bm, %bv, %nm, %nv = bn.batch_norm_training %x, scale %s, offset %o,
      running_mean %m, running_variance %v {convention = #bn<momentum_convention onnx>,
      epsilon = 1.0e-5 : f64, momentum = 0.9 : f64,
      variance_bias = #bn<running_variance biased>}
    : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>)
    -> (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>)
    loc("bn1")
  %z = bn.batch_norm_inference %y, scale %s, offset %o, mean %fm, variance %fv
      {epsilon = 1.0e-5 : f64}
    : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>)
    -> tensor<?x2xf32> loc("bn2")
  return %z : tensor<?x2xf32>
}

{-#
  dialect_resources: {
    builtin: {
      s: "0x040000000000803F00000040",
      o: "0x040000000000803F00000040",
      m: "0x040000000000803F00000040",
      v: "0x040000000000803F00000040",
      fm: "0x040000000000803F00000040",
      fv: "0x040000000000803F00000040"
    }
  }
#-}
