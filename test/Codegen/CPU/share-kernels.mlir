// RUN: %bn-opt %s --bn-share-kernels | FileCheck %s
// RUN: %bn-opt %s --bn-share-kernels --bn-lower-lane-kernels=vector-registers=32 --mlir-print-op-generic | FileCheck %s --check-prefix=LOWERED

// Two kernels that differ in their buffers, and in where they are, are one; the
// order of operands is that of the kernel.

// CHECK-LABEL: func.func @first(
// CHECK-SAME:    %[[X:.*]]: memref<4x8x16xf32>, %[[Y:.*]]: memref<4x8x16xf32>, %[[Z:.*]]: memref<4x8x16xf32>, %[[ROWS:.*]]: index
// CHECK-NEXT:    call @[[KERNEL:kernel[_0-9]*]](%[[ROWS]], %[[ROWS]], %[[X]], %[[Y]], %[[Z]])
// CHECK-NEXT:    call @[[KERNEL]](%[[ROWS]], %[[ROWS]], %[[Z]], %[[X]], %[[Y]])
// CHECK-NEXT:    return
// CHECK:       func.func private @[[KERNEL]](
// CHECK-SAME:    %[[K:.*]]: index, %[[N:.*]]: index, %[[A:.*]]: memref<4x8x16xf32>, %[[B:.*]]: memref<4x8x16xf32>, %[[C:.*]]: memref<4x8x16xf32>)
// CHECK-NEXT:    bn.lane_kernel rows(%[[K]] of %[[N]]) inputs(%[[A]], %[[B]] : {{.*}}) outputs(%[[C]] :
// CHECK:           bn.sub
// LOWERED-NOT: bn.
func.func @first(%x: memref<4x8x16xf32>, %y: memref<4x8x16xf32>,
                 %z: memref<4x8x16xf32>, %rows: index) {
  bn.lane_kernel rows(%rows of %rows)
      inputs(%x, %y : memref<4x8x16xf32>, memref<4x8x16xf32>)
      outputs(%z : memref<4x8x16xf32>) {
  ^bb0(%a: tensor<?x4x8xf32>, %b: tensor<?x4x8xf32>):
    %c = bn.sub %a, %b : (tensor<?x4x8xf32>, tensor<?x4x8xf32>) -> tensor<?x4x8xf32>
    %d = bn.mul %c, %a : (tensor<?x4x8xf32>, tensor<?x4x8xf32>) -> tensor<?x4x8xf32>
    bn.yield %d : tensor<?x4x8xf32>
  }
  bn.lane_kernel rows(%rows of %rows)
      inputs(%z, %x : memref<4x8x16xf32>, memref<4x8x16xf32>)
      outputs(%y : memref<4x8x16xf32>) {
  ^bb0(%a: tensor<?x4x8xf32>, %b: tensor<?x4x8xf32>):
    %c = bn.sub %a, %b : (tensor<?x4x8xf32>, tensor<?x4x8xf32>) -> tensor<?x4x8xf32>
    %d = bn.mul %c, %a : (tensor<?x4x8xf32>, tensor<?x4x8xf32>) -> tensor<?x4x8xf32>
    bn.yield %d : tensor<?x4x8xf32>
  }
  return
}

// Others stay: with operands of a body in another order, of another shape, or
// with another attribute.

// CHECK-LABEL: func.func @second(
// CHECK:         bn.lane_kernel
// CHECK:         bn.lane_kernel
// CHECK:         call @[[CLIP:kernel[_0-9]*]](
// CHECK:         bn.lane_kernel
// CHECK:           bn.clip %{{.*}} {maximum = 2
// CHECK-NOT:     bn.lane_kernel
// CHECK:         return
func.func @second(%x: memref<4x8x16xf32>, %y: memref<4x8x16xf32>,
                  %z: memref<4x8x16xf32>, %u: memref<32x16xf32>,
                  %v: memref<32x16xf32>, %w: memref<32x16xf32>, %rows: index) {
  bn.lane_kernel rows(%rows of %rows)
      inputs(%x, %y : memref<4x8x16xf32>, memref<4x8x16xf32>)
      outputs(%z : memref<4x8x16xf32>) {
  ^bb0(%a: tensor<?x4x8xf32>, %b: tensor<?x4x8xf32>):
    %c = bn.sub %a, %b : (tensor<?x4x8xf32>, tensor<?x4x8xf32>) -> tensor<?x4x8xf32>
    %d = bn.mul %a, %c : (tensor<?x4x8xf32>, tensor<?x4x8xf32>) -> tensor<?x4x8xf32>
    bn.yield %d : tensor<?x4x8xf32>
  }
  bn.lane_kernel rows(%rows of %rows)
      inputs(%u, %v : memref<32x16xf32>, memref<32x16xf32>)
      outputs(%w : memref<32x16xf32>) {
  ^bb0(%a: tensor<?x32xf32>, %b: tensor<?x32xf32>):
    %c = bn.sub %a, %b : (tensor<?x32xf32>, tensor<?x32xf32>) -> tensor<?x32xf32>
    %d = bn.mul %c, %a : (tensor<?x32xf32>, tensor<?x32xf32>) -> tensor<?x32xf32>
    bn.yield %d : tensor<?x32xf32>
  }
  bn.lane_kernel rows(%rows of %rows) inputs(%x : memref<4x8x16xf32>)
      outputs(%z : memref<4x8x16xf32>) {
  ^bb0(%a: tensor<?x4x8xf32>):
    %c = bn.clip %a {minimum = 0.0 : f64, maximum = 6.0 : f64} : tensor<?x4x8xf32>
    bn.yield %c : tensor<?x4x8xf32>
  }
  bn.lane_kernel rows(%rows of %rows) inputs(%x : memref<4x8x16xf32>)
      outputs(%z : memref<4x8x16xf32>) {
  ^bb0(%a: tensor<?x4x8xf32>):
    %c = bn.clip %a {minimum = 0.0 : f64, maximum = 2.0 : f64} : tensor<?x4x8xf32>
    bn.yield %c : tensor<?x4x8xf32>
  }
  return
}

// Kernels of several functions share one.

// CHECK-LABEL: func.func @third(
// CHECK-NEXT:    call @[[CLIP]](
func.func @third(%x: memref<4x8x16xf32>, %y: memref<4x8x16xf32>, %rows: index) {
  bn.lane_kernel rows(%rows of %rows) inputs(%x : memref<4x8x16xf32>)
      outputs(%y : memref<4x8x16xf32>) {
  ^bb0(%a: tensor<?x4x8xf32>):
    %c = bn.clip %a {minimum = 0.0 : f64, maximum = 6.0 : f64} : tensor<?x4x8xf32>
    bn.yield %c : tensor<?x4x8xf32>
  }
  return
}
