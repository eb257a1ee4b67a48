// RUN: %bn-opt %s --bn-emit-trainer-table="symbol=net optimizer=1 label-smoothing=0.125" | FileCheck %s
// RUN: %bn-opt %s --bn-emit-trainer-table="symbol=net entry-point" | FileCheck %s --check-prefix=ENTRY
// RUN: %bn-opt %s --bn-emit-trainer-table="symbol=net" --bn-llvm-pipeline | FileCheck %s --check-prefix=LLVM

module {
  // CHECK: func.func private @net.gradients
  // CHECK-NOT: bn.parameter
  func.func @gradients(
      %x: memref<?x3xf32> {bn.name = "x"},
      %labels: memref<?xi64> {bn.name = "labels"},
      %seed: memref<2xi64> {bn.name = "seed"},
      %w: memref<4x3xf32> {bn.name = "fc.weight", bn.parameter = "weight",
                           bn.layer = "fc", bn.fan_in = 3 : i64},
      %mean: memref<4xf32> {bn.name = "bn.mean", bn.parameter = "running_mean",
                            bn.layer = "bn", bn.fan_in = 0 : i64},
      %loss: memref<f32>, %hits: memref<i64>, %dw: memref<4x3xf32>,
      %new_mean: memref<4xf32>, %workspace: memref<?xi8>, %options: !llvm.ptr)
      attributes {bn.input_count = 5 : i64} {
    return
  }
  // CHECK: func.func private @net.predict
  func.func @predict(
      %x: memref<?x3xf32> {bn.name = "x"}, %w: memref<4x3xf32>,
      %mean: memref<4xf32>, %y: memref<?x4xf32> {bn.name = "y"},
      %workspace: memref<?xi8>, %options: !llvm.ptr)
      attributes {bn.input_count = 3 : i64} {
    return
  }
  // CHECK: func.func private @net.update
  func.func @update(%p: memref<?xf32>, %new_p: memref<?xf32>,
                    %workspace: memref<?xi8>, %options: !llvm.ptr)
      attributes {bn.input_count = 1 : i64} {
    return
  }
}

// CHECK: llvm.func internal @net_gradients_run
// CHECK: llvm.mlir.global internal constant @net_gradients_table()
// CHECK: llvm.func internal @net_predict_run
// CHECK: llvm.func internal @net_update_run
// CHECK-DAG: ("fc.weight\00")
// CHECK-DAG: ("bn\00")
// Parameters, trained ones, loss, optimizer, classes.
// CHECK: llvm.mlir.global internal constant @net_trainer_table()
// CHECK: llvm.mlir.constant(2 : i32)
// CHECK: llvm.mlir.constant(1 : i32)
// CHECK: llvm.mlir.constant(0 : i32)
// CHECK: llvm.mlir.constant(1 : i32)
// CHECK: llvm.mlir.constant(4 : i32)
// CHECK: llvm.mlir.constant(1.250000e-01 : f64)
// CHECK: llvm.mlir.addressof @net_gradients_table
// CHECK: llvm.mlir.addressof @net_predict_table
// CHECK: llvm.mlir.addressof @net_update_table
// CHECK: llvm.func @net_trainer() -> !llvm.ptr
// CHECK-NOT: bn_get_trainer

// ENTRY: llvm.func @bn_get_trainer() -> !llvm.ptr

// LLVM-NOT: unrealized_conversion_cast
// LLVM: llvm.func internal @net.gradients
