// RUN: %bn-opt %s --split-input-file --bn-fold-batch-norm | FileCheck %s

// The layer has another user than the batch norm.
// CHECK: status = "kept", into = "", reason = "the result of 'fc1' (bn.linear) has several users, 'bn1' (bn.batch_norm_inference) and 'relu1' (bn.relu); 'tanh1' (bn.tanh) takes in no scale and shift"
// CHECK: bn.batch_norm_inference
func.func @another_user(%x: tensor<?x2xf32>) -> (tensor<?x2xf32>, tensor<?x2xf32>) {
  %g = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %v = arith.constant dense<[4.0, 16.0]> : tensor<2xf32>
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %0 = bn.linear %x, %w
    : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32> loc("fc1")
  %1 = bn.batch_norm_inference %0, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32> loc("bn1")
  %2 = bn.relu %0 : tensor<?x2xf32> loc("relu1")
  %3 = bn.tanh %1 : tensor<?x2xf32> loc("tanh1")
  return %2, %3 : tensor<?x2xf32>, tensor<?x2xf32>
}

// -----

// The layer is a result of the model, and so is the batch norm.
// CHECK: status = "kept", into = "", reason = "the result of 'fc1' (bn.linear) is a result of the model; its result is a result of the model"
// CHECK: bn.batch_norm_inference
func.func @model_result(%x: tensor<?x2xf32>) -> (tensor<?x2xf32>, tensor<?x2xf32>) {
  %g = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %v = arith.constant dense<[4.0, 16.0]> : tensor<2xf32>
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %0 = bn.linear %x, %w
    : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32> loc("fc1")
  %1 = bn.batch_norm_inference %0, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32> loc("bn1")
  return %0, %1 : tensor<?x2xf32>, tensor<?x2xf32>
}

// -----

// No layer in front, none behind.
// CHECK: status = "kept", into = "", reason = "its input is an argument of the model; 'sigmoid1' (bn.sigmoid) takes in no scale and shift"
// CHECK: bn.batch_norm_inference
func.func @alone(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %g = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %v = arith.constant dense<[4.0, 16.0]> : tensor<2xf32>
  %1 = bn.batch_norm_inference %x, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32> loc("bn1")
  %2 = bn.sigmoid %1 : tensor<?x2xf32> loc("sigmoid1")
  return %2 : tensor<?x2xf32>
}

// -----

// Weights that are computed.
// CHECK: status = "kept", into = "", reason = "'fc1' (bn.linear): its weight is not constant; its result is a result of the model"
// CHECK: bn.batch_norm_inference
func.func @weight(%x: tensor<?x2xf32>, %w: tensor<2x2xf32>) -> tensor<?x2xf32> {
  %g = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %v = arith.constant dense<[4.0, 16.0]> : tensor<2xf32>
  %0 = bn.linear %x, %w
    : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32> loc("fc1")
  %1 = bn.batch_norm_inference %0, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32> loc("bn1")
  return %1 : tensor<?x2xf32>
}

// -----

