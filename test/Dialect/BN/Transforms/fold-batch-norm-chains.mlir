// RUN: %bn-opt %s --split-input-file --bn-fold-batch-norm | FileCheck %s

// Two in a row, behind a layer: a = (0.5, -0.25) twice, c = (2, 7), then
// (0.5 * 2 + 2, -0.25 * 7 + 7).
// CHECK: name = "bn1", {{[^>]*}} "folded-into-producer", into = "fc1"
// CHECK-SAME: name = "bn2", {{[^>]*}} "folded-into-producer", into = "fc1"
// CHECK-LABEL: @two_behind
// CHECK-DAG: arith.constant dense<{{\[}}[2.500000e-01, 1.250000e-01], [7.500000e-01, 2.500000e-01]]>
// CHECK-DAG: arith.constant dense<[3.000000e+00, 5.250000e+00]>
// CHECK:     bn.linear
// CHECK-NOT: bn.batch_norm
func.func @two_behind(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
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
  %2 = bn.batch_norm_inference %1, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32> loc("bn2")
  return %2 : tensor<?x2xf32>
}

// -----

// Two in a row in front of a layer: the second goes into the first, and both
// into the layer. 1 * 3 + 3 * 5.25 = 18.75; 2 * 3 + 4 * 5.25 = 27.
// CHECK: name = "bn1", {{[^>]*}} "folded-into-consumer", into = "fc1"
// CHECK-SAME: name = "bn2", {{[^>]*}} "folded-into-consumer", into = "fc1"
// CHECK-LABEL: @two_in_front
// CHECK-DAG: arith.constant dense<{{\[}}[2.500000e-01, 5.000000e-01], [1.875000e-01, 2.500000e-01]]>
// CHECK-DAG: arith.constant dense<[1.875000e+01, 2.700000e+01]>
// CHECK-NOT: bn.batch_norm
func.func @two_in_front(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %g = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %v = arith.constant dense<[4.0, 16.0]> : tensor<2xf32>
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %0 = bn.batch_norm_inference %x, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32> loc("bn1")
  %1 = bn.batch_norm_inference %0, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32> loc("bn2")
  %2 = bn.linear %1, %w
    : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32> loc("fc1")
  return %2 : tensor<?x2xf32>
}

// -----

// Two alone become one.
// CHECK: name = "bn1", {{[^>]*}} status = "kept"
// CHECK-SAME: name = "bn2", {{[^>]*}} status = "folded-into-producer", into = "bn1"
// CHECK-LABEL: @two_alone
// CHECK-DAG: arith.constant dense<[5.000000e-01, 2.500000e-01]>
// CHECK-DAG: arith.constant dense<[3.500000e+00, 5.750000e+00]>
// CHECK:     bn.batch_norm_inference
// CHECK-NOT: bn.batch_norm
func.func @two_alone(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %g = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %v = arith.constant dense<[4.0, 16.0]> : tensor<2xf32>
  %0 = bn.batch_norm_inference %x, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32> loc("bn1")
  %1 = bn.batch_norm_inference %0, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32> loc("bn2")
  return %1 : tensor<?x2xf32>
}

// -----

// Between two layers it goes back, not on.
// CHECK: "folded-into-producer", into = "fc1"
// CHECK-LABEL: @between
// CHECK-NOT: bn.batch_norm
func.func @between(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
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
  %2 = bn.linear %1, %w
    : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32> loc("fc2")
  return %2 : tensor<?x2xf32>
}

// -----

// Back through pooling: a mean takes any map, a maximum a rising one.
// CHECK: "folded-into-producer", into = "conv1"
// CHECK-LABEL: @average_pool
// CHECK-DAG: arith.constant dense<{{\[\[\[}}[5.000000e-01]], {{\[}}[1.000000e+00]]], {{\[\[}}[-7.500000e-01]], {{\[}}[-1.000000e+00]]]]>
// CHECK-DAG: arith.constant dense<[2.000000e+00, 7.000000e+00]>
// CHECK:     bn.conv
// CHECK-NEXT: bn.average_pool
// CHECK-NEXT: return
func.func @average_pool(%x: tensor<?x2x4x6xf32>) -> tensor<?x2x2x3xf32> {
  %g = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %v = arith.constant dense<[4.0, 16.0]> : tensor<2xf32>
  %w = arith.constant dense<[[[[1.0]], [[2.0]]], [[[3.0]], [[4.0]]]]> : tensor<2x2x1x1xf32>
  %0 = bn.conv %x, %w {dilations = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>,
    strides = array<i64: 1, 1>}
    : (tensor<?x2x4x6xf32>, tensor<2x2x1x1xf32>) -> tensor<?x2x4x6xf32> loc("conv1")
  %1 = bn.average_pool %0 {dilations = array<i64: 1, 1>,
    kernel = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>}
    : (tensor<?x2x4x6xf32>) -> tensor<?x2x2x3xf32> loc("pool1")
  %2 = bn.batch_norm_inference %1, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<?x2x2x3xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2x2x3xf32> loc("bn1")
  return %2 : tensor<?x2x2x3xf32>
}

