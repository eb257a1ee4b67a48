// RUN: %bn-opt %s --split-input-file --verify-diagnostics

func.func @f(%x: tensor<?x4x6x5xf32>, %w: tensor<6x1x3x3xf32>) {
  // expected-error@+1 {{'bn.conv' op expected groups to divide the 6 output channels, got 4}}
  %y = bn.conv %x, %w {dilations = array<i64: 1, 1>, groups = 4 : i64,
      padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>}
    : (tensor<?x4x6x5xf32>, tensor<6x1x3x3xf32>) -> tensor<?x6x4x3xf32>
  return
}

// -----

func.func @f(%x: tensor<?x4x6x5xf32>, %w: tensor<6x4x3x3xf32>) {
  // expected-error@+1 {{'bn.conv' op expected groups to divide the 6 output channels, got 0}}
  %y = bn.conv %x, %w {dilations = array<i64: 1, 1>, groups = 0 : i64,
      padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>}
    : (tensor<?x4x6x5xf32>, tensor<6x4x3x3xf32>) -> tensor<?x6x4x3xf32>
  return
}

// -----

func.func @f(%x: tensor<?x4x6x5xf32>, %w: tensor<6x4x3x3xf32>) {
  // expected-error@+1 {{'bn.conv' op expected a filter of 4 / 2 input channels, got 4}}
  %y = bn.conv %x, %w {dilations = array<i64: 1, 1>, groups = 2 : i64,
      padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>}
    : (tensor<?x4x6x5xf32>, tensor<6x4x3x3xf32>) -> tensor<?x6x4x3xf32>
  return
}

// -----

func.func @f(%x: tensor<?x4x6x5xf32>, %w: tensor<6x4x3x3xf32>, %b: tensor<4xf32>) {
  // expected-error@+1 {{'bn.conv' op expected bias of 6 values, one per channel, got 4}}
  %y = bn.conv %x, %w bias %b {dilations = array<i64: 1, 1>, groups = 1 : i64,
      padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>}
    : (tensor<?x4x6x5xf32>, tensor<6x4x3x3xf32>, tensor<4xf32>) -> tensor<?x6x4x3xf32>
  return
}

// -----

func.func @f(%x: tensor<?x4xf32>, %w: tensor<4x5xf32>, %b: tensor<3xf32>) {
  // expected-error@+1 {{'bn.linear' op expected bias of 5 values, one per channel, got 3}}
  %y = bn.linear %x, %w bias %b : (tensor<?x4xf32>, tensor<4x5xf32>, tensor<3xf32>) -> tensor<?x5xf32>
  return
}

// -----

