// RUN: %bn-opt %s --split-input-file --bn-profile-kernels | FileCheck %s

// A counter for each layer by name, whatever the number of its kernels, one for
// what belongs to none, and one for the model.

// CHECK:       module attributes {bn.profile = ["relu1", "copy", "lane_kernel"]} {
// CHECK:       memref.global "public" @bn_profile_ticks : memref<4xi64> = dense<0>
// CHECK-LABEL: func.func @model(
// CHECK-NEXT:    %[[BEGIN:.*]] = llvm.call_intrinsic "llvm.readcyclecounter"() : () -> i64
// CHECK-NEXT:    call @block
// CHECK-NEXT:    %[[END:.*]] = llvm.call_intrinsic "llvm.readcyclecounter"()
// CHECK-NEXT:    %[[TICKS:.*]] = arith.subi %[[END]], %[[BEGIN]] : i64
// CHECK-NEXT:    %[[COUNTERS:.*]] = memref.get_global @bn_profile_ticks
// CHECK-NEXT:    %[[PLACE:.*]] = arith.constant 3 : index
// CHECK-NEXT:    memref.atomic_rmw addi %[[TICKS]], %[[COUNTERS]][%[[PLACE]]]
// CHECK-NEXT:    return
// CHECK-LABEL: func.func private @block(
// CHECK-NEXT:    %[[BEGIN:.*]] = llvm.call_intrinsic
// CHECK-NEXT:    bn.lane_kernel
// CHECK:         %[[END:.*]] = llvm.call_intrinsic
// CHECK-NEXT:    %[[TICKS:.*]] = arith.subi %[[END]], %[[BEGIN]]
// CHECK-NEXT:    memref.get_global
// CHECK-NEXT:    %[[PLACE:.*]] = arith.constant 0 : index
// CHECK-NEXT:    memref.atomic_rmw addi %[[TICKS]], %{{.*}}[%[[PLACE]]]
// CHECK:         arith.constant 1 : index
// CHECK-NEXT:    memref.atomic_rmw
// CHECK:         arith.constant 0 : index
// CHECK-NEXT:    memref.atomic_rmw
// CHECK:         arith.constant 2 : index
// CHECK-NEXT:    memref.atomic_rmw
func.func @model(%x: memref<4x8x16xf32>, %y: memref<4x8x16xf32>, %rows: index) {
  call @block(%x, %y, %rows) : (memref<4x8x16xf32>, memref<4x8x16xf32>, index) -> ()
  return
}
func.func private @block(%x: memref<4x8x16xf32>, %y: memref<4x8x16xf32>,
                         %rows: index) {
  bn.lane_kernel rows(%rows of %rows) inputs(%x : memref<4x8x16xf32>)
      outputs(%y : memref<4x8x16xf32>) {
  ^bb0(%a: tensor<?x4x8xf32>):
    %b = bn.relu %a : tensor<?x4x8xf32>
    bn.yield %b : tensor<?x4x8xf32>
  } loc("relu1")
  bn.lane_kernel rows(%rows of %rows) inputs(%y : memref<4x8x16xf32>)
      outputs(%x : memref<4x8x16xf32>) {
  ^bb0(%a: tensor<?x4x8xf32>):
    %b = bn.exp %a : tensor<?x4x8xf32>
    bn.yield %b : tensor<?x4x8xf32>
  } loc("copy")
  bn.lane_kernel rows(%rows of %rows) inputs(%x : memref<4x8x16xf32>)
      outputs(%y : memref<4x8x16xf32>) {
  ^bb0(%a: tensor<?x4x8xf32>):
    %b = bn.relu %a : tensor<?x4x8xf32>
    bn.yield %b : tensor<?x4x8xf32>
  } loc("relu1")
  bn.lane_kernel rows(%rows of %rows) inputs(%x : memref<4x8x16xf32>)
      outputs(%y : memref<4x8x16xf32>) {
  ^bb0(%a: tensor<?x4x8xf32>):
    %b = bn.relu %a : tensor<?x4x8xf32>
    bn.yield %b : tensor<?x4x8xf32>
  }
  return
}

// -----

// Without kernels there is nothing to count.

// CHECK-NOT: bn_profile
// CHECK:     func.func @plain(
func.func @plain(%x: memref<4xf32>) {
  return
}