// -----

// CHECK: "folded-into-producer", into = "conv1"
// CHECK-LABEL: @max_pool_rising
// CHECK:     bn.conv
// CHECK-NEXT: bn.max_pool
// CHECK-NEXT: return
func.func @max_pool_rising(%x: tensor<?x2x4x6xf32>) -> tensor<?x2x2x3xf32> {
  %g = arith.constant dense<[1.0, 1.0]> : tensor<2xf32>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %v = arith.constant dense<[4.0, 16.0]> : tensor<2xf32>
  %w = arith.constant dense<[[[[1.0]], [[2.0]]], [[[3.0]], [[4.0]]]]> : tensor<2x2x1x1xf32>
  %0 = bn.conv %x, %w {dilations = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>,
    strides = array<i64: 1, 1>}
    : (tensor<?x2x4x6xf32>, tensor<2x2x1x1xf32>) -> tensor<?x2x4x6xf32> loc("conv1")
  %1 = bn.max_pool %0 {dilations = array<i64: 1, 1>,
    kernel = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>}
    : (tensor<?x2x4x6xf32>) -> tensor<?x2x2x3xf32> loc("pool1")
  %2 = bn.batch_norm_inference %1, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<?x2x2x3xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2x2x3xf32> loc("bn1")
  return %2 : tensor<?x2x2x3xf32>
}

// -----

// CHECK: status = "kept", into = "", reason = "'pool1' (bn.max_pool): a negative scale does not pass a maximum; its result is a result of the model"
// CHECK-LABEL: @max_pool_falling
// CHECK:     bn.batch_norm_inference
func.func @max_pool_falling(%x: tensor<?x2x4x6xf32>) -> tensor<?x2x2x3xf32> {
  %g = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %v = arith.constant dense<[4.0, 16.0]> : tensor<2xf32>
  %w = arith.constant dense<[[[[1.0]], [[2.0]]], [[[3.0]], [[4.0]]]]> : tensor<2x2x1x1xf32>
  %0 = bn.conv %x, %w {dilations = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>,
    strides = array<i64: 1, 1>}
    : (tensor<?x2x4x6xf32>, tensor<2x2x1x1xf32>) -> tensor<?x2x4x6xf32> loc("conv1")
  %1 = bn.max_pool %0 {dilations = array<i64: 1, 1>,
    kernel = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>}
    : (tensor<?x2x4x6xf32>) -> tensor<?x2x2x3xf32> loc("pool1")
  %2 = bn.batch_norm_inference %1, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<?x2x2x3xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2x2x3xf32> loc("bn1")
  return %2 : tensor<?x2x2x3xf32>
}

// -----

// Padded zeros that count in the mean do not know of the shift.
// CHECK: status = "kept", into = "", reason = "'pool1' (bn.average_pool): a shift does not pass a mean that counts padded zeros; its result is a result of the model"
// CHECK-LABEL: @average_pool_padded
// CHECK:     bn.batch_norm_inference
func.func @average_pool_padded(%x: tensor<?x2x4x6xf32>) -> tensor<?x2x3x4xf32> {
  %g = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %v = arith.constant dense<[4.0, 16.0]> : tensor<2xf32>
  %w = arith.constant dense<[[[[1.0]], [[2.0]]], [[[3.0]], [[4.0]]]]> : tensor<2x2x1x1xf32>
  %0 = bn.conv %x, %w {dilations = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>,
    strides = array<i64: 1, 1>}
    : (tensor<?x2x4x6xf32>, tensor<2x2x1x1xf32>) -> tensor<?x2x4x6xf32> loc("conv1")
  %1 = bn.average_pool %0 {count_include_pad = true, dilations = array<i64: 1, 1>,
    kernel = array<i64: 2, 2>, padding = array<i64: 1, 1, 1, 1>, strides = array<i64: 2, 2>}
    : (tensor<?x2x4x6xf32>) -> tensor<?x2x3x4xf32> loc("pool1")
  %2 = bn.batch_norm_inference %1, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<?x2x3x4xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2x3x4xf32> loc("bn1")
  return %2 : tensor<?x2x3x4xf32>
}

// -----

