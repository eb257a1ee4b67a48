// RUN: %bn-opt %s --split-input-file --verify-diagnostics

func.func @f(%x: tensor<?x4x6x5xf32>, %w: tensor<6x4x3x3xf32>) {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{inferred type(s) 'tensor<?x6x4x3xf32>' are incompatible with return type(s) of operation 'tensor<?x6x4x4xf32>'}}
  %y = bn.conv %x, %w {dilations = array<i64: 1, 1>, groups = 1 : i64,
      padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>}
    : (tensor<?x4x6x5xf32>, tensor<6x4x3x3xf32>) -> tensor<?x6x4x4xf32>
  return
}

// -----

func.func @f(%x: tensor<?x4x6x5xf32>, %w: tensor<6x4x3xf32>) {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{expected a filter of rank 4 as the input's, got 3}}
  %y = bn.conv %x, %w {dilations = array<i64: 1, 1>, groups = 1 : i64,
      padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>}
    : (tensor<?x4x6x5xf32>, tensor<6x4x3xf32>) -> tensor<?x6x4x3xf32>
  return
}

// -----

func.func @f(%x: tensor<?x4x6x5xf32>, %w: tensor<6x4x3x?xf32>) {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{expected a filter of static shape}}
  %y = bn.conv %x, %w {dilations = array<i64: 1, 1>, groups = 1 : i64,
      padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>}
    : (tensor<?x4x6x5xf32>, tensor<6x4x3x?xf32>) -> tensor<?x6x4x3xf32>
  return
}

// -----

func.func @f(%x: tensor<?x4x6x5xf32>, %w: tensor<6x4x3x3xf32>) {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{expected 2 kernel extents, strides and dilations and 4 paddings for an input of rank 4, got 2, 1, 2 and 4}}
  %y = bn.conv %x, %w {dilations = array<i64: 1, 1>, groups = 1 : i64,
      padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 1>}
    : (tensor<?x4x6x5xf32>, tensor<6x4x3x3xf32>) -> tensor<?x6x4x3xf32>
  return
}

// -----

func.func @f(%x: tensor<?x4x6x5xf32>, %w: tensor<6x4x3x3xf32>) {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{expected positive kernel extents, strides and dilations and no negative padding}}
  %y = bn.conv %x, %w {dilations = array<i64: 1, 1>, groups = 1 : i64,
      padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 0, 1>}
    : (tensor<?x4x6x5xf32>, tensor<6x4x3x3xf32>) -> tensor<?x6x4x3xf32>
  return
}

// -----

func.func @f(%x: tensor<?x4x6x5xf32>, %w: tensor<6x4x3x3xf32>) {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{expected positive kernel extents, strides and dilations and no negative padding}}
  %y = bn.conv %x, %w {dilations = array<i64: 1, 1>, groups = 1 : i64,
      padding = array<i64: 0, -1, 0, 0>, strides = array<i64: 1, 1>}
    : (tensor<?x4x6x5xf32>, tensor<6x4x3x3xf32>) -> tensor<?x6x4x3xf32>
  return
}

// -----

func.func @f(%x: tensor<?x4x6x5xf32>, %w: tensor<6x4x3x3xf32>) {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{window of extent 7 does not fit the padded input of extent 6 in spatial dimension 0}}
  %y = bn.conv %x, %w {dilations = array<i64: 3, 1>, groups = 1 : i64,
      padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>}
    : (tensor<?x4x6x5xf32>, tensor<6x4x3x3xf32>) -> tensor<?x6x4x3xf32>
  return
}

// -----

func.func @f(%x: tensor<?x4x6x?xf32>, %w: tensor<6x4x3x3xf32>) {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{expected a static extent of spatial dimension 1}}
  %y = bn.conv %x, %w {dilations = array<i64: 1, 1>, groups = 1 : i64,
      padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>}
    : (tensor<?x4x6x?xf32>, tensor<6x4x3x3xf32>) -> tensor<?x6x4x?xf32>
  return
}

// -----

func.func @f(%x: tensor<?x4xf32>, %w: tensor<4x5xf32>) {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{expected the weight's input extent 5 to be the input's, 4}}
  %y = bn.linear %x, %w {transpose_weight} : (tensor<?x4xf32>, tensor<4x5xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @f(%x: tensor<?x4x4xf32>, %w: tensor<4x5xf32>) {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{expected an input of rank 2 to transpose, got rank 3}}
  %y = bn.linear %x, %w {transpose_input} : (tensor<?x4x4xf32>, tensor<4x5xf32>) -> tensor<?x4x5xf32>
  return
}

// -----

func.func @f(%x: tensor<?x4xf32>) {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{expected sorted axes from 0 to 1, got 2}}
  %y = bn.reduce_mean %x {axes = array<i64: 2>} : (tensor<?x4xf32>) -> tensor<?xf32>
  return
}

// -----

func.func @f(%x: tensor<?x4xf32>) {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{expected sorted axes from 0 to 1, got 0}}
  %y = bn.reduce_mean %x {axes = array<i64: 1, 0>} : (tensor<?x4xf32>) -> tensor<f32>
  return
}

// -----

func.func @f(%x: tensor<?x4xf32>, %z: tensor<3xf32>) {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{cannot be broadcast}}
  %y = bn.add %x, %z : (tensor<?x4xf32>, tensor<3xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @f(%x: tensor<?x4xf32>) {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{expected a permutation of the axes 0 to 1}}
  %y = bn.transpose %x {permutation = array<i64: 0, 0>} : (tensor<?x4xf32>) -> tensor<?x?xf32>
  return
}

// -----

func.func @f(%x: tensor<?x4xf32>, %z: tensor<4xf64>) {
  // expected-error@+1 {{failed to verify that all of {lhs, rhs, result} have same element type}}
  %y = bn.add %x, %z : (tensor<?x4xf32>, tensor<4xf64>) -> tensor<?x4xf32>
  return
}

// -----

func.func @f(%x: tensor<?x5x7xf32>) -> tensor<?x5x7xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{expected a static extent of axis 0}}
  %y = bn.concat %x, %x {axis = 0 : i64}
    : (tensor<?x5x7xf32>, tensor<?x5x7xf32>) -> tensor<?x5x7xf32>
  return %y : tensor<?x5x7xf32>
}

// -----

func.func @f(%x: tensor<?x5x7xf32>, %y: tensor<?x5x6xf32>)
    -> tensor<?x10x7xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{expected inputs of equal extents but of axis 1, got 'tensor<?x5x7xf32>' and 'tensor<?x5x6xf32>'}}
  %z = bn.concat %x, %y {axis = 1 : i64}
    : (tensor<?x5x7xf32>, tensor<?x5x6xf32>) -> tensor<?x10x7xf32>
  return %z : tensor<?x10x7xf32>
}

// -----

func.func @f(%x: tensor<?x5x7xf32>) -> tensor<?x2x7xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{expected positions within the 5 of axis 1, got 2 from 4}}
  %y = bn.slice %x {axis = 1 : i64, begin = 4 : i64, size = 2 : i64}
    : (tensor<?x5x7xf32>) -> tensor<?x2x7xf32>
  return %y : tensor<?x2x7xf32>
}
