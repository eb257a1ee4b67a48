// RUN: %bn-opt %s --split-input-file --verify-diagnostics

func.func @gradient_type(%g: tensor<?x4x3xf32>, %w: tensor<4x2x3xf32>) -> tensor<?x2x6xf32> {
  // expected-error @+1 {{expected the gradient of a result of type 'tensor<?x4x4xf32>', got 'tensor<?x4x3xf32>'}}
  %0 = bn.conv_input_gradient %g, %w {strides = array<i64: 1>, padding = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<?x4x3xf32>, tensor<4x2x3xf32>) -> tensor<?x2x6xf32>
  return %0 : tensor<?x2x6xf32>
}

// -----

func.func @window_attributes(%g: tensor<?x4x4xf32>, %w: tensor<4x2x3xf32>) -> tensor<?x2x6xf32> {
  // expected-error @+1 {{expected 1 kernel extents, strides and dilations and 2 paddings}}
  %0 = bn.conv_input_gradient %g, %w {strides = array<i64: 1, 1>, padding = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<?x4x4xf32>, tensor<4x2x3xf32>) -> tensor<?x2x6xf32>
  return %0 : tensor<?x2x6xf32>
}

// -----

func.func @groups(%g: tensor<?x4x4xf32>, %x: tensor<?x2x6xf32>) -> tensor<4x2x3xf32> {
  // expected-error @+1 {{expected a filter of 2 / 2 input channels}}
  %0 = bn.conv_filter_gradient %g, %x {groups = 2 : i64, strides = array<i64: 1>, padding = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<?x4x4xf32>, tensor<?x2x6xf32>) -> tensor<4x2x3xf32>
  return %0 : tensor<4x2x3xf32>
}

// -----

func.func @filter_rank(%g: tensor<?x4x4xf32>, %x: tensor<?x2x6xf32>) -> tensor<4x2x3x1xf32> {
  // expected-error @+1 {{expected a filter of static shape and the rank of the input}}
  %0 = bn.conv_filter_gradient %g, %x {strides = array<i64: 1>, padding = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<?x4x4xf32>, tensor<?x2x6xf32>) -> tensor<4x2x3x1xf32>
  return %0 : tensor<4x2x3x1xf32>
}

// -----

func.func @max_pool(%g: tensor<?x2x3xf32>, %x: tensor<?x2x7xf32>) -> tensor<?x2x7xf32> {
  // expected-error @+1 {{expected the gradient of a result of type 'tensor<?x2x4xf32>', got 'tensor<?x2x3xf32>'}}
  %0 = bn.max_pool_gradient %g, %x {ceil_mode = true, kernel = array<i64: 2>, strides = array<i64: 2>, padding = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<?x2x3xf32>, tensor<?x2x7xf32>) -> tensor<?x2x7xf32>
  return %0 : tensor<?x2x7xf32>
}

// -----

func.func @average_pool_batch(%g: tensor<5x2x3xf32>) -> tensor<?x2x7xf32> {
  // expected-error @+1 {{expected the gradient of a result of type 'tensor<?x2x3xf32>', got 'tensor<5x2x3xf32>'}}
  %0 = bn.average_pool_gradient %g {kernel = array<i64: 2>, strides = array<i64: 2>, padding = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<5x2x3xf32>) -> tensor<?x2x7xf32>
  return %0 : tensor<?x2x7xf32>
}

// -----

func.func @mean_type(%g: tensor<?x7xf32>, %x: tensor<?x2x7xf32>) -> tensor<?x2x7xf32> {
  // expected-error @+1 {{expected the gradient of a result of type 'tensor<?x2xf32>', got 'tensor<?x7xf32>'}}
  %0 = bn.reduce_mean_gradient %g, %x {axes = array<i64: 2>} : (tensor<?x7xf32>, tensor<?x2x7xf32>) -> tensor<?x2x7xf32>
  return %0 : tensor<?x2x7xf32>
}

// -----

func.func @mean_axes(%g: tensor<?x7xf32>, %x: tensor<?x2x7xf32>) -> tensor<?x2x7xf32> {
  // expected-error @+1 {{expected sorted axes from 0 to 2, got 3}}
  %0 = bn.reduce_mean_gradient %g, %x {axes = array<i64: 3>} : (tensor<?x7xf32>, tensor<?x2x7xf32>) -> tensor<?x2x7xf32>
  return %0 : tensor<?x2x7xf32>
}

