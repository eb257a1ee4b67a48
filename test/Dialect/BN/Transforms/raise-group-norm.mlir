// RUN: %bn-opt %s --split-input-file --bn-raise-batch-norm | FileCheck %s

// As PyTorch writes it: the instance norm of the groups does nothing else, and
// the parameters keep their data and names.
// CHECK:       #bn.normalization<name = "norm", op = "decomposed", status = "kept", into = "", reason = "recognised in 5 ops"
// CHECK-LABEL: func.func @plain
// CHECK-SAME:    %[[X:.*]]: tensor<?x6x4x5xf32>
// CHECK-DAG:     %[[S:.*]] = arith.constant dense_resource<gamma> : tensor<6xf32>
// CHECK-DAG:     %[[O:.*]] = arith.constant dense_resource<beta> : tensor<6xf32>
// CHECK:         %[[Y:.*]] = bn.group_norm %[[X]], scale %[[S]], offset %[[O]] {epsilon = 1.000000e-05 : f64, groups = 3 : i64}
// CHECK-NEXT:    return %[[Y]]
func.func @plain(%x: tensor<?x6x4x5xf32>) -> tensor<?x6x4x5xf32> {
  %one = arith.constant dense<1.0> : tensor<3xf32>
  %zero = arith.constant dense<0.0> : tensor<3xf32>
  %s = arith.constant dense_resource<gamma> : tensor<6x1x1xf32>
  %o = arith.constant dense_resource<beta> : tensor<1x6x1x1xf32>
  %0 = bn.reshape %x : tensor<?x6x4x5xf32> -> tensor<?x3x40xf32>
  %1 = bn.group_norm %0, scale %one, offset %zero
    {epsilon = 1.0e-05 : f64, groups = 3 : i64}
    : (tensor<?x3x40xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<?x3x40xf32>
  %2 = bn.reshape %1 : tensor<?x3x40xf32> -> tensor<?x6x4x5xf32>
  %3 = bn.mul %2, %s : (tensor<?x6x4x5xf32>, tensor<6x1x1xf32>)
    -> tensor<?x6x4x5xf32>
  %4 = bn.add %o, %3 : (tensor<1x6x1x1xf32>, tensor<?x6x4x5xf32>)
    -> tensor<?x6x4x5xf32> loc("norm")
  return %4 : tensor<?x6x4x5xf32>
}
{-# dialect_resources: { builtin: {
  gamma: "0x040000000000803F0000004000004040000080400000A0400000C040",
  beta: "0x040000000000803F0000004000004040000080400000A0400000C040"
} } #-}

// -----

