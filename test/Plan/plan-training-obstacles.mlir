// RUN: %bn-opt %s --split-input-file --bn-plan-training -verify-diagnostics | FileCheck %s

// CHECK-LABEL: func.func @transposed(%{{.*}}: tensor<
// CHECK:         bn.conv
func.func @transposed(%x: tensor<?x8x8x3xf32>, %w: tensor<6x3x1x1xf32>)
    -> tensor<?x8x8x6xf32> {
  // expected-remark @below {{the function takes the plain way: no kernel for 'bn.conv', it has no form for vectors of rows}}
  %y = bn.conv %x, %w {dilations = array<i64: 1, 1>,
      padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>,
      layout = #bn<layout NHWC>}
    : (tensor<?x8x8x3xf32>, tensor<6x3x1x1xf32>) -> tensor<?x8x8x6xf32>
  return %y : tensor<?x8x8x6xf32>
}

// -----

// CHECK-LABEL: func.func @fixed(%{{.*}}: tensor<
// expected-remark @below {{the function takes the plain way: no input has a dynamic batch}}
func.func @fixed(%x: tensor<4x3xf32>) -> tensor<4x3xf32> {
  %y = bn.relu %x : tensor<4x3xf32>
  return %y : tensor<4x3xf32>
}

// -----

// CHECK-LABEL: func.func @double(%{{.*}}: tensor<
func.func @double(%x: tensor<?x3xf64>) -> tensor<?x3xf64> {
  // expected-remark @below {{the function takes the plain way: no kernel for 'bn.relu', it has no form for vectors of rows}}
  %y = bn.relu %x : tensor<?x3xf64>
  return %y : tensor<?x3xf64>
}

// -----

// CHECK-LABEL: func.func @identity(%{{.*}}: tensor<
func.func @identity(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  // expected-remark @below {{the function takes the plain way: no kernel for 'func.return', a result with rows is an argument}}
  return %x : tensor<?x3xf32>
}