// -----

func.func @batch_norm(%x: tensor<?x3x5xf32>, %c: tensor<3xf32>, %d: tensor<5xf32>) -> tensor<?x3x5xf32> {
  // expected-error @+1 {{expected variance of 3 values, one per channel, got 5}}
  %0:3 = bn.batch_norm_gradient %x, %x, scale %c, mean %c, variance %d {epsilon = 1.0e-05 : f64} : (tensor<?x3x5xf32>, tensor<?x3x5xf32>, tensor<3xf32>, tensor<3xf32>, tensor<5xf32>) -> (tensor<?x3x5xf32>, tensor<3xf32>, tensor<3xf32>)
  return %0#0 : tensor<?x3x5xf32>
}

// -----

func.func @parameter_gradient(%x: tensor<?x3x5xf32>, %c: tensor<3xf32>) -> tensor<3xf32> {
  // expected-error @+1 {{expected a finite epsilon of at least 0, got -1.0}}
  %0:2 = bn.batch_norm_parameter_gradient %x, %x, mean %c, variance %c {epsilon = -1.0 : f64} : (tensor<?x3x5xf32>, tensor<?x3x5xf32>, tensor<3xf32>, tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>)
  return %0#0 : tensor<3xf32>
}

// -----

func.func @parameter_gradient_types(%g: tensor<?x3x4xf32>, %x: tensor<?x3x5xf32>, %c: tensor<3xf32>) -> tensor<3xf32> {
  // expected-error @+1 {{expected gradient and input of one type}}
  %0:2 = bn.batch_norm_parameter_gradient %g, %x, mean %c, variance %c {epsilon = 1.0 : f64} : (tensor<?x3x4xf32>, tensor<?x3x5xf32>, tensor<3xf32>, tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>)
  return %0#0 : tensor<3xf32>
}

// -----

func.func @input_gradient(%x: tensor<?x3x5xf32>, %c: tensor<3xf32>, %d: tensor<5xf32>) -> tensor<?x3x5xf32> {
  // expected-error @+1 {{expected offset gradient of 3 values, one per channel, got 5}}
  %0 = bn.batch_norm_input_gradient %x, %x, scale %c, mean %c, variance %c, scale_gradient %c, offset_gradient %d {epsilon = 1.0 : f64} : (tensor<?x3x5xf32>, tensor<?x3x5xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<5xf32>) -> tensor<?x3x5xf32>
  return %0 : tensor<?x3x5xf32>
}

// -----

func.func @statistics(%x: tensor<?x3x5xf32>) -> tensor<5xf32> {
  // expected-error @+1 {{expected mean of 3 values, one per channel, got 5}}
  %0:2 = bn.batch_statistics %x : (tensor<?x3x5xf32>) -> (tensor<5xf32>, tensor<5xf32>)
  return %0#0 : tensor<5xf32>
}

// -----

func.func @running(%x: tensor<?x3x5xf32>, %c: tensor<3xf32>) -> tensor<3xf32> {
  // expected-error @+1 {{expected a momentum from 0 to 1, got 2.0}}
  %0:2 = bn.running_statistics %x, mean %c, variance %c, running_mean %c, running_variance %c {momentum = 2.0 : f64} : (tensor<?x3x5xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>)
  return %0#0 : tensor<3xf32>
}

// -----

func.func @group_norm(%x: tensor<?x3x5xf32>, %c: tensor<3xf32>) -> tensor<?x3x5xf32> {
  // expected-error @+1 {{expected groups to divide the 3 channels, got 2}}
  %0:3 = bn.group_norm_gradient %x, %x, scale %c {epsilon = 1.0e-05 : f64, groups = 2 : i64} : (tensor<?x3x5xf32>, tensor<?x3x5xf32>, tensor<3xf32>) -> (tensor<?x3x5xf32>, tensor<3xf32>, tensor<3xf32>)
  return %0#0 : tensor<?x3x5xf32>
}

// -----

