// RUN: %bn-opt %s --bn-convert-element-type | FileCheck %s
// RUN: %bn-opt %s --bn-convert-element-type=to=f64 | %bn-opt - --bn-convert-element-type=to=f32 | FileCheck %s --check-prefix=BACK
// RUN: not %bn-opt %s --bn-convert-element-type=to=i8 2>&1 | FileCheck %s --check-prefix=ERROR

// ERROR: error: expected element type f32 or f64, got 'i8'

// Single-precision values stay exactly what they are: 0.1 is
// 0.100000001490116..., subnormal numbers too.
// CHECK-LABEL: @f
// CHECK-SAME:  (%[[X:.*]]: tensor<?x2xf64> {bn.name = "x"}) -> (tensor<?x2xf64> {bn.name = "y"})
// CHECK-DAG:   arith.constant dense<[0.10000000149011612, 1.4012984643248171E-45]> : tensor<2xf64>
// CHECK-DAG:   arith.constant dense_resource<blob_1> : tensor<2xf64>
// CHECK-DAG:   arith.constant dense<[1, 2]> : tensor<2xi64>
// CHECK:       %[[Y:.*]] = bn.scale_shift %[[X]], {{.*}} : (tensor<?x2xf64>, tensor<2xf64>, tensor<2xf64>) -> tensor<?x2xf64>
// CHECK:       return %[[Y]] : tensor<?x2xf64>
// 1 and 2 in double, little-endian.
// CHECK:       blob_1: "0x40000000000000000000F03F0000000000000040"

// And back again.
// BACK-LABEL:  @f
// BACK-SAME:   (%{{.*}}: tensor<?x2xf32> {bn.name = "x"}) -> (tensor<?x2xf32> {bn.name = "y"})
// BACK-DAG:    arith.constant dense<[1.000000e-01, 1.401300e-45]> : tensor<2xf32>
// BACK:        return %{{.*}} : tensor<?x2xf32>
// BACK:        "0x400000000000803F00000040"
func.func @f(%x: tensor<?x2xf32> {bn.name = "x"}) -> (tensor<?x2xf32> {bn.name = "y"}) {
  %a = arith.constant dense<[0.1, 1.4e-45]> : tensor<2xf32>
  %c = arith.constant dense_resource<blob> : tensor<2xf32>
  %i = arith.constant dense<[1, 2]> : tensor<2xi64>
  %y = bn.scale_shift %x, scale %a, shift %c
    : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}
{-#
  dialect_resources: {
    builtin: {
      blob: "0x040000000000803F00000040"
    }
  }
#-}
