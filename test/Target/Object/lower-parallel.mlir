// RUN: %bn-opt %s --bn-lower-parallel | FileCheck %s
// RUN: %bn-opt %s --bn-lower-parallel --bn-llvm-pipeline | FileCheck %s --check-prefix=LLVM

// The task takes its arguments from where the caller has stored them.
// CHECK: func.func private @fill(%{{.*}}: memref<?xf32>, %{{.*}}: f32, %{{.*}}: index, %{{.*}}: index)
func.func private @fill(%x: memref<?xf32>, %value: f32, %i: index,
                        %worker: index) {
  memref.store %value, %x[%i] : memref<?xf32>
  return
}

// CHECK: llvm.func internal @fill.task(%[[CONTEXT:.*]]: !llvm.ptr, %[[I:.*]]: i64, %[[WORKER:.*]]: i64)
// CHECK: llvm.getelementptr %[[CONTEXT]][0, 0]
// CHECK: llvm.getelementptr %[[CONTEXT]][0, 1]
// CHECK: %[[INDEX:.*]] = arith.index_cast %[[I]] : i64 to index
// CHECK: %[[BY:.*]] = arith.index_cast %[[WORKER]] : i64 to index
// CHECK: call @fill(%{{.*}}, %{{.*}}, %[[INDEX]], %[[BY]])

// CHECK: func.func @run(%[[X:.*]]: memref<?xf32>, %[[VALUE:.*]]: f32, %[[N:.*]]: index, %[[OPTIONS:.*]]: !llvm.ptr)
// CHECK: llvm.alloca
// CHECK: %[[GIVEN:.*]] = llvm.icmp "ne" %[[OPTIONS]]
// CHECK: %[[LOADED:.*]]:2 = scf.if %[[GIVEN]]
// CHECK: %[[FORKS:.*]] = llvm.and
// CHECK: scf.if %[[FORKS]]
// CHECK: llvm.call %[[LOADED]]#1(%[[LOADED]]#0, %{{.*}}, %{{.*}}, %{{.*}})
// CHECK: else
// CHECK: scf.for %[[J:.*]] = %[[ZERO:.*]] to %[[N]]
// CHECK: call @fill(%[[X]], %[[VALUE]], %[[J]], %[[ZERO]])
func.func @run(%x: memref<?xf32>, %value: f32, %n: index, %options: !llvm.ptr) {
  bn.parallel @fill(%x, %value) count(%n) options(%options : !llvm.ptr)
    : memref<?xf32>, f32
  return
}

// LLVM-NOT: unrealized_conversion_cast
// LLVM: llvm.func @run