// A bias that is computed.
// CHECK: status = "kept", into = "", reason = "'fc1' (bn.linear): its bias is not constant; its result is a result of the model"
// CHECK: bn.batch_norm_inference
func.func @bias(%x: tensor<?x2xf32>, %c: tensor<2xf32>) -> tensor<?x2xf32> {
  %g = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %v = arith.constant dense<[4.0, 16.0]> : tensor<2xf32>
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %0 = bn.linear %x, %w bias %c
    : (tensor<?x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<?x2xf32> loc("fc1")
  %1 = bn.batch_norm_inference %0, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32> loc("bn1")
  return %1 : tensor<?x2xf32>
}

// -----

// A scale that is computed.
// CHECK: status = "kept", into = "", reason = "its scale is not constant"
// CHECK: bn.batch_norm_inference
func.func @scale(%x: tensor<?x2xf32>, %g: tensor<2xf32>) -> tensor<?x2xf32> {
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %v = arith.constant dense<[4.0, 16.0]> : tensor<2xf32>
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %0 = bn.linear %x, %w
    : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32> loc("fc1")
  %1 = bn.batch_norm_inference %0, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32> loc("bn1")
  return %1 : tensor<?x2xf32>
}

// -----

// An offset that is computed.
// CHECK: status = "kept", into = "", reason = "its offset is not constant"
// CHECK: bn.batch_norm_inference
func.func @offset(%x: tensor<?x2xf32>, %b: tensor<2xf32>) -> tensor<?x2xf32> {
  %g = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %v = arith.constant dense<[4.0, 16.0]> : tensor<2xf32>
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %0 = bn.linear %x, %w
    : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32> loc("fc1")
  %1 = bn.batch_norm_inference %0, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32> loc("bn1")
  return %1 : tensor<?x2xf32>
}

// -----

// A mean that is computed.
// CHECK: status = "kept", into = "", reason = "its mean is not constant"
// CHECK: bn.batch_norm_inference
func.func @mean(%x: tensor<?x2xf32>, %m: tensor<2xf32>) -> tensor<?x2xf32> {
  %g = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %v = arith.constant dense<[4.0, 16.0]> : tensor<2xf32>
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %0 = bn.linear %x, %w
    : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32> loc("fc1")
  %1 = bn.batch_norm_inference %0, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32> loc("bn1")
  return %1 : tensor<?x2xf32>
}

// -----

// A variance that is computed.
// CHECK: status = "kept", into = "", reason = "its variance is not constant"
// CHECK: bn.batch_norm_inference
func.func @variance(%x: tensor<?x2xf32>, %v: tensor<2xf32>) -> tensor<?x2xf32> {
  %g = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %0 = bn.linear %x, %w
    : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32> loc("fc1")
  %1 = bn.batch_norm_inference %0, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32> loc("bn1")
  return %1 : tensor<?x2xf32>
}

// -----

// A blob whose data is absent.
// CHECK: status = "kept", into = "", reason = "'fc1' (bn.linear): its weight is not constant; its result is a result of the model"
// CHECK: bn.batch_norm_inference
func.func @absent(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %g = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %v = arith.constant dense<[4.0, 16.0]> : tensor<2xf32>
  %w = arith.constant dense_resource<absent> : tensor<2x2xf32>
  %0 = bn.linear %x, %w
    : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32> loc("fc1")
  %1 = bn.batch_norm_inference %0, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32> loc("bn1")
  return %1 : tensor<?x2xf32>
}

// -----

// Training mode.
// CHECK: status = "kept", into = "", reason = "training mode: its statistics are those of each batch"
// CHECK: bn.batch_norm_training
func.func @training(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %g = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %v = arith.constant dense<[4.0, 16.0]> : tensor<2xf32>
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %0 = bn.linear %x, %w
    : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32> loc("fc1")
  %1:5 = bn.batch_norm_training %0, scale %g, offset %b,
    running_mean %m, running_variance %v {epsilon = 0.0 : f64, momentum = 0.9 : f64}
    : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>)
    -> (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) loc("bn1")
  return %1#0 : tensor<?x2xf32>
}

// -----

// A variance below -epsilon.
// CHECK: status = "kept", into = "", reason = "its variance -1.60e+01 of channel 1 plus epsilon is not positive"
// CHECK: bn.batch_norm_inference
func.func @negative_variance(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %g = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %v = arith.constant dense<[4.0, -16.0]> : tensor<2xf32>
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %0 = bn.linear %x, %w
    : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32> loc("fc1")
  %1 = bn.batch_norm_inference %0, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32> loc("bn1")
  return %1 : tensor<?x2xf32>
}

// -----

// A variance of zero with an epsilon of zero.
// CHECK: status = "kept", into = "", reason = "its variance 0.00e+00 of channel 0 plus epsilon is not positive"
// CHECK: bn.batch_norm_inference
func.func @zero_variance(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %g = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %v = arith.constant dense<[0.0, 16.0]> : tensor<2xf32>
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %0 = bn.linear %x, %w
    : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32> loc("fc1")
  %1 = bn.batch_norm_inference %0, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32> loc("bn1")
  return %1 : tensor<?x2xf32>
}

// -----

// A mean that is no number.
// CHECK: status = "kept", into = "", reason = "its mean of channel 1 is not finite"
// CHECK: bn.batch_norm_inference
func.func @nan(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %g = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 0x7FC00000]> : tensor<2xf32>
  %v = arith.constant dense<[4.0, 16.0]> : tensor<2xf32>
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %0 = bn.linear %x, %w
    : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32> loc("fc1")
  %1 = bn.batch_norm_inference %0, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32> loc("bn1")
  return %1 : tensor<?x2xf32>
}

// -----

