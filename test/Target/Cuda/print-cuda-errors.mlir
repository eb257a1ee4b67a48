// RUN: %bn-opt %s --bn-print-cuda --split-input-file --verify-diagnostics -o %t

gpu.module @kernels {
  gpu.func @strided(%x: memref<4xf32, strided<[2]>>) kernel {
    %c0 = arith.constant 0 : index
    %value = memref.load %x[%c0] : memref<4xf32, strided<[2]>>
    // expected-error @below {{cannot be printed as CUDA C++}}
    memref.store %value, %x[%c0] : memref<4xf32, strided<[2]>>
    gpu.return
  }
}

// -----

gpu.module @kernels {
  gpu.func @reversed(%x: memref<4xf32, strided<[2]>>, %y: memref<4xf32>) kernel {
    %c0 = arith.constant 0 : index
    // expected-error @below {{cannot be printed as CUDA C++}}
    %value = memref.load %x[%c0] : memref<4xf32, strided<[2]>>
    memref.store %value, %y[%c0] : memref<4xf32>
    gpu.return
  }
}

// -----

gpu.module @kernels {
  gpu.func @unknown(%x: memref<4xf32>, %y: memref<4xf32>) kernel {
    // expected-error @below {{'memref.copy' op cannot be printed as CUDA C++}}
    memref.copy %x, %y : memref<4xf32> to memref<4xf32>
    gpu.return
  }
}

// -----

gpu.module @kernels {
  gpu.func @wide(%x: memref<8xf32>) kernel {
    %c0 = arith.constant 0 : index
    %value = vector.load %x[%c0] : memref<8xf32>, vector<8xf32>
    // expected-error @below {{cannot be printed as CUDA C++}}
    vector.store %value, %x[%c0] : memref<8xf32>, vector<8xf32>
    gpu.return
  }
}

// -----

gpu.module @kernels {
  // expected-error @below {{expected initial values of f32}}
  memref.global "private" constant @table : memref<2xi32> = dense<[1, 2]>
}

// -----

// expected-error @below {{'llvm.mlir.global' op cannot be printed as CUDA C++}}
llvm.mlir.global constant @value(1 : i32) : i32
