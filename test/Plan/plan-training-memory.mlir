// RUN: %bn-opt %s --bn-fuse-training --canonicalize --cse --bn-plan-training="vector-length=8" | FileCheck %s --check-prefix=FAST
// RUN: %bn-opt %s --bn-fuse-training --canonicalize --cse --bn-plan-training="vector-length=8 memory-budget=329344" | FileCheck %s --check-prefixes=FAST,ENOUGH
// RUN: %bn-opt %s --bn-fuse-training --canonicalize --cse --bn-plan-training="vector-length=8 memory-budget=300000" | FileCheck %s --check-prefix=TIGHT
// RUN: %bn-opt %s --bn-fuse-training --canonicalize --cse --bn-plan-training="vector-length=8 fuse=false" | FileCheck %s --check-prefix=UNFUSED
// RUN: not %bn-opt %s --bn-fuse-training --canonicalize --cse --bn-plan-training="vector-length=8 memory-budget=1000" 2>&1 | FileCheck %s --check-prefix=ERROR

// Passes are reads and writes of the forward pass, of the backward pass, and by
// the layer behind. The sigmoid is stored: computing it again costs more time.
// The pooled tensor, a quarter of a pass, is the function's result.

// FAST:        bn.training_plan = {batch = 128 : i64, bytes_per_row = 2304 : i64, bytes_per_thread = 6144 : i64, fixed_bytes = 28288 : i64, fused = true,
// ENOUGH-SAME: memory_budget = 329344 : i64,
// FAST-SAME:   normalizations = [{after = array<f64: 1.000000e+00, 2.000000e+00, 2.000000e+00, 0.000000e+00, 0.000000e+00, 0.000000e+00>,
// FAST-SAME:   before = array<f64: 4.000000e+00, 3.000000e+00, 1.000000e+01, 5.000000e+00, 0.000000e+00, 0.000000e+00>, name = "bn1",
// FAST-SAME:   bytes_per_row = 768 : i64, name = "conv1", place = "stored"
// FAST-SAME:   name = "bn1", place = "block"
// FAST-SAME:   name = "sigmoid1", place = "stored"
// FAST-SAME:   peak_bytes = 329344 : i64

// With less memory it is computed again from the convolution's result, in the
// phase of the backward pass that needs it.

// TIGHT:       bn.training_plan
// TIGHT-SAME:  memory_budget = 300000 : i64
// TIGHT-SAME:  after = array<f64: 1.000000e+00, 1.000000e+00, 1.000000e+00, 0.000000e+00, 0.000000e+00, 0.000000e+00>
// TIGHT-SAME:  name = "conv1", place = "stored"
// TIGHT-SAME:  name = "bn1", place = "recomputed"
// TIGHT-SAME:  name = "sigmoid1", place = "recomputed"
// TIGHT-LABEL: func.func private @step.phase2(
// TIGHT:         bn.lane_kernel
// TIGHT:           bn.batch_norm_inference
// TIGHT-NEXT:      bn.sigmoid
// TIGHT:           bn.batch_norm_input_gradient
// TIGHT-NEXT:      bn.yield
// TIGHT-LABEL: func.func private @step.phase1(

// Without fusion every op is a kernel, and its result is in memory.

// UNFUSED:      reason = "fusion is off"
// UNFUSED:      after = array<f64: 4.000000e+00, 3.000000e+00, 1.000000e+01, 5.000000e+00, 0.000000e+00, 0.000000e+00>, before = array<f64: 4.000000e+00, 3.000000e+00, 1.000000e+01, 5.000000e+00, 0.000000e+00, 0.000000e+00>
// UNFUSED-SAME: name = "bn1", place = "stored"
// UNFUSED-LABEL: func.func private @step.phase2(
// UNFUSED:        bn.lane_kernel
// UNFUSED:          bn.batch_norm_inference
// UNFUSED-NEXT:     bn.yield
// UNFUSED-LABEL: func.func private @step.phase1(
// UNFUSED:        bn.lane_kernel
// UNFUSED:          bn.batch_statistics
// UNFUSED-NEXT:     bn.yield
// UNFUSED-LABEL: func.func private @step.phase0(
// UNFUSED:        bn.lane_kernel
// UNFUSED:          bn.conv
// UNFUSED-NEXT:     bn.yield