// An infinite scale.
// CHECK: status = "kept", into = "", reason = "its scale of channel 0 is not finite"
// CHECK: bn.batch_norm_inference
func.func @infinite(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %g = arith.constant dense<[0x7F800000, -1.0]> : tensor<2xf32>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %v = arith.constant dense<[4.0, 16.0]> : tensor<2xf32>
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %0 = bn.linear %x, %w
    : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32> loc("fc1")
  %1 = bn.batch_norm_inference %0, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32> loc("bn1")
  return %1 : tensor<?x2xf32>
}

// -----

// A weight that is no number.
// CHECK: status = "kept", into = "", reason = "'fc1' (bn.linear): its parameters of channel 1 would not be finite; its result is a result of the model"
// CHECK: bn.batch_norm_inference
func.func @nan_weight(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %g = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %v = arith.constant dense<[4.0, 16.0]> : tensor<2xf32>
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 0x7FC00000]]> : tensor<2x2xf32>
  %0 = bn.linear %x, %w
    : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32> loc("fc1")
  %1 = bn.batch_norm_inference %0, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32> loc("bn1")
  return %1 : tensor<?x2xf32>
}

// -----

// A factor gamma / sqrt(variance + epsilon) of 1e20 on a weight of 1e20.
// CHECK: status = "kept", into = "", reason = "'fc1' (bn.linear): its parameters of channel 1 would not be finite; its result is a result of the model"
// CHECK: bn.batch_norm_inference
func.func @overflow(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %g = arith.constant dense<[1.0, 4.0e20]> : tensor<2xf32>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %v = arith.constant dense<[4.0, 16.0]> : tensor<2xf32>
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 1.0e20]]> : tensor<2x2xf32>
  %0 = bn.linear %x, %w
    : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32> loc("fc1")
  %1 = bn.batch_norm_inference %0, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32> loc("bn1")
  return %1 : tensor<?x2xf32>
}

// -----

