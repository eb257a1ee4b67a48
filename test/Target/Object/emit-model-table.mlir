// RUN: %bn-opt %s --bn-emit-model-table="symbol=net cpu-features=avx2,fma" | FileCheck %s
// RUN: %bn-opt %s --bn-emit-model-table="symbol=net entry-point" | FileCheck %s --check-prefix=ENTRY
// RUN: %bn-opt %s --bn-emit-model-table="symbol=net" --bn-llvm-pipeline | mlir-opt | FileCheck %s --check-prefix=LLVM

module attributes {bn.properties = {bn.input_mean = "0.5"}} {
  // Names cannot meet those of the C library.
  // CHECK: func.func private @net.main(%{{.*}}: memref<?x3xf32>, %{{.*}}: memref<?xf64>, %{{.*}}: memref<?xi8>, %{{.*}}: !llvm.ptr) attributes {llvm.linkage = #llvm.linkage<internal>}
  func.func @main(%x: memref<?x3xf32> {bn.name = "x"},
                  %y: memref<?xf64> {bn.name = "y"},
                  %workspace: memref<?xi8>, %options: !llvm.ptr)
      attributes {bn.batch_statistics, bn.input_count = 1 : i64,
                  bn.workspace_bytes = 64 : i64,
                  bn.workspace_bytes_per_row = 128 : i64,
                  bn.workspace_bytes_per_thread = 192 : i64,
                  bn.minimum_batch = 2 : i64,
                  bn.minimum_batch_reason = "batch norm 'bn1'",
                  bn.parameter_count = 7 : i64,
                  bn.operations_per_row = 11 : i64} {
    return
  }
}

// CHECK: llvm.func @net_run(%[[INPUTS:.*]]: !llvm.ptr, %{{.*}}: !llvm.ptr, %[[BATCH:.*]]: i64, %{{.*}}: !llvm.ptr, %[[OPTIONS:.*]]: !llvm.ptr) -> i32
// CHECK: %[[MINIMUM:.*]] = llvm.mlir.constant(2 : i64)
// CHECK: %[[ENOUGH:.*]] = llvm.icmp "sge" %[[BATCH]], %[[MINIMUM]]
// CHECK: llvm.cond_br %[[ENOUGH]], ^[[GO:.*]], ^[[BAD:.*]]
// CHECK: ^[[GO]]:
// CHECK: builtin.unrealized_conversion_cast {{.*}} to memref<?x3xf32>
// CHECK: builtin.unrealized_conversion_cast {{.*}} to memref<?xf64>
// CHECK: llvm.icmp "ne" %[[OPTIONS]]
// CHECK: ^[[BAD]]:
// CHECK: llvm.mlir.constant(1 : i32)
// CHECK: call @net.main({{.*}}, %[[OPTIONS]])

// CHECK-DAG: ("x\00")
// CHECK-DAG: ("y\00")
// CHECK-DAG: ("main\00")
// CHECK-DAG: ("avx2,fma\00")
// CHECK-DAG: ("bn.batch_statistics\00")
// CHECK-DAG: ("bn.input_mean\00")
// CHECK-DAG: ("batch norm 'bn1'\00")
// CHECK: llvm.mlir.global internal constant @net_table()
// CHECK: llvm.mlir.constant(192 : i64)
// CHECK: llvm.mlir.addressof @net_run
// CHECK: llvm.func @net_model() -> !llvm.ptr
// CHECK-NOT: bn_get_model

// ENTRY: llvm.func @bn_get_model() -> !llvm.ptr

// LLVM-NOT: unrealized_conversion_cast
// LLVM: llvm.func internal @net.main
// LLVM: llvm.func @net_run
