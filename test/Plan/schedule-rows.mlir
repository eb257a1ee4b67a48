// RUN: %bn-opt %s --split-input-file --bn-schedule-rows --verify-diagnostics | FileCheck %s

// Whole wide blocks, then one more for many rows, or row by row.

// CHECK-LABEL: func.func @f(
// CHECK-SAME:    %[[X:.*]]: memref<?x3xf32> {bn.name = "x"}, %[[Y:.*]]: memref<?x3xf32> {bn.name = "y"},
// CHECK-SAME:    %[[WORKSPACE:.*]]: memref<?xi8>, %[[OPTIONS:.*]]: !llvm.ptr)
// CHECK-SAME:    bn.input_count = 1 : i64, bn.workspace_bytes = 0 : i64, bn.workspace_bytes_per_row = 0 : i64, bn.workspace_bytes_per_thread = 768 : i64
// CHECK-DAG:     %[[BATCH:.*]] = memref.dim %[[X]]
// CHECK:         %[[LEFT:.*]] = arith.remui %[[BATCH]], %{{.*}} : index
// CHECK:         %[[WHOLE:.*]] = arith.subi %[[BATCH]], %[[LEFT]]
// Several blocks run on the caller's threads.
// CHECK:         %[[SEVERAL:.*]] = arith.cmpi ugt
// CHECK:         scf.if %[[SEVERAL]] {
// CHECK:           bn.parallel @wide.rows(%[[X]], %[[Y]], %[[WORKSPACE]], %[[OPTIONS]], %{{.*}}) count(%{{.*}}) options(%[[OPTIONS]] : !llvm.ptr)
// CHECK:         } else {
// CHECK:           scf.for %[[ROW:.*]] = %{{.*}} to %[[WHOLE]] step %c32
// CHECK-NEXT:        call @wide(%[[X]], %[[Y]], %[[ROW]], %[[WORKSPACE]], %[[OPTIONS]])
// CHECK:         %[[REST:.*]] = arith.subi %[[BATCH]], %[[WHOLE]]
// CHECK:         %[[LIMIT:.*]] = arith.constant 11 : index
// CHECK:         %[[MANY:.*]] = arith.cmpi uge, %[[REST]], %[[LIMIT]]
// CHECK:         scf.if %[[MANY]] {
// CHECK-NEXT:      call @wide(%[[X]], %[[Y]], %[[WHOLE]],
// CHECK-NEXT:    } else {
// CHECK:           scf.for %[[ROW:.*]] = %[[WHOLE]] to %[[BATCH]] step %c1
// CHECK-NEXT:        call @row(%[[X]], %[[Y]], %[[ROW]],
// CHECK:         return
func.func @f(%x: tensor<?x3xf32> {bn.name = "x"}) -> (tensor<?x3xf32> {bn.name = "y"})
    attributes {bn.blocks = [@wide, @row], bn.worthwhile_rows = 11 : i64} {
  return %x : tensor<?x3xf32>
}
// A worker has a workspace of its own.
// CHECK-LABEL: func.func private @row.rows(
// CHECK-LABEL: func.func private @wide.rows(
// CHECK-SAME:    %[[TX:.*]]: memref<?x3xf32>, %[[TY:.*]]: memref<?x3xf32>, %[[TW:.*]]: memref<?xi8>, %[[TO:.*]]: !llvm.ptr, %[[FIRST:.*]]: index, %[[I:.*]]: index, %[[WORKER:.*]]: index)
// CHECK:         %[[SHIFT:.*]] = arith.muli %[[WORKER]], %c768
// CHECK:         %[[OWN:.*]] = memref.view %[[TW]][%[[SHIFT]]]
// CHECK:         %[[BEHIND:.*]] = arith.muli %[[I]], %c32
// CHECK:         %[[TROW:.*]] = arith.addi %[[FIRST]], %[[BEHIND]]
// CHECK:         call @wide(%[[TX]], %[[TY]], %[[TROW]], %[[OWN]], %{{.*}})
// The blocks are no models: nothing of a model's is left on them.
// CHECK-LABEL: func.func private @wide(
// CHECK-NOT:     bn.input_count
// CHECK-NOT:     bn.workspace
// CHECK:         return
func.func private @wide(%x: memref<?x3xf32>, %y: memref<?x3xf32>, %row: index,
                        %workspace: memref<?xi8>, %options: !llvm.ptr)
    attributes {bn.block_rows = 32 : i64, bn.input_count = 1 : i64, bn.workspace_bytes = 768 : i64,
                bn.workspace_bytes_per_row = 0 : i64, bn.workspace_bytes_per_thread = 0 : i64} {
  return
}
func.func private @row(%x: memref<?x3xf32>, %y: memref<?x3xf32>, %row: index,
                       %workspace: memref<?xi8>, %options: !llvm.ptr)
    attributes {bn.block_rows = 1 : i64, bn.input_count = 1 : i64, bn.workspace_bytes = 64 : i64,
                bn.workspace_bytes_per_row = 0 : i64, bn.workspace_bytes_per_thread = 0 : i64} {
  return
}

// -----

// A wide block alone also takes what is left over.

// CHECK-LABEL: func.func @only_wide(
// CHECK:         scf.for
// CHECK:           call @block
// CHECK:         %[[SOME:.*]] = arith.cmpi ult
// CHECK:         scf.if %[[SOME]] {
// CHECK-NEXT:      call @block
// CHECK-NEXT:    }
// CHECK-NEXT:    return
func.func @only_wide(%x: tensor<40x3xf32>) -> tensor<40x3xf32>
    attributes {bn.blocks = [@block], bn.worthwhile_rows = 5 : i64} {
  return %x : tensor<40x3xf32>
}
func.func private @block(%x: memref<40x3xf32>, %y: memref<40x3xf32>, %row: index,
                         %workspace: memref<?xi8>, %options: !llvm.ptr)
    attributes {bn.block_rows = 32 : i64} {
  return
}

// -----

// Row by row nothing is left over.

// CHECK-LABEL: func.func @only_rows(
// CHECK:         %[[BATCH:.*]] = memref.dim
// CHECK:         scf.for %{{.*}} = %{{.*}} to %[[BATCH]] step %c1
// CHECK-NEXT:      call @block
// CHECK-NEXT:    }
// CHECK:         return
func.func @only_rows(%x: tensor<?x3xf32>) -> tensor<?x3xf32>
    attributes {bn.blocks = [@block], bn.worthwhile_rows = 32 : i64} {
  return %x : tensor<?x3xf32>
}
func.func private @block(%x: memref<?x3xf32>, %y: memref<?x3xf32>, %row: index,
                         %workspace: memref<?xi8>, %options: !llvm.ptr)
    attributes {bn.block_rows = 1 : i64} {
  return
}

// CHECK-LABEL: func.func @not_planned(
// CHECK-SAME:    tensor<?x3xf32>) -> tensor<?x3xf32>
func.func @not_planned(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  return %x : tensor<?x3xf32>
}

// -----

// expected-error @below {{unknown block function @missing}}
func.func @lost(%x: tensor<?x3xf32>) -> tensor<?x3xf32>
    attributes {bn.blocks = [@missing], bn.worthwhile_rows = 5 : i64} {
  return %x : tensor<?x3xf32>
}