// ERROR: error: --memory-budget: expected at least {{[0-9]+}} bytes for a batch of 128, got 1000
func.func @step(%x: tensor<?x1x12x12xf32> {bn.name = "x"},
    %g: tensor<?x3x4x4xf32>, %w: tensor<3x1x5x5xf32>, %s: tensor<3xf32>,
    %o: tensor<3xf32>, %rm: tensor<3xf32>, %rv: tensor<3xf32>)
    -> (tensor<?x3x4x4xf32>, tensor<3x1x5x5xf32>, tensor<3xf32>, tensor<3xf32>,
        tensor<3xf32>, tensor<3xf32>) {
  %one = arith.constant dense<1.0> : tensor<f32>
  %y = bn.conv %x, %w {dilations = array<i64: 1, 1>,
      padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>}
    : (tensor<?x1x12x12xf32>, tensor<3x1x5x5xf32>) -> tensor<?x3x8x8xf32>
    loc("conv1")
  %z, %m, %v, %nm, %nv = bn.batch_norm_training %y, scale %s, offset %o,
    running_mean %rm, running_variance %rv
    {epsilon = 1.0e-05 : f64, momentum = 0.9 : f64}
    : (tensor<?x3x8x8xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>,
       tensor<3xf32>)
    -> (tensor<?x3x8x8xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>,
        tensor<3xf32>) loc("bn1")
  %a = bn.sigmoid %z : tensor<?x3x8x8xf32> loc("sigmoid1")
  %p = bn.average_pool %a {ceil_mode = false, count_include_pad = false,
      dilations = array<i64: 1, 1>, kernel = array<i64: 2, 2>,
      padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>}
    : (tensor<?x3x8x8xf32>) -> tensor<?x3x4x4xf32>
  %da = bn.average_pool_gradient %g {ceil_mode = false,
      count_include_pad = false, dilations = array<i64: 1, 1>,
      kernel = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>,
      strides = array<i64: 2, 2>}
    : (tensor<?x3x4x4xf32>) -> tensor<?x3x8x8xf32>
  %r = bn.sub %one, %a : (tensor<f32>, tensor<?x3x8x8xf32>)
    -> tensor<?x3x8x8xf32>
  %t = bn.mul %a, %r : (tensor<?x3x8x8xf32>, tensor<?x3x8x8xf32>)
    -> tensor<?x3x8x8xf32>
  %dz = bn.mul %da, %t : (tensor<?x3x8x8xf32>, tensor<?x3x8x8xf32>)
    -> tensor<?x3x8x8xf32>
  %dy, %ds, %do = bn.batch_norm_gradient %dz, %y, scale %s, mean %m,
    variance %v {epsilon = 1.0e-05 : f64}
    : (tensor<?x3x8x8xf32>, tensor<?x3x8x8xf32>, tensor<3xf32>, tensor<3xf32>,
       tensor<3xf32>) -> (tensor<?x3x8x8xf32>, tensor<3xf32>, tensor<3xf32>)
  %dw = bn.conv_filter_gradient %dy, %x {dilations = array<i64: 1, 1>,
      padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>}
    : (tensor<?x3x8x8xf32>, tensor<?x1x12x12xf32>) -> tensor<3x1x5x5xf32>
  return %p, %dw, %ds, %do, %nm, %nv
    : tensor<?x3x4x4xf32>, tensor<3x1x5x5xf32>, tensor<3xf32>, tensor<3xf32>,
      tensor<3xf32>, tensor<3xf32>
}