// A factor of 1e6 on a mean of 0.3: the shift -3e5 would have no digits left for
// a result of size 1.
// CHECK: status = "kept", into = "", reason = "'fc1' (bn.linear): rounding would change it by {{.*}}e-02, more than 1.00e-05; its result is a result of the model"
// CHECK: bn.batch_norm_inference
func.func @huge_factor(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %g = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %b = arith.constant dense<[0.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[0.3, 8.0]> : tensor<2xf32>
  %v = arith.constant dense<[1.0e-12, 16.0]> : tensor<2xf32>
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %0 = bn.linear %x, %w
    : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32> loc("fc1")
  %1 = bn.batch_norm_inference %0, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32> loc("bn1")
  return %1 : tensor<?x2xf32>
}

// -----

// Half-precision weights would lose what single-precision statistics hold.
// CHECK: status = "kept", into = "", reason = "'conv1' (bn.conv): rounding would change it by {{.*}}e-04, more than 1.00e-05; its result is a result of the model"
// CHECK: bn.batch_norm_inference
func.func @half(%x: tensor<?x1x3x4xf16>) -> tensor<?x2x3x4xf16> {
  %g = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %v = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %w = arith.constant dense<[[[[1.0]]], [[[3.0]]]]> : tensor<2x1x1x1xf16>
  %0 = bn.conv %x, %w {dilations = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>,
    strides = array<i64: 1, 1>}
    : (tensor<?x1x3x4xf16>, tensor<2x1x1x1xf16>) -> tensor<?x2x3x4xf16> loc("conv1")
  %1 = bn.batch_norm_inference %0, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<?x2x3x4xf16>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2x3x4xf16> loc("bn1")
  return %1 : tensor<?x2x3x4xf16>
}

// -----

// Channels are another axis than the layer has its own on, which a square shape
// would hide.
// CHECK: status = "kept", into = "", reason = "'conv1' (bn.conv): its channels are axis 1 there, not axis 3; its result is a result of the model"
// CHECK: bn.batch_norm_inference
func.func @other_layout(%x: tensor<?x2x2x2xf32>) -> tensor<?x2x2x2xf32> {
  %g = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %v = arith.constant dense<[4.0, 16.0]> : tensor<2xf32>
  %w = arith.constant dense<[[[[1.0]], [[2.0]]], [[[3.0]], [[4.0]]]]> : tensor<2x2x1x1xf32>
  %0 = bn.conv %x, %w {dilations = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>,
    strides = array<i64: 1, 1>}
    : (tensor<?x2x2x2xf32>, tensor<2x2x1x1xf32>) -> tensor<?x2x2x2xf32> loc("conv1")
  %1 = bn.batch_norm_inference %0, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64, layout = #bn<layout NHWC>}
    : (tensor<?x2x2x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2x2x2xf32> loc("bn1")
  return %1 : tensor<?x2x2x2xf32>
}

// -----

// A linear layer on sequences works on the last axis, the batch norm on axis 1.
// CHECK: status = "kept", into = "", reason = "'fc1' (bn.linear): its channels are axis 2 there, not axis 1; its result is a result of the model"
// CHECK: bn.batch_norm_inference
func.func @sequence(%x: tensor<?x2x2xf32>) -> tensor<?x2x2xf32> {
  %g = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %v = arith.constant dense<[4.0, 16.0]> : tensor<2xf32>
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %0 = bn.linear %x, %w
    : (tensor<?x2x2xf32>, tensor<2x2xf32>) -> tensor<?x2x2xf32> loc("fc1")
  %1 = bn.batch_norm_inference %0, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<?x2x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2x2xf32> loc("bn1")
  return %1 : tensor<?x2x2xf32>
}

// -----

// Zeros around the input of the next layer would have to become -c / a.
// CHECK: status = "kept", into = "", reason = "its input is an argument of the model; 'conv1' (bn.conv): it pads with zeros, which the shift would have to change"
// CHECK: bn.batch_norm_inference
func.func @padding(%x: tensor<?x2x3x4xf32>) -> tensor<?x1x4x5xf32> {
  %g = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %v = arith.constant dense<[4.0, 16.0]> : tensor<2xf32>
  %w = arith.constant dense<1.0> : tensor<1x2x2x2xf32>
  %0 = bn.batch_norm_inference %x, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<?x2x3x4xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2x3x4xf32> loc("bn1")
  %1 = bn.conv %0, %w {dilations = array<i64: 1, 1>, padding = array<i64: 1, 1, 1, 1>,
    strides = array<i64: 1, 1>}
    : (tensor<?x2x3x4xf32>, tensor<1x2x2x2xf32>) -> tensor<?x1x4x5xf32> loc("conv1")
  return %1 : tensor<?x1x4x5xf32>
}

// -----

// Never back through an activation.
// CHECK: status = "kept", into = "", reason = "'relu1' (bn.relu): a shift does not pass an activation; its result is a result of the model"
// CHECK: bn.batch_norm_inference
func.func @activation(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %g = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %v = arith.constant dense<[4.0, 16.0]> : tensor<2xf32>
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %0 = bn.linear %x, %w
    : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32> loc("fc1")
  %1 = bn.relu %0 : tensor<?x2xf32> loc("relu1")
  %2 = bn.batch_norm_inference %1, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32> loc("bn1")
  return %2 : tensor<?x2xf32>
}

// -----

// The next layer has another input in the place of its weight.
// CHECK: status = "kept", into = "", reason = "its input is an argument of the model; 'fc1' (bn.linear) takes in no scale and shift"
// CHECK: bn.batch_norm_inference
func.func @as_weight(%x: tensor<2x2xf32>, %y: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %g = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %v = arith.constant dense<[4.0, 16.0]> : tensor<2xf32>
  %0 = bn.batch_norm_inference %x, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<2x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<2x2xf32> loc("bn1")
  %1 = bn.linear %y, %0
    : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32> loc("fc1")
  return %1 : tensor<?x2xf32>
}

// -----

// A convolution without input channels has nothing to scale.
// CHECK: status = "kept", into = "", reason = "'conv1' (bn.conv): it has no channels; its result is a result of the model"
// CHECK: bn.batch_norm_inference
func.func @no_channels(%x: tensor<?x0x3x4xf32>) -> tensor<?x2x3x4xf32> {
  %g = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %v = arith.constant dense<[4.0, 16.0]> : tensor<2xf32>
  %w = arith.constant dense<0.0> : tensor<2x0x1x1xf32>
  %0 = bn.conv %x, %w {dilations = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>,
    strides = array<i64: 1, 1>}
    : (tensor<?x0x3x4xf32>, tensor<2x0x1x1xf32>) -> tensor<?x2x3x4xf32> loc("conv1")
  %1 = bn.batch_norm_inference %0, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<?x2x3x4xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2x3x4xf32> loc("bn1")
  return %1 : tensor<?x2x3x4xf32>
}
