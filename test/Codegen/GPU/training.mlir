// RUN: %bn-opt %s --bn-cuda-training-pipeline --bn-print-cuda -o %t.mlir | FileCheck %s

// Sums over the batch are taken in parts; what lies between the sums and their
// results is an expression.

// CHECK: __device__ {{.*}}float blockSum(float value, float *scratch) {

// The statistics of a block's part, about its first value.
// CHECK: /// bn1: mean and variance of each channel of the batch
// CHECK-NEXT: /// Of {{[0-9]+}} parts of the batch, each by itself.
// CHECK: bn1_batch_statistics(
// CHECK: const float shift =
// CHECK: blockSum(
// CHECK: /// The parts of bn1_batch_statistics in their order.
// CHECK: bn1_batch_statistics_merge(

// Activation and pooling read the convolution's result, and nothing in between
// is stored.
// CHECK: /// bn1: y = (x - mean[c]) / sqrt(variance + epsilon) * gamma + beta
// CHECK-NEXT: /// relu1: y = max(x, 0)
// CHECK-NEXT: /// pool1: maximum of 2x2 windows, stride 2

// CHECK: /// {{.*}}: cross-entropy of softmax, its gradient, and hits
// CHECK: loss(
// CHECK: logarithm(

// Gradients of the pooling, the activation and the parameters of the norm are
// taken in one read.
// CHECK: /// pool1: each window gives its gradient to its first largest value
// CHECK-NEXT: /// {{.*}}: dx = y > 0 ? dy : 0
// CHECK: gradient of the filter: sum of dy[o, p] * x[c, p + k]

// Running statistics are one kernel.
// CHECK: running = momentum * running + (1 - momentum) * batch
// CHECK: Results that are vectors
// CHECK: vectors(

func.func @gradients(%x: tensor<?x1x8x8xf32> {bn.name = "input"}, %labels: tensor<?xi64> {bn.name = "labels"},
    %w: tensor<2x1x3x3xf32> {bn.name = "conv1.weight"}, %s: tensor<2xf32> {bn.name = "scale"},
    %b: tensor<2xf32> {bn.name = "offset"}, %v: tensor<4x18xf32> {bn.name = "fc.weight"},
    %m: tensor<2xf32> {bn.name = "mean"}, %r: tensor<2xf32> {bn.name = "variance"})
    -> (tensor<f32> {bn.name = "loss"}, tensor<i64> {bn.name = "hits"}, tensor<2x1x3x3xf32>, tensor<2xf32>,
        tensor<2xf32>, tensor<4x18xf32>, tensor<2xf32>, tensor<2xf32>) {
  %0 = bn.conv %x, %w {dilations = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>}
    : (tensor<?x1x8x8xf32>, tensor<2x1x3x3xf32>) -> tensor<?x2x6x6xf32> loc("conv1")
  %y, %mean, %variance, %nm, %nv = bn.batch_norm_training %0, scale %s, offset %b, running_mean %m, running_variance %r
    {epsilon = 1.0e-05 : f64, momentum = 9.0e-01 : f64} : (tensor<?x2x6x6xf32>, tensor<2xf32>, tensor<2xf32>,
    tensor<2xf32>, tensor<2xf32>) -> (tensor<?x2x6x6xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>)
    loc("bn1")
  %1 = bn.relu %y : tensor<?x2x6x6xf32> loc("relu1")
  %2 = bn.max_pool %1 {ceil_mode = false, dilations = array<i64: 1, 1>, kernel = array<i64: 2, 2>,
    padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>}
    : (tensor<?x2x6x6xf32>) -> tensor<?x2x3x3xf32> loc("pool1")
  %3 = bn.reshape %2 : tensor<?x2x3x3xf32> -> tensor<?x18xf32> loc("flatten")
  %4 = bn.linear %3, %v {transpose_weight} : (tensor<?x18xf32>, tensor<4x18xf32>) -> tensor<?x4xf32> loc("fc")
  %loss, %hits, %g = bn.cross_entropy_loss %4, %labels : (tensor<?x4xf32>, tensor<?xi64>)
    -> (tensor<f32>, tensor<i64>, tensor<?x4xf32>) loc("fc")
  %5 = bn.linear %g, %v : (tensor<?x4xf32>, tensor<4x18xf32>) -> tensor<?x18xf32> loc("fc")
  %6 = bn.linear %g, %3 {transpose_input} : (tensor<?x4xf32>, tensor<?x18xf32>) -> tensor<4x18xf32> loc("fc")
  %7 = bn.reshape %5 : tensor<?x18xf32> -> tensor<?x2x3x3xf32> loc("flatten")
  %8 = bn.max_pool_gradient %7, %1 {ceil_mode = false, dilations = array<i64: 1, 1>, kernel = array<i64: 2, 2>,
    padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>}
    : (tensor<?x2x3x3xf32>, tensor<?x2x6x6xf32>) -> tensor<?x2x6x6xf32> loc("pool1")
  %9 = bn.relu_gradient %8, %1 : tensor<?x2x6x6xf32> loc("relu1")
  %dx, %ds, %db = bn.batch_norm_gradient %9, %0, scale %s, mean %mean, variance %variance {epsilon = 1.0e-05 : f64}
    : (tensor<?x2x6x6xf32>, tensor<?x2x6x6xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>)
    -> (tensor<?x2x6x6xf32>, tensor<2xf32>, tensor<2xf32>) loc("bn1")
  %dw = bn.conv_filter_gradient %dx, %x {dilations = array<i64: 1, 1>, groups = 1 : i64,
    padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>}
    : (tensor<?x2x6x6xf32>, tensor<?x1x8x8xf32>) -> tensor<2x1x3x3xf32> loc("conv1")
  return %loss, %hits, %dw, %ds, %db, %6, %nm, %nv
    : tensor<f32>, tensor<i64>, tensor<2x1x3x3xf32>, tensor<2xf32>, tensor<2xf32>, tensor<4x18xf32>, tensor<2xf32>,
      tensor<2xf32>
}
