// RUN: %bn-opt %s --bn-expand-copies | FileCheck %s

// CHECK-LABEL: func.func @copies
// CHECK-SAME:    %[[A:.*]]: memref<4x3xf32>, %[[B:.*]]: memref<9x3xf32>
// CHECK-NOT:     memref.copy
// CHECK:         %[[ROWS:.*]] = memref.subview %[[B]]
// CHECK:         linalg.generic {{.*}} ins(%[[A]] {{.*}} outs(%[[ROWS]]
// CHECK-NOT:     linalg.generic
func.func @copies(%a: memref<4x3xf32>, %b: memref<9x3xf32>) {
  memref.copy %a, %a : memref<4x3xf32> to memref<4x3xf32>
  %rows = memref.subview %b[0, 0] [4, 3] [2, 1]
    : memref<9x3xf32> to memref<4x3xf32, strided<[6, 1]>>
  memref.copy %a, %rows
    : memref<4x3xf32> to memref<4x3xf32, strided<[6, 1]>>
  return
}
