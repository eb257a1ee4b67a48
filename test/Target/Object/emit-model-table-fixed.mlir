// RUN: %bn-opt %s --bn-emit-model-table | FileCheck %s

// A fixed batch is the only one that is taken; a scalar resource is unpacked.
// CHECK: memref.global "private" constant @scalar : memref<f32> = dense<1.000000e+00>
// CHECK: llvm.func @model_run(%{{.*}}, %{{.*}}, %[[BATCH:.*]]: i64,
// CHECK: %[[FIXED:.*]] = llvm.mlir.constant(4 : i64)
// CHECK: llvm.icmp "eq" %[[BATCH]], %[[FIXED]]
memref.global constant @scalar : memref<f32> = dense_resource<one>
func.func @net(%x: memref<4x3xf32>, %y: memref<4xi64>, %w: memref<?xi8>,
               %o: !llvm.ptr) attributes {bn.input_count = 1 : i64} {
  return
}
// Without names, positions are the names.
// CHECK-DAG: ("input0\00")
// CHECK-DAG: ("output0\00")

{-#
  dialect_resources: { builtin: { one: "0x040000000000803F" } }
#-}
