// RUN: %bn-opt %s --split-input-file --bn-allocate-workspace --verify-diagnostics

func.func @no_workspace(%x: memref<4xf32>) {
  // expected-error @below {{expected no buffer in a function without the workspace of a model's entry point}}
  %a = memref.alloc() : memref<4xf32>
  memref.copy %x, %a : memref<4xf32> to memref<4xf32>
  return
}

// -----

func.func @no_arguments() attributes {bn.input_count = 0 : i64} {
  // expected-error @below {{expected no buffer in a function without the workspace of a model's entry point}}
  %a = memref.alloc() : memref<4xf32>
  return
}

// -----

func.func @size_of_workspace(%w: memref<?xi8>, %o: !llvm.ptr)
    attributes {bn.input_count = 0 : i64} {
  %c0 = arith.constant 0 : index
  %n = memref.dim %w, %c0 : memref<?xi8>
  // expected-error @below {{expected a buffer of fixed size or with one row per row of the batch, got 'memref<?xi8>'}}
  %a = memref.alloc(%n) : memref<?xi8>
  return
}

// -----

func.func @unknown_size(%x: memref<?x4xf32>, %w: memref<?xi8>, %o: !llvm.ptr)
    attributes {bn.input_count = 1 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = memref.dim %x, %c0 : memref<?x4xf32>
  %m = arith.addi %n, %c1 : index
  // expected-error @below {{expected a buffer of fixed size or with one row per row of the batch, got 'memref<?x4xf32>'}}
  %a = memref.alloc(%m) : memref<?x4xf32>
  return
}

// -----

func.func @squared(%x: memref<?x4xf32>, %w: memref<?xi8>, %o: !llvm.ptr)
    attributes {bn.input_count = 1 : i64} {
  %c0 = arith.constant 0 : index
  %n = memref.dim %x, %c0 : memref<?x4xf32>
  // expected-error @below {{expected a buffer of fixed size or with one row per row of the batch, got 'memref<?x?xf32>'}}
  %a = memref.alloc(%n, %n) : memref<?x?xf32>
  return
}

// -----

func.func @too_large(%x: memref<4xf32>, %w: memref<?xi8>, %o: !llvm.ptr)
    attributes {bn.input_count = 1 : i64} {
  // expected-error @below {{buffer of type 'memref<4294967296x4294967296xf32>' is too large to address}}
  %a = memref.alloc() : memref<4294967296x4294967296xf32>
  return
}

// -----

func.func @alignment(%x: memref<4xf32>, %w: memref<?xi8>, %o: !llvm.ptr)
    attributes {bn.input_count = 1 : i64} {
  // expected-error @below {{expected an alignment of at most 64, got 128}}
  %a = memref.alloc() {alignment = 128 : i64} : memref<4xf32>
  return
}

// -----

func.func @layout(%x: memref<4xf32>, %w: memref<?xi8>, %o: !llvm.ptr)
    attributes {bn.input_count = 1 : i64} {
  // expected-error @below {{expected a row-major buffer in the default memory space, got 'memref<4x5xf32, strided<[1, 4]>>'}}
  %a = memref.alloc() : memref<4x5xf32, strided<[1, 4]>>
  return
}

// -----

func.func @survives(%x: memref<4xf32>, %w: memref<?xi8>, %o: !llvm.ptr)
    attributes {bn.input_count = 1 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %r = scf.for %i = %c0 to %c4 step %c1 iter_args(%b = %x) -> memref<4xf32> {
    // expected-error @below {{a buffer that outlives the iteration that allocates it cannot be in the workspace}}
    %a = memref.alloc() : memref<4xf32>
    memref.copy %b, %a : memref<4xf32> to memref<4xf32>
    scf.yield %a : memref<4xf32>
  }
  return
}

// -----

func.func @parallel(%x: memref<4xf32>, %w: memref<?xi8>, %o: !llvm.ptr)
    attributes {bn.input_count = 1 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  scf.parallel (%i) = (%c0) to (%c4) step (%c1) {
    // expected-error @below {{a buffer inside of 'scf.parallel' cannot be in the workspace: its executions may overlap}}
    %a = memref.alloc() : memref<4xf32>
    memref.copy %x, %a : memref<4xf32> to memref<4xf32>
    scf.reduce
  }
  return
}

// -----

func.func @returned(%x: memref<4xf32>, %w: memref<?xi8>, %o: !llvm.ptr)
    -> memref<4xf32> attributes {bn.input_count = 1 : i64} {
  // expected-error @below {{expected no buffer to be returned; results are arguments of the function}}
  %a = memref.alloc() : memref<4xf32>
  return %a : memref<4xf32>
}

// -----

// expected-error @below {{expected buffers of fixed size only in front of a workspace that is already laid out}}
func.func @twice(%x: memref<?xf32>, %w: memref<?xi8>, %o: !llvm.ptr)
    attributes {bn.input_count = 1 : i64, bn.workspace_bytes = 64 : i64} {
  %c0 = arith.constant 0 : index
  %n = memref.dim %x, %c0 : memref<?xf32>
  %a = memref.alloc(%n) : memref<?xf32>
  memref.copy %x, %a : memref<?xf32> to memref<?xf32>
  return
}
