// RUN: %bn-opt %s --split-input-file --bn-entry-point --verify-diagnostics | FileCheck %s

// CHECK:      func.func @model(
// CHECK-SAME:   %[[X:.*]]: memref<?x3xf32> {bn.name = "x"}, %[[K:.*]]: memref<3xf64>,
// CHECK-SAME:   %[[Y:.*]]: memref<?x3xf32> {bn.name = "y"}, %[[COPY:.*]]: memref<?x3xf32>,
// CHECK-SAME:   %[[WORKSPACE:.*]]: memref<?xi8>, %[[OPTIONS:.*]]: !llvm.ptr)
// CHECK-SAME:   attributes {bn.input_count = 2 : i64} {
// CHECK:        %[[INPUT:.*]] = bufferization.to_tensor %[[X]] restrict :
// CHECK:        %[[RESULT:.*]] = bn.relu %[[INPUT]]
// CHECK:        bufferization.materialize_in_destination %[[RESULT]] in restrict writable %[[Y]]
// CHECK:        bufferization.materialize_in_destination %[[INPUT]] in restrict writable %[[COPY]]
// CHECK:        return{{$}}
func.func @model(%x: tensor<?x3xf32> {bn.name = "x"}, %k: tensor<3xf64>)
    -> (tensor<?x3xf32> {bn.name = "y"}, tensor<?x3xf32>) {
  %y = bn.relu %x : tensor<?x3xf32>
  return %y, %x : tensor<?x3xf32>, tensor<?x3xf32>
}

// CHECK: func.func private @helper(%{{.*}}: tensor<3xf32>) -> tensor<3xf32>
func.func private @helper(%x: tensor<3xf32>) -> tensor<3xf32> {
  return %x : tensor<3xf32>
}

// -----

// expected-error @below {{expected only the batch (axis 0) of output 0 to be dynamic, got 'tensor<3x?xf32>'}}
func.func @inner_batch(%x: tensor<?x3xf32>) -> tensor<3x?xf32> {
  %y = bn.transpose %x {permutation = array<i64: 1, 0>}
    : (tensor<?x3xf32>) -> tensor<3x?xf32>
  return %y : tensor<3x?xf32>
}

// -----

// expected-error @below {{expected input 1 to be a ranked tensor, got 'f32'}}
func.func @scalar(%x: tensor<?x3xf32>, %k: f32) -> tensor<?x3xf32> {
  return %x : tensor<?x3xf32>
}
