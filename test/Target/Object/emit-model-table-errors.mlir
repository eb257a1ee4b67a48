// RUN: %bn-opt %s --bn-emit-model-table --split-input-file --verify-diagnostics

// expected-error @+1 {{expected a lowered model: a function with 'bn.input_count'}}
module {
  func.func @net() { return }
}

// -----

// expected-note @+1 {{the first is here}}
func.func @one(%w: memref<?xi8>, %o: !llvm.ptr) attributes {bn.input_count = 0 : i64} {
  return
}
// expected-error @+1 {{expected one lowered model in the module, got a second}}
func.func @two(%w: memref<?xi8>, %o: !llvm.ptr) attributes {bn.input_count = 0 : i64} {
  return
}

// -----

// expected-error @+1 {{expected a definition without results, whose arguments are 2 inputs}}
func.func @net(%x: memref<3xf32>, %w: memref<?xi8>, %o: !llvm.ptr) attributes {bn.input_count = 2 : i64} {
  return
}

// -----

// expected-error @+1 {{expected the last two arguments to be a memref<?xi8> and an !llvm.ptr}}
func.func @net(%x: memref<3xf32>, %w: memref<8xi8>, %o: !llvm.ptr) attributes {bn.input_count = 1 : i64} {
  return
}

// -----

// expected-error @+1 {{argument #0: expected elements of f32, f64 or i64, got 'memref<3xf16>'}}
func.func @net(%x: memref<3xf16>, %w: memref<?xi8>, %o: !llvm.ptr) attributes {bn.input_count = 1 : i64} {
  return
}

// -----

// expected-error @+1 {{argument #0: expected a dynamic extent on axis 0 only, got 'memref<3x?xf32>'}}
func.func @net(%x: memref<3x?xf32>, %w: memref<?xi8>, %o: !llvm.ptr) attributes {bn.input_count = 1 : i64} {
  return
}

// -----

// expected-error @+1 {{argument #0: expected a memref of identity layout}}
func.func @net(%x: memref<3xf32, strided<[2]>>, %w: memref<?xi8>, %o: !llvm.ptr) attributes {bn.input_count = 1 : i64} {
  return
}