func.func @f(%x: tensor<?x4x6x5xf32>, %s: tensor<5xf32>, %o: tensor<4xf32>, %m: tensor<4xf32>, %v: tensor<4xf32>) {
  // expected-error@+1 {{'bn.batch_norm_inference' op expected scale of 4 values, one per channel, got 5}}
  %y = bn.batch_norm_inference %x, scale %s, offset %o, mean %m, variance %v {epsilon = 1.0e-5 : f64} : (tensor<?x4x6x5xf32>, tensor<5xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x4x6x5xf32>
  return
}

// -----

func.func @f(%x: tensor<?x4x6x5xf32>, %s: tensor<4xf32>, %o: tensor<5xf32>, %m: tensor<4xf32>, %v: tensor<4xf32>) {
  // expected-error@+1 {{'bn.batch_norm_inference' op expected offset of 4 values, one per channel, got 5}}
  %y = bn.batch_norm_inference %x, scale %s, offset %o, mean %m, variance %v {epsilon = 1.0e-5 : f64} : (tensor<?x4x6x5xf32>, tensor<4xf32>, tensor<5xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x4x6x5xf32>
  return
}

// -----

func.func @f(%x: tensor<?x4x6x5xf32>, %s: tensor<4xf32>, %o: tensor<4xf32>, %m: tensor<5xf32>, %v: tensor<4xf32>) {
  // expected-error@+1 {{'bn.batch_norm_inference' op expected mean of 4 values, one per channel, got 5}}
  %y = bn.batch_norm_inference %x, scale %s, offset %o, mean %m, variance %v {epsilon = 1.0e-5 : f64} : (tensor<?x4x6x5xf32>, tensor<4xf32>, tensor<4xf32>, tensor<5xf32>, tensor<4xf32>) -> tensor<?x4x6x5xf32>
  return
}

// -----

func.func @f(%x: tensor<?x4x6x5xf32>, %s: tensor<4xf32>, %o: tensor<4xf32>, %m: tensor<4xf32>, %v: tensor<5xf32>) {
  // expected-error@+1 {{'bn.batch_norm_inference' op expected variance of 4 values, one per channel, got 5}}
  %y = bn.batch_norm_inference %x, scale %s, offset %o, mean %m, variance %v {epsilon = 1.0e-5 : f64} : (tensor<?x4x6x5xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<5xf32>) -> tensor<?x4x6x5xf32>
  return
}

// -----

// Channels are the last axis there.
func.func @f(%x: tensor<?x4x6x5xf32>, %s: tensor<4xf32>, %o: tensor<4xf32>, %m: tensor<4xf32>, %v: tensor<4xf32>) {
  // expected-error@+1 {{'bn.batch_norm_inference' op expected scale of 5 values, one per channel, got 4}}
  %y = bn.batch_norm_inference %x, scale %s, offset %o, mean %m, variance %v {epsilon = 1.0e-5 : f64, layout = #bn<layout NHWC>} : (tensor<?x4x6x5xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x4x6x5xf32>
  return
}

// -----

func.func @f(%x: tensor<?x4x6x5xf32>, %s: tensor<4xf32>, %o: tensor<4xf32>, %m: tensor<4xf32>, %v: tensor<4xf32>) {
  // expected-error@+1 {{'bn.batch_norm_inference' op expected a finite epsilon of at least 0, got -1.000000e+00}}
  %y = bn.batch_norm_inference %x, scale %s, offset %o, mean %m, variance %v {epsilon = -1.0 : f64} : (tensor<?x4x6x5xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x4x6x5xf32>
  return
}

// -----

func.func @f(%x: tensor<?x4x6x5xf32>, %s: tensor<4xf32>, %o: tensor<4xf32>, %m: tensor<4xf32>, %v: tensor<4xf32>) {
  // expected-error@+1 {{'bn.batch_norm_inference' op expected a finite epsilon of at least 0, got INF}}
  %y = bn.batch_norm_inference %x, scale %s, offset %o, mean %m, variance %v {epsilon = 0x7FF0000000000000 : f64} : (tensor<?x4x6x5xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x4x6x5xf32>
  return
}

// -----

func.func @f(%x: tensor<?x4xf32>, %c: tensor<4xf32>) {
  // expected-error@+1 {{'bn.batch_norm_training' op expected a momentum from 0 to 1, got 1.500000e+00}}
  %y:5 = bn.batch_norm_training %x, scale %c, offset %c, running_mean %c, running_variance %c {epsilon = 1.0e-5 : f64, momentum = 1.5 : f64} : (tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @f(%x: tensor<1x4x1x1xf32>, %c: tensor<4xf32>) {
  // expected-error@+1 {{'bn.batch_norm_training' op expected at least two values per channel, got one: the variance of the batch would be 0}}
  %y:5 = bn.batch_norm_training %x, scale %c, offset %c, running_mean %c, running_variance %c {epsilon = 1.0e-5 : f64, momentum = 0.9 : f64} : (tensor<1x4x1x1xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<1x4x1x1xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x5xf32>, %c: tensor<4xf32>) {
  // expected-error@+1 {{'bn.batch_norm_training' op expected scale of 5 values, one per channel, got 4}}
  %y:5 = bn.batch_norm_training %x, scale %c, offset %c, running_mean %c, running_variance %c {epsilon = 1.0e-5 : f64, momentum = 0.9 : f64} : (tensor<?x5xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<?x5xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x4xf32>, %a: tensor<4xf32>, %c: tensor<3xf32>) {
  // expected-error@+1 {{'bn.scale_shift' op expected shift of 4 values, one per channel, got 3}}
  %y = bn.scale_shift %x, scale %a, shift %c : (tensor<?x4xf32>, tensor<4xf32>, tensor<3xf32>) -> tensor<?x4xf32>
  return
}

// -----

// A window of padding alone has no maximum.
func.func @f(%x: tensor<?x4x6xf32>) {
  // expected-error@+1 {{'bn.max_pool' op expected padding below the window's extent 2 in spatial dimension 0}}
  %y = bn.max_pool %x {dilations = array<i64: 1>, kernel = array<i64: 2>, padding = array<i64: 2, 0>, strides = array<i64: 2>} : (tensor<?x4x6xf32>) -> tensor<?x4x4xf32>
  return
}

// -----

func.func @f(%x: tensor<?x4x6xf32>) {
  // expected-error@+1 {{'bn.average_pool' op expected padding below the window's extent 2 in spatial dimension 0}}
  %y = bn.average_pool %x {dilations = array<i64: 1>, kernel = array<i64: 2>, padding = array<i64: 0, 2>, strides = array<i64: 2>} : (tensor<?x4x6xf32>) -> tensor<?x4x4xf32>
  return
}

// -----

// Taps on either side of the values, and none on them.
func.func @f(%x: tensor<?x4x1xf32>) {
  // expected-error@+1 {{'bn.max_pool' op expected every window to see a value, but the taps of window 0 all lie in the padding in spatial dimension 0}}
  %y = bn.max_pool %x {dilations = array<i64: 2>, kernel = array<i64: 2>, padding = array<i64: 1, 1>, strides = array<i64: 1>} : (tensor<?x4x1xf32>) -> tensor<?x4x1xf32>
  return
}

// -----

// The first windows, whose taps are 0 and 1, see a value; the third does not.
func.func @f(%x: tensor<?x9x2x4xf32>) {
  // expected-error@+1 {{'bn.average_pool' op expected every window to see a value, but the taps of window 2 all lie in the padding in spatial dimension 1}}
  %y = bn.average_pool %x {dilations = array<i64: 1, 4>, kernel = array<i64: 1, 2>, layout = #bn<layout NHWC>, padding = array<i64: 0, 4, 0, 4>, strides = array<i64: 1, 1>} : (tensor<?x9x2x4xf32>) -> tensor<?x9x6x4xf32>
  return
}

// -----

// The middle taps see the only value.
func.func @f(%x: tensor<?x4x1xf32>) {
  %y = bn.max_pool %x {dilations = array<i64: 2>, kernel = array<i64: 3>, padding = array<i64: 2, 2>, strides = array<i64: 1>} : (tensor<?x4x1xf32>) -> tensor<?x4x1xf32>
  return
}

// -----

func.func @f(%x: tensor<?x4xf32>) {
  // expected-error@+1 {{'bn.reduce_mean' op expected at least one axis}}
  %y = bn.reduce_mean %x {axes = array<i64>} : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @f(%x: tensor<?x3x4xf32>) {
  // expected-error@+1 {{'bn.reshape' op expected 12 values as in the input, got 10}}
  %y = bn.reshape %x : tensor<?x3x4xf32> -> tensor<?x10xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?xf32>) {
  // expected-error@+1 {{'bn.reshape' op expected at most one dynamic extent, on both sides}}
  %y = bn.reshape %x : tensor<?x?xf32> -> tensor<?x?xf32>
  return
}

// -----

func.func @f(%x: tensor<?x4xf32>) {
  // expected-error@+1 {{'bn.reshape' op expected at most one dynamic extent, on both sides}}
  %y = bn.reshape %x : tensor<?x4xf32> -> tensor<4xf32>
  return
}

// -----

// expected-error@+1 {{expected 'bn.properties' to be a dictionary of strings}}
module attributes {bn.properties = {a = 1 : i64}} {
}

// -----

// expected-error@+1 {{expected 'bn.momentum' to be an f64 of a 'bn.batch_norm_inference'}}
module attributes {bn.momentum = 0.9 : f64} {
}

// -----

// expected-error@+1 {{expected 'bn.normalizations' to be an array of #bn.normalization}}
module attributes {bn.normalizations = ["bn1"]} {
}

// -----

// expected-error@+1 {{expected 'bn.workspace_bytes' to be an i64 of at least 0}}
module attributes {bn.workspace_bytes = -1 : i64} {
}

// -----

// expected-error@+1 {{expected 'bn.minimum_batch_reason' to be a string}}
module attributes {bn.minimum_batch_reason = 2 : i64} {
}

// -----

// expected-error@+1 {{expected 'bn.batch_statistics' to be a unit attribute}}
module attributes {bn.batch_statistics = "1"} {
}

// -----

// expected-error@+1 {{expected 'bn.winograd' to be an array as --bn-plan-kernels writes it}}
module attributes {bn.winograd = [{name = "conv1"}]} {
}

// -----

// expected-error@+1 {{unknown attribute 'bn.wrong'}}
module attributes {bn.wrong} {
}

// -----

func.func @f(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  // expected-error@+1 {{expected a ratio of at least 0 and less than 1, got 1}}
  %y = bn.dropout %x {ratio = 1.0 : f64, stream = 0 : i64}
    : (tensor<?x3xf32>) -> tensor<?x3xf32>
  return %y : tensor<?x3xf32>
}

// -----

func.func @f(%x: tensor<?x3xf32>, %s: tensor<1xi64>) -> tensor<?x3xf32> {
  // expected-error@+1 {{expected a seed of 2 values, got 'tensor<1xi64>'}}
  %y = bn.dropout %x seed %s {ratio = 0.5 : f64, stream = 0 : i64}
    : (tensor<?x3xf32>, tensor<1xi64>) -> tensor<?x3xf32>
  return %y : tensor<?x3xf32>
}

// -----

func.func @f(%x: tensor<?x6x5xf32>, %c: tensor<6xf32>) -> tensor<?x6x5xf32> {
  // expected-error@+1 {{expected groups to divide the 6 channels, got 4}}
  %y = bn.group_norm %x, scale %c, offset %c
    {epsilon = 1.0e-05 : f64, groups = 4 : i64}
    : (tensor<?x6x5xf32>, tensor<6xf32>, tensor<6xf32>) -> tensor<?x6x5xf32>
  return %y : tensor<?x6x5xf32>
}

// -----

func.func @f(%x: tensor<?x?x5xf32>, %c: tensor<?xf32>) -> tensor<?x?x5xf32> {
  // expected-error@+1 {{expected a static number of channels}}
  %y = bn.group_norm %x, scale %c, offset %c
    {epsilon = 1.0e-05 : f64, groups = 1 : i64}
    : (tensor<?x?x5xf32>, tensor<?xf32>, tensor<?xf32>) -> tensor<?x?x5xf32>
  return %y : tensor<?x?x5xf32>
}

// -----

func.func @f(%x: tensor<?x6x5xf32>, %c: tensor<6xf32>, %o: tensor<5xf32>)
    -> tensor<?x6x5xf32> {
  // expected-error@+1 {{expected offset of 6 values, one per channel, got 5}}
  %y = bn.group_norm %x, scale %c, offset %o
    {epsilon = 1.0e-05 : f64, groups = 2 : i64}
    : (tensor<?x6x5xf32>, tensor<6xf32>, tensor<5xf32>) -> tensor<?x6x5xf32>
  return %y : tensor<?x6x5xf32>
}

// -----

func.func @f(%x: tensor<?x6x5xf32>, %c: tensor<5xf32>) -> tensor<?x6x5xf32> {
  // expected-error@+1 {{expected an axis from 1 to 2, got 0}}
  %y = bn.layer_norm %x, scale %c {axis = 0 : i64, epsilon = 1.0e-05 : f64}
    : (tensor<?x6x5xf32>, tensor<5xf32>) -> tensor<?x6x5xf32>
  return %y : tensor<?x6x5xf32>
}

// -----

func.func @f(%x: tensor<?x6x5xf32>, %c: tensor<5xf32>) -> tensor<?x6x5xf32> {
  // expected-error@+1 {{expected scale of the extents of the normalized axes, got 'tensor<5xf32>'}}
  %y = bn.layer_norm %x, scale %c {axis = 1 : i64, epsilon = 1.0e-05 : f64}
    : (tensor<?x6x5xf32>, tensor<5xf32>) -> tensor<?x6x5xf32>
  return %y : tensor<?x6x5xf32>
}

// -----

func.func @f(%x: tensor<?x6x5xf32>, %c: tensor<5xf32>) -> tensor<?x6x5xf32> {
  // expected-error@+1 {{expected a finite epsilon of at least 0, got -1}}
  %y = bn.layer_norm %x, scale %c {axis = 2 : i64, epsilon = -1.0 : f64}
    : (tensor<?x6x5xf32>, tensor<5xf32>) -> tensor<?x6x5xf32>
  return %y : tensor<?x6x5xf32>
}
