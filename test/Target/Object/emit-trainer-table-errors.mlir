// RUN: %bn-opt %s --split-input-file --bn-emit-trainer-table --verify-diagnostics

// expected-error@below {{expected a lowered function 'gradients'}}
module {
}

// -----

module {
  // expected-error@below {{argument #1: unknown parameter 'wheel'}}
  func.func @gradients(%x: memref<?x3xf32>,
                       %w: memref<4xf32> {bn.parameter = "wheel"},
                       %workspace: memref<?xi8>, %options: !llvm.ptr)
      attributes {bn.input_count = 2 : i64} {
    return
  }
  func.func @predict(%x: memref<?x3xf32>, %y: memref<?x4xf32>,
                     %workspace: memref<?xi8>, %options: !llvm.ptr)
      attributes {bn.input_count = 1 : i64} {
    return
  }
  func.func @update(%p: memref<?xf32>, %new_p: memref<?xf32>,
                    %workspace: memref<?xi8>, %options: !llvm.ptr)
      attributes {bn.input_count = 1 : i64} {
    return
  }
}

// -----

module {
  // expected-error@below {{expected one output of rank 2: the batch and the classes}}
  func.func @gradients(%x: memref<?x3xf32>, %workspace: memref<?xi8>,
                       %options: !llvm.ptr)
      attributes {bn.input_count = 1 : i64} {
    return
  }
  func.func @predict(%x: memref<?x3xf32>, %y: memref<?x4x5xf32>,
                     %workspace: memref<?xi8>, %options: !llvm.ptr)
      attributes {bn.input_count = 1 : i64} {
    return
  }
  func.func @update(%p: memref<?xf32>, %new_p: memref<?xf32>,
                    %workspace: memref<?xi8>, %options: !llvm.ptr)
      attributes {bn.input_count = 1 : i64} {
    return
  }
}