func.func @layer_norm(%x: tensor<?x3x5xf32>, %c: tensor<3xf32>) -> tensor<?x3x5xf32> {
  // expected-error @+1 {{expected a scale of the static extents of the normalized axes, got 'tensor<3xf32>'}}
  %0:3 = bn.layer_norm_gradient %x, %x, scale %c {axis = 2 : i64, epsilon = 1.0e-05 : f64} : (tensor<?x3x5xf32>, tensor<?x3x5xf32>, tensor<3xf32>) -> (tensor<?x3x5xf32>, tensor<3xf32>, tensor<3xf32>)
  return %0#0 : tensor<?x3x5xf32>
}

// -----

func.func @layer_norm_axis(%x: tensor<?x3x5xf32>, %c: tensor<3xf32>) -> tensor<?x3x5xf32> {
  // expected-error @+1 {{expected an axis from 1 to 2, got 3}}
  %0:3 = bn.layer_norm_gradient %x, %x, scale %c {axis = 3 : i64, epsilon = 1.0e-05 : f64} : (tensor<?x3x5xf32>, tensor<?x3x5xf32>, tensor<3xf32>) -> (tensor<?x3x5xf32>, tensor<3xf32>, tensor<3xf32>)
  return %0#0 : tensor<?x3x5xf32>
}

// -----

func.func @classes(%x: tensor<?x?xf32>, %l: tensor<?xi64>) -> tensor<f32> {
  // expected-error @+1 {{expected a static number of classes, got 'tensor<?x?xf32>'}}
  %0:3 = bn.cross_entropy_loss %x, %l : (tensor<?x?xf32>, tensor<?xi64>) -> (tensor<f32>, tensor<i64>, tensor<?x?xf32>)
  return %0#0 : tensor<f32>
}

// -----

func.func @labels(%x: tensor<?x3xf32>, %l: tensor<7xi64>) -> tensor<f32> {
  // expected-error @+1 {{expected one label per row, got 'tensor<7xi64>' for 'tensor<?x3xf32>'}}
  %0:3 = bn.cross_entropy_loss %x, %l : (tensor<?x3xf32>, tensor<7xi64>) -> (tensor<f32>, tensor<i64>, tensor<?x3xf32>)
  return %0#0 : tensor<f32>
}

// -----

func.func @loss_type(%x: tensor<?x3xf32>, %l: tensor<?xi64>) -> tensor<f64> {
  // expected-error @+1 {{expected a loss of the input's element type, got 'tensor<f64>'}}
  %0:3 = bn.mean_squared_error_loss %x, %l : (tensor<?x3xf32>, tensor<?xi64>) -> (tensor<f64>, tensor<i64>, tensor<?x3xf32>)
  return %0#0 : tensor<f64>
}

// -----

func.func @smoothing(%x: tensor<?x3xf32>, %l: tensor<?xi64>) -> tensor<f32> {
  // expected-error @+1 {{expected label smoothing from 0 to 1, got -1.0}}
  %0:3 = bn.mean_squared_error_loss %x, %l {label_smoothing = -1.0 : f64} : (tensor<?x3xf32>, tensor<?xi64>) -> (tensor<f32>, tensor<i64>, tensor<?x3xf32>)
  return %0#0 : tensor<f32>
}

// -----

func.func @sgd(%p: tensor<?xf32>, %s: tensor<3xf32>) -> tensor<?xf32> {
  // expected-error @+1 {{expected settings of type 'tensor<4xf32>', got 'tensor<3xf32>'}}
  %0:2 = bn.sgd_update %p, %p, velocity %p, settings %s : (tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<3xf32>) -> (tensor<?xf32>, tensor<?xf32>)
  return %0#0 : tensor<?xf32>
}

// -----

func.func @adam(%p: tensor<?xf32>, %s: tensor<7xf64>) -> tensor<?xf32> {
  // expected-error @+1 {{expected settings of type 'tensor<7xf32>', got 'tensor<7xf64>'}}
  %0:3 = bn.adam_update %p, %p, first_moment %p, second_moment %p, settings %s : (tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<7xf64>) -> (tensor<?xf32>, tensor<?xf32>, tensor<?xf32>)
  return %0#0 : tensor<?xf32>
}