// The instance norm's own factors and shifts come before those of the channels.
// CHECK-LABEL: func.func @both
// CHECK-DAG:     %[[S:.*]] = arith.constant dense<[2.000000e+00, 4.000000e+00, 9.000000e+00, 1.200000e+01]>
// CHECK-DAG:     %[[O:.*]] = arith.constant dense<[5.000000e+00, 1.000000e+01, 1.800000e+01, 2.400000e+01]>
// CHECK:         bn.group_norm %{{.*}}, scale %[[S]], offset %[[O]] {epsilon = 1.000000e-03 : f64, groups = 2 : i64}
func.func @both(%x: tensor<?x4x5xf32>) -> tensor<?x4x5xf32> {
  %a = arith.constant dense<[2.0, 3.0]> : tensor<2xf32>
  %b = arith.constant dense<[5.0, 6.0]> : tensor<2xf32>
  %s = arith.constant dense<[[1.0], [2.0], [3.0], [4.0]]> : tensor<4x1xf32>
  %0 = bn.reshape %x : tensor<?x4x5xf32> -> tensor<?x2x10xf32>
  %1 = bn.group_norm %0, scale %a, offset %b
    {epsilon = 1.0e-03 : f64, groups = 2 : i64}
    : (tensor<?x2x10xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2x10xf32>
  %2 = bn.reshape %1 : tensor<?x2x10xf32> -> tensor<?x4x5xf32>
  %3 = bn.mul %2, %s : (tensor<?x4x5xf32>, tensor<4x1xf32>)
    -> tensor<?x4x5xf32>
  return %3 : tensor<?x4x5xf32>
}

// -----

// A factor along another axis, another user, groups of another norm, and
// another shape behind.
// CHECK-LABEL: func.func @refused
// CHECK-COUNT-4: bn.group_norm {{.*}} tensor<?x2x10xf32>
// CHECK-NOT:     bn.group_norm
func.func @refused(%x: tensor<?x4x5xf32>) -> (tensor<?x4x5xf32>,
    tensor<?x4x5xf32>, tensor<?x2x10xf32>, tensor<?x4x5xf32>,
    tensor<?x5x4xf32>) {
  %a = arith.constant dense<[2.0, 3.0]> : tensor<2xf32>
  %s = arith.constant dense<[[1.0], [2.0], [3.0], [4.0]]> : tensor<4x1xf32>
  %t = arith.constant dense<[1.0, 2.0, 3.0, 4.0, 5.0]> : tensor<5xf32>
  %u = arith.constant dense<[[1.0], [2.0], [3.0], [4.0], [5.0]]>
    : tensor<5x1xf32>
  %0 = bn.reshape %x : tensor<?x4x5xf32> -> tensor<?x2x10xf32>
  %n0 = bn.group_norm %0, scale %a, offset %a
    {epsilon = 1.0e-05 : f64, groups = 2 : i64}
    : (tensor<?x2x10xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2x10xf32>
  %r0 = bn.reshape %n0 : tensor<?x2x10xf32> -> tensor<?x4x5xf32>
  %y0 = bn.mul %r0, %t : (tensor<?x4x5xf32>, tensor<5xf32>)
    -> tensor<?x4x5xf32>

  %1 = bn.reshape %x : tensor<?x4x5xf32> -> tensor<?x2x10xf32>
  %n1 = bn.group_norm %1, scale %a, offset %a
    {epsilon = 1.0e-05 : f64, groups = 2 : i64}
    : (tensor<?x2x10xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2x10xf32>
  %r1 = bn.reshape %n1 : tensor<?x2x10xf32> -> tensor<?x4x5xf32>
  %y1 = bn.mul %r1, %s : (tensor<?x4x5xf32>, tensor<4x1xf32>)
    -> tensor<?x4x5xf32>

  %2 = bn.reshape %x : tensor<?x4x5xf32> -> tensor<?x2x10xf32>
  %n2 = bn.group_norm %2, scale %a, offset %a
    {epsilon = 1.0e-05 : f64, groups = 1 : i64}
    : (tensor<?x2x10xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2x10xf32>
  %r2 = bn.reshape %n2 : tensor<?x2x10xf32> -> tensor<?x4x5xf32>
  %y2 = bn.mul %r2, %s : (tensor<?x4x5xf32>, tensor<4x1xf32>)
    -> tensor<?x4x5xf32>

  %3 = bn.reshape %x : tensor<?x4x5xf32> -> tensor<?x2x10xf32>
  %n3 = bn.group_norm %3, scale %a, offset %a
    {epsilon = 1.0e-05 : f64, groups = 2 : i64}
    : (tensor<?x2x10xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2x10xf32>
  %r3 = bn.reshape %n3 : tensor<?x2x10xf32> -> tensor<?x5x4xf32>
  %y3 = bn.mul %r3, %u : (tensor<?x5x4xf32>, tensor<5x1xf32>)
    -> tensor<?x5x4xf32>
  return %y0, %y1, %n1, %y2, %y3 : tensor<?x4x5xf32>, tensor<?x4x5xf32>,
    tensor<?x2x10xf32>, tensor<?x4x5xf32>, tensor<?x5x4xf32>
}
