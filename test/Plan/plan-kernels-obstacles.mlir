// RUN: %bn-opt %s --split-input-file --bn-plan-kernels="vector-length=16 vector-registers=32" --verify-diagnostics | FileCheck %s

// A function with an op that no kernel takes is left as it is, with a remark.

// CHECK-NOT: bn.blocks
// CHECK-NOT: _kernel input

func.func @channels_last(%x: tensor<?x8x8x3xf32>) -> tensor<?x6x6x4xf32> {
  %w = arith.constant dense<0.5> : tensor<4x3x3x3xf32>
  // expected-remark@below {{the model takes the plain way: no kernel for 'bn.conv', the layout is NHWC}}
  %y = bn.conv %x, %w {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, layout = #bn<layout NHWC>}
    : (tensor<?x8x8x3xf32>, tensor<4x3x3x3xf32>) -> tensor<?x6x6x4xf32>
  return %y : tensor<?x6x6x4xf32>
}

func.func @one_dimension(%x: tensor<?x4x8xf32>) -> tensor<?x4x6xf32> {
  %w = arith.constant dense<0.5> : tensor<4x4x3xf32>
  // expected-remark@below {{the model takes the plain way: no kernel for 'bn.conv', its tensors are not f32 features or images}}
  %y = bn.conv %x, %w {strides = array<i64: 1>, padding = array<i64: 0, 0>, dilations = array<i64: 1>}
    : (tensor<?x4x8xf32>, tensor<4x4x3xf32>) -> tensor<?x4x6xf32>
  return %y : tensor<?x4x6xf32>
}

func.func @three_dimensions(%x: tensor<?x4x8x8x8xf32>) -> tensor<?x4x6x6x6xf32> {
  %w = arith.constant dense<0.5> : tensor<4x4x3x3x3xf32>
  // expected-remark@below {{the model takes the plain way: no kernel for 'bn.conv', its tensors are not f32 features or images}}
  %y = bn.conv %x, %w {strides = array<i64: 1, 1, 1>, padding = array<i64: 0, 0, 0, 0, 0, 0>, dilations = array<i64: 1, 1, 1>}
    : (tensor<?x4x8x8x8xf32>, tensor<4x4x3x3x3xf32>) -> tensor<?x4x6x6x6xf32>
  return %y : tensor<?x4x6x6x6xf32>
}

func.func @double(%x: tensor<?x4x8x8xf64>) -> tensor<?x4x6x6xf64> {
  %w = arith.constant dense<0.5> : tensor<4x4x3x3xf64>
  // expected-remark@below {{the model takes the plain way: no kernel for 'bn.conv', its tensors are not f32 features or images}}
  %y = bn.conv %x, %w {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
    : (tensor<?x4x8x8xf64>, tensor<4x4x3x3xf64>) -> tensor<?x4x6x6xf64>
  return %y : tensor<?x4x6x6xf64>
}

func.func @max_dilated(%x: tensor<?x3x8x8xf32>) -> tensor<?x3x6x6xf32> {
  // expected-remark@below {{the model takes the plain way: no kernel for 'bn.max_pool', the pooling is dilated}}
  %y = bn.max_pool %x {kernel = array<i64: 2, 2>, strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>, dilations = array<i64: 2, 2>}
    : (tensor<?x3x8x8xf32>) -> tensor<?x3x6x6xf32>
  return %y : tensor<?x3x6x6xf32>
}

func.func @max_channels_last(%x: tensor<?x8x8x3xf32>) -> tensor<?x4x4x3xf32> {
  // expected-remark@below {{the model takes the plain way: no kernel for 'bn.max_pool', the layout is NHWC}}
  %y = bn.max_pool %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, layout = #bn<layout NHWC>}
    : (tensor<?x8x8x3xf32>) -> tensor<?x4x4x3xf32>
  return %y : tensor<?x4x4x3xf32>
}

func.func @average_dilated(%x: tensor<?x3x8x8xf32>) -> tensor<?x3x6x6xf32> {
  // expected-remark@below {{the model takes the plain way: no kernel for 'bn.average_pool', the pooling is dilated}}
  %y = bn.average_pool %x {kernel = array<i64: 2, 2>, strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>, dilations = array<i64: 2, 2>}
    : (tensor<?x3x8x8xf32>) -> tensor<?x3x6x6xf32>
  return %y : tensor<?x3x6x6xf32>
}

func.func @average_rounded_up(%x: tensor<?x3x7x7xf32>) -> tensor<?x3x4x4xf32> {
  // expected-remark@below {{the model takes the plain way: no kernel for 'bn.average_pool', the pooling rounds its extent up and counts padding}}
  %y = bn.average_pool %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, ceil_mode = true, count_include_pad = true}
    : (tensor<?x3x7x7xf32>) -> tensor<?x3x4x4xf32>
  return %y : tensor<?x3x4x4xf32>
}

func.func @average_channels_last(%x: tensor<?x8x8x3xf32>) -> tensor<?x4x4x3xf32> {
  // expected-remark@below {{the model takes the plain way: no kernel for 'bn.average_pool', the layout is NHWC}}
  %y = bn.average_pool %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, layout = #bn<layout NHWC>}
    : (tensor<?x8x8x3xf32>) -> tensor<?x4x4x3xf32>
  return %y : tensor<?x4x4x3xf32>
}

func.func @max_one_dimension(%x: tensor<?x3x8xf32>) -> tensor<?x3x7xf32> {
  // expected-remark@below {{the model takes the plain way: no kernel for 'bn.max_pool', its tensors are not f32 features or images}}
  %y = bn.max_pool %x {kernel = array<i64: 2>, strides = array<i64: 1>, padding = array<i64: 0, 0>, dilations = array<i64: 1>}
    : (tensor<?x3x8xf32>) -> tensor<?x3x7xf32>
  return %y : tensor<?x3x7xf32>
}

func.func @rank_3(%x: tensor<?x2x5xf32>) -> tensor<?x2x7xf32> {
  %w = arith.constant dense<0.5> : tensor<5x7xf32>
  // expected-remark@below {{the model takes the plain way: no kernel for 'bn.linear', its tensors are not f32 features or images}}
  %y = bn.linear %x, %w : (tensor<?x2x5xf32>, tensor<5x7xf32>) -> tensor<?x2x7xf32>
  return %y : tensor<?x2x7xf32>
}

func.func @rank_4(%x: tensor<?x2x3x5xf32>) -> tensor<?x2x3x7xf32> {
  %w = arith.constant dense<0.5> : tensor<5x7xf32>
  // expected-remark@below {{the model takes the plain way: no kernel for 'bn.linear', the input is not a matrix of rows of the batch}}
  %y = bn.linear %x, %w : (tensor<?x2x3x5xf32>, tensor<5x7xf32>) -> tensor<?x2x3x7xf32>
  return %y : tensor<?x2x3x7xf32>
}

func.func @transposed(%x: tensor<3x3xf32>) -> tensor<3x3xf32> {
  %w = arith.constant dense<0.5> : tensor<3x3xf32>
  // expected-remark@below {{the model takes the plain way: no kernel for 'bn.linear', the input is not a matrix of rows of the batch}}
  %y = bn.linear %x, %w {transpose_input} : (tensor<3x3xf32>, tensor<3x3xf32>) -> tensor<3x3xf32>
  return %y : tensor<3x3xf32>
}

func.func @weights_are_input(%x: tensor<3x3xf32>, %w: tensor<3x3xf32>) -> tensor<3x3xf32> {
  // expected-remark@below {{the model takes the plain way: no kernel for 'bn.linear', the weights are not constant}}
  %y = bn.linear %x, %w : (tensor<3x3xf32>, tensor<3x3xf32>) -> tensor<3x3xf32>
  return %y : tensor<3x3xf32>
}

func.func @bias_is_input(%x: tensor<3x3xf32>, %b: tensor<3xf32>) -> tensor<3x3xf32> {
  %w = arith.constant dense<0.5> : tensor<3x3xf32>
  // expected-remark@below {{the model takes the plain way: no kernel for 'bn.linear', the weights are not constant}}
  %y = bn.linear %x, %w bias %b : (tensor<3x3xf32>, tensor<3x3xf32>, tensor<3xf32>) -> tensor<3x3xf32>
  return %y : tensor<3x3xf32>
}

func.func @filter_is_input(%x: tensor<4x4x8x8xf32>, %w: tensor<4x4x3x3xf32>) -> tensor<4x4x6x6xf32> {
  // expected-remark@below {{the model takes the plain way: no kernel for 'bn.conv', the weights are not constant}}
  %y = bn.conv %x, %w {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
    : (tensor<4x4x8x8xf32>, tensor<4x4x3x3xf32>) -> tensor<4x4x6x6xf32>
  return %y : tensor<4x4x6x6xf32>
}

func.func @scale_is_input(%x: tensor<3x3xf32>, %s: tensor<3xf32>) -> tensor<3x3xf32> {
  // expected-remark@below {{the model takes the plain way: no kernel for 'bn.scale_shift', the scale is not constant}}
  %y = bn.scale_shift %x, scale %s, shift %s : (tensor<3x3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<3x3xf32>
  return %y : tensor<3x3xf32>
}

func.func @scale_channels_last(%x: tensor<?x4x5x3xf32>) -> tensor<?x4x5x3xf32> {
  %s = arith.constant dense<0.5> : tensor<3xf32>
  // expected-remark@below {{the model takes the plain way: no kernel for 'bn.scale_shift', the layout is NHWC}}
  %y = bn.scale_shift %x, scale %s, shift %s {layout = #bn<layout NHWC>}
    : (tensor<?x4x5x3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<?x4x5x3xf32>
  return %y : tensor<?x4x5x3xf32>
}

func.func @scale_by_feature(%x: tensor<?x3x4x5xf32>) -> tensor<?x60xf32> {
  %s = arith.constant dense<0.5> : tensor<60xf32>
  %f = bn.reshape %x : tensor<?x3x4x5xf32> -> tensor<?x60xf32>
  // expected-remark@below {{the model takes the plain way: no kernel for 'bn.scale_shift', the scale is by feature of a flattened image}}
  %y = bn.scale_shift %f, scale %s, shift %s : (tensor<?x60xf32>, tensor<60xf32>, tensor<60xf32>) -> tensor<?x60xf32>
  return %y : tensor<?x60xf32>
}

func.func @other_image(%x: tensor<?x3x4x5xf32>) -> tensor<?x3x5x4xf32> {
  // expected-remark@below {{the model takes the plain way: no kernel for 'bn.reshape', it is not a flattening}}
  %y = bn.reshape %x : tensor<?x3x4x5xf32> -> tensor<?x3x5x4xf32>
  return %y : tensor<?x3x5x4xf32>
}

func.func @unfolded(%x: tensor<?x12xf32>) -> tensor<?x3x2x2xf32> {
  // expected-remark@below {{the model takes the plain way: no kernel for 'bn.reshape', it is not a flattening}}
  %y = bn.reshape %x : tensor<?x12xf32> -> tensor<?x3x2x2xf32>
  return %y : tensor<?x3x2x2xf32>
}

func.func @no_kernel(%x: tensor<?x5xf32>) -> tensor<?x5xf32> {
  // expected-remark@below {{the model takes the plain way: no kernel for 'bn.pow', kernels take no op of this kind}}
  %y = bn.pow %x, %x : (tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<?x5xf32>
  return %y : tensor<?x5xf32>
}

func.func @outer_product(%x: tensor<?x3x4x1xf32>, %z: tensor<?x3x1x5xf32>) -> tensor<?x3x4x5xf32> {
  // expected-remark@below {{the model takes the plain way: no kernel for 'bn.mul', no operand has the shape of the result}}
  %y = bn.mul %x, %z : (tensor<?x3x4x1xf32>, tensor<?x3x1x5xf32>) -> tensor<?x3x4x5xf32>
  return %y : tensor<?x3x4x5xf32>
}

func.func @by_row(%x: tensor<?x3x4x5xf32>, %z: tensor<?x3x4x1xf32>) -> tensor<?x3x4x5xf32> {
  // expected-remark@below {{the model takes the plain way: no kernel for 'bn.add', an operand is neither one number, one per channel, nor a tensor of the same shape or of one position}}
  %y = bn.add %x, %z : (tensor<?x3x4x5xf32>, tensor<?x3x4x1xf32>) -> tensor<?x3x4x5xf32>
  return %y : tensor<?x3x4x5xf32>
}

func.func @constant_by_column(%x: tensor<?x3x4x2xf32>) -> tensor<?x3x4x2xf32> {
  %c = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  // expected-remark@below {{the model takes the plain way: no kernel for 'bn.add', an operand is neither one number}}
  %y = bn.add %x, %c : (tensor<?x3x4x2xf32>, tensor<2xf32>) -> tensor<?x3x4x2xf32>
  return %y : tensor<?x3x4x2xf32>
}

func.func @mean_of_channels(%x: tensor<?x3x4x5xf32>) -> tensor<?x1x4x5xf32> {
  // expected-remark@below {{the model takes the plain way: no kernel for 'bn.reduce_mean', the mean is not over all positions of an image}}
  %y = bn.reduce_mean %x {axes = array<i64: 1>, keep_dims} : (tensor<?x3x4x5xf32>) -> tensor<?x1x4x5xf32>
  return %y : tensor<?x1x4x5xf32>
}

func.func @concat_rows(%x: tensor<?x3x4x5xf32>) -> tensor<?x3x8x5xf32> {
  // expected-remark@below {{the model takes the plain way: no kernel for 'bn.concat', the axis is not that of the channels}}
  %y = bn.concat %x, %x {axis = 2 : i64} : (tensor<?x3x4x5xf32>, tensor<?x3x4x5xf32>) -> tensor<?x3x8x5xf32>
  return %y : tensor<?x3x8x5xf32>
}

func.func @concat_features(%x: tensor<?x3x4x5xf32>) -> tensor<?x120xf32> {
  %f = bn.reshape %x : tensor<?x3x4x5xf32> -> tensor<?x60xf32>
  // expected-remark@below {{the model takes the plain way: no kernel for 'bn.concat', an operand is a flattened image}}
  %y = bn.concat %f, %f {axis = 1 : i64} : (tensor<?x60xf32>, tensor<?x60xf32>) -> tensor<?x120xf32>
  return %y : tensor<?x120xf32>
}

func.func @transposed_image(%x: tensor<?x3x4x5xf32>) -> tensor<?x3x5x4xf32> {
  // expected-remark@below {{the model takes the plain way: no kernel for 'bn.transpose', kernels take no op of this kind}}
  %y = bn.transpose %x {permutation = array<i64: 0, 1, 3, 2>}
    : (tensor<?x3x4x5xf32>) -> tensor<?x3x5x4xf32>
  return %y : tensor<?x3x5x4xf32>
}