// Padded zeros that do not count are no matter.
// CHECK: "folded-into-producer", into = "conv1"
// CHECK-LABEL: @average_pool_uncounted
// CHECK-NOT: bn.batch_norm_inference
func.func @average_pool_uncounted(%x: tensor<?x2x4x6xf32>) -> tensor<?x2x3x4xf32> {
  %g = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %v = arith.constant dense<[4.0, 16.0]> : tensor<2xf32>
  %w = arith.constant dense<[[[[1.0]], [[2.0]]], [[[3.0]], [[4.0]]]]> : tensor<2x2x1x1xf32>
  %0 = bn.conv %x, %w {dilations = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>,
    strides = array<i64: 1, 1>}
    : (tensor<?x2x4x6xf32>, tensor<2x2x1x1xf32>) -> tensor<?x2x4x6xf32> loc("conv1")
  %1 = bn.average_pool %0 {dilations = array<i64: 1, 1>,
    kernel = array<i64: 2, 2>, padding = array<i64: 1, 1, 1, 1>, strides = array<i64: 2, 2>}
    : (tensor<?x2x4x6xf32>) -> tensor<?x2x3x4xf32> loc("pool1")
  %2 = bn.batch_norm_inference %1, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<?x2x3x4xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2x3x4xf32> loc("bn1")
  return %2 : tensor<?x2x3x4xf32>
}

// -----

// Back through a reshape that keeps blocks of channels.
// CHECK: "folded-into-producer", into = "fc1"
// CHECK-LABEL: @unflatten
// CHECK-DAG: arith.constant dense<{{\[}}[5.000000e-01, 1.000000e+00, -7.500000e-01, -1.000000e+00]]>
// CHECK-DAG: arith.constant dense<[2.000000e+00, 2.000000e+00, 7.000000e+00, 7.000000e+00]>
// CHECK:     bn.linear
// CHECK-NEXT: bn.reshape
// CHECK-NEXT: return
func.func @unflatten(%x: tensor<?x1xf32>) -> tensor<?x2x1x2xf32> {
  %g = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %v = arith.constant dense<[4.0, 16.0]> : tensor<2xf32>
  %w = arith.constant dense<[[1.0, 2.0, 3.0, 4.0]]> : tensor<1x4xf32>
  %0 = bn.linear %x, %w
    : (tensor<?x1xf32>, tensor<1x4xf32>) -> tensor<?x4xf32> loc("fc1")
  %1 = bn.reshape %0 : tensor<?x4xf32> -> tensor<?x2x1x2xf32>
  %2 = bn.batch_norm_inference %1, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<?x2x1x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2x1x2xf32> loc("bn1")
  return %2 : tensor<?x2x1x2xf32>
}

// -----

// A reshape that mixes channels lets nothing pass.
// CHECK: reason = "its input is an argument of the model; 'reshape1' (bn.reshape): its shapes keep no axis for the channels"
// CHECK-LABEL: @mixing_reshape
func.func @mixing_reshape(%x: tensor<6x2xf32>) -> tensor<4x1xf32> {
  %g = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %v = arith.constant dense<[4.0, 16.0]> : tensor<2xf32>
  %w = arith.constant dense<1.0> : tensor<3x1xf32>
  %0 = bn.batch_norm_inference %x, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<6x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<6x2xf32> loc("bn1")
  %1 = bn.reshape %0 : tensor<6x2xf32> -> tensor<4x3xf32> loc("reshape1")
  %2 = bn.linear %1, %w
    : (tensor<4x3xf32>, tensor<3x1xf32>) -> tensor<4x1xf32> loc("fc1")
  return %2 : tensor<4x1xf32>
}

// -----

// Global average pooling in front of the classifier.
// CHECK: "folded-into-consumer", into = "fc1"
// CHECK-LABEL: @global_average
// CHECK-DAG: arith.constant dense<{{\[}}[5.000000e-01, 1.000000e+00], [-7.500000e-01, -1.000000e+00]]>
// CHECK-NOT: bn.batch_norm
func.func @global_average(%x: tensor<?x2x4x6xf32>) -> tensor<?x2xf32> {
  %g = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %m = arith.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %v = arith.constant dense<[4.0, 16.0]> : tensor<2xf32>
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %0 = bn.batch_norm_inference %x, scale %g, offset %b, mean %m,
    variance %v {epsilon = 0.0 : f64}
    : (tensor<?x2x4x6xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2x4x6xf32> loc("bn1")
  %1 = bn.reduce_mean %0 {axes = array<i64: 2, 3>} : (tensor<?x2x4x6xf32>) -> tensor<?x2xf32>
  %2 = bn.linear %1, %w
    : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32> loc("fc1")
  return %2 : tensor<?x2xf32>
}
