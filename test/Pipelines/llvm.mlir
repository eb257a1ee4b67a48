// RUN: %bn-opt %s --bn-llvm-pipeline | FileCheck %s
// RUN: %bn-opt %s --bn-llvm-pipeline | mlir-translate --mlir-to-llvmir -o %t

// CHECK-LABEL: llvm.func @kernel
// CHECK-NOT:     unrealized_conversion_cast
// CHECK:         llvm.intr.fma
// CHECK:         llvm.intr.tanh
// CHECK:         llvm.intr.exp
// CHECK:         llvm.return
func.func @kernel(%a: memref<?x64xf32>, %b: memref<64x16xf32>,
                  %out: memref<?x16xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %f0 = arith.constant 0.0 : f32
  %zeros = arith.constant dense<0.0> : vector<4xf32>
  %zero = arith.constant dense<0.0> : vector<4x16xf32>
  scf.for %i = %c0 to %n step %c1 {
    %rows = memref.subview %a[%i, 0] [4, 64] [1, 1]
      : memref<?x64xf32> to memref<4x64xf32, strided<[64, 1], offset: ?>>
    %product = scf.for %k = %c0 to %c64 step %c1 iter_args(%sum = %zero)
        -> (vector<4x16xf32>) {
      %row = vector.load %b[%k, %c0] : memref<64x16xf32>, vector<16xf32>
      %r = vector.broadcast %row : vector<16xf32> to vector<4x16xf32>
      %column = vector.transfer_read %rows[%c0, %k], %f0
        {permutation_map = affine_map<(d0, d1) -> (d0)>, in_bounds = [true]}
        : memref<4x64xf32, strided<[64, 1], offset: ?>>, vector<4xf32>
      %c = vector.broadcast %column : vector<4xf32> to vector<16x4xf32>
      %t = vector.transpose %c, [1, 0] : vector<16x4xf32> to vector<4x16xf32>
      %next = math.fma %t, %r, %sum : vector<4x16xf32>
      scf.yield %next : vector<4x16xf32>
    }
    %0 = math.tanh %product : vector<4x16xf32>
    %1 = math.exp %0 : vector<4x16xf32>
    %2 = vector.multi_reduction <add>, %1, %zeros [1]
      : vector<4x16xf32> to vector<4xf32>
    vector.transfer_write %2, %out[%i, %c0] {in_bounds = [false]}
      : vector<4xf32>, memref<?x16xf32>
  }
  return
}
