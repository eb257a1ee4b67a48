// RUN: split-file %s %t
// RUN: %bn-opt %t/groups.mlir -o %t/groups.onnxtxt
// RUN: FileCheck %s --check-prefix=GROUPS < %t/groups.onnxtxt
// RUN: %bn-opt %t/instances.mlir -o %t/instances.onnxtxt
// RUN: FileCheck %s --check-prefix=INSTANCES < %t/instances.onnxtxt
// RUN: %bn-opt %t/rms.mlir -o %t/rms.onnxtxt
// RUN: FileCheck %s --check-prefix=RMS < %t/rms.onnxtxt
// RUN: %bn-opt %t/dropout.mlir -o %t/dropout.onnxtxt
// RUN: FileCheck %s --check-prefix=DROPOUT < %t/dropout.onnxtxt
// RUN: not %bn-opt %t/offset.mlir -o %t/out.onnx 2>&1 | FileCheck %s --check-prefix=OFFSET

// One scale per channel came with opset 21; reductions take axes as an input
// there.
// GROUPS:      ir_version: 10
// GROUPS-NEXT: opset_import: ["" : 21]
// GROUPS:      [[FIRST:"[^" ]+"]] = Transpose <perm: ints = [0, 2, 1]> (input0)
// GROUPS-NEXT: [[NORM:"[^" ]+"]] = GroupNormalization <epsilon: float = 1e-05, num_groups: int = 3> ([[FIRST]], input1, input1)
// GROUPS-NEXT: [[LAST:[^ ]+]] = Transpose <perm: ints = [0, 2, 1]> ([[NORM]])
// GROUPS-NEXT: ReduceMean <keepdims: int = 0> ([[LAST]], {{.*}})

//--- groups.mlir
func.func @net(%x: tensor<?x5x6xf32>, %c: tensor<6xf32>) -> tensor<?xf32> {
  %y = bn.group_norm %x, scale %c, offset %c
    {epsilon = 1.0e-05 : f64, groups = 3 : i64, layout = #bn<layout NHWC>}
    : (tensor<?x5x6xf32>, tensor<6xf32>, tensor<6xf32>) -> tensor<?x5x6xf32>
  %z = bn.reduce_mean %y {axes = array<i64: 1, 2>}
    : (tensor<?x5x6xf32>) -> tensor<?xf32>
  return %z : tensor<?xf32>
}

// INSTANCES:      opset_import: ["" : 17]
// INSTANCES:      InstanceNormalization <epsilon: float = 1e-05> (input0, input1, input1)
// INSTANCES-NEXT: LayerNormalization <axis: int = 1, epsilon: float = 0.001>

//--- instances.mlir
func.func @net(%x: tensor<?x6x5xf32>, %c: tensor<6xf32>, %s: tensor<6x5xf32>)
    -> tensor<?x6x5xf32> {
  %y = bn.group_norm %x, scale %c, offset %c
    {epsilon = 1.0e-05 : f64, groups = 6 : i64}
    : (tensor<?x6x5xf32>, tensor<6xf32>, tensor<6xf32>) -> tensor<?x6x5xf32>
  %z = bn.layer_norm %y, scale %s offset %s
    {axis = 1 : i64, epsilon = 1.0e-03 : f64}
    : (tensor<?x6x5xf32>, tensor<6x5xf32>, tensor<6x5xf32>)
    -> tensor<?x6x5xf32>
  return %z : tensor<?x6x5xf32>
}

// RMS:      ir_version: 11
// RMS-NEXT: opset_import: ["" : 23]
// RMS:      RMSNormalization <axis: int = 2, epsilon: float = 1e-05> (input0, input1)

//--- rms.mlir
func.func @net(%x: tensor<?x6x5xf32>, %s: tensor<5xf32>) -> tensor<?x6x5xf32> {
  %z = bn.layer_norm %x, scale %s {axis = 2 : i64, epsilon = 1.0e-05 : f64,
      root_mean_square} : (tensor<?x6x5xf32>, tensor<5xf32>)
    -> tensor<?x6x5xf32>
  return %z : tensor<?x6x5xf32>
}

// DROPOUT-DAG: float {{.*}}ratio{{.*}} = {0.3}
// DROPOUT-DAG: bool {{.*}}training_mode{{.*}} = {1}
// DROPOUT:     Dropout (input0, {{.*}}ratio{{.*}}, {{.*}}training_mode{{.*}})

//--- dropout.mlir
func.func @net(%x: tensor<?x6xf32>) -> tensor<?x6xf32> {
  %z = bn.dropout %x {ratio = 0.3 : f64, stream = 0 : i64}
    : (tensor<?x6xf32>) -> tensor<?x6xf32>
  return %z : tensor<?x6xf32>
}

// OFFSET: error: 'bn.layer_norm' of 'norm' cannot be written as ONNX: RMSNormalization has no offset

//--- offset.mlir
func.func @net(%x: tensor<?x6x5xf32>, %s: tensor<5xf32>) -> tensor<?x6x5xf32> {
  %z = bn.layer_norm %x, scale %s offset %s {axis = 2 : i64,
      epsilon = 1.0e-05 : f64, root_mean_square}
    : (tensor<?x6x5xf32>, tensor<5xf32>, tensor<5xf32>)
    -> tensor<?x6x5xf32> loc("norm")
  return %z : tensor<?x6x5xf32>
}
