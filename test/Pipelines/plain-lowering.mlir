// RUN: %bn-opt %s --bn-plain-lowering-pipeline | FileCheck %s

// The result is computed in the caller's memory; the only temporary is the sum
// in f64.

// CHECK:      memref.global "private" constant @[[W:.*]] : memref<10x84xf32>
// CHECK:      func.func @linear(%[[X:.*]]: memref<?x84xf32> {bn.name = "x"}, %[[Y:.*]]: memref<?x10xf32> {bn.name = "y"}, %[[WORKSPACE:.*]]: memref<?xi8>, %{{.*}}: !llvm.ptr)
// CHECK-SAME:   bn.input_count = 1 : i64, bn.minimum_batch = 1 : i64, bn.operations_per_row = 1680 : i64, bn.parameter_count = 840 : i64
// CHECK-SAME:   bn.workspace_bytes = 0 : i64, bn.workspace_bytes_per_row = 128 : i64
// CHECK-NOT:    memref.alloc
// CHECK:        memref.view %[[WORKSPACE]]
// CHECK:        memref.get_global @[[W]]
// CHECK:        scf.for
// CHECK:        memref.store %{{.*}}, %[[Y]]
// CHECK-NOT:    memref.copy
// CHECK:        return{{$}}
func.func @linear(%x: tensor<?x84xf32> {bn.name = "x"})
    -> (tensor<?x10xf32> {bn.name = "y"}) {
  %w = arith.constant dense<0.5> : tensor<10x84xf32>
  %y = bn.linear %x, %w {transpose_weight}
    : (tensor<?x84xf32>, tensor<10x84xf32>) -> tensor<?x10xf32>
  return %y : tensor<?x10xf32>
}
