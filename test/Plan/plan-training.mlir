// RUN: %bn-opt %s --split-input-file --bn-fuse-training --canonicalize --cse --bn-plan-training="vector-length=8" | FileCheck %s

// Statistics are taken where the convolution stores its result, of each block,
// and merged behind the phase. The batch norm, its activation and the pooling
// are one body; the activation is stored for the gradient, because it is dear,
// but the normalized values and the gradient of the batch norm's result are
// computed again. The sums of the gradient are over pooled positions. The gradient of its input stays in the thread's memory.

// CHECK:       bn.normalizations = [#bn.normalization<name = "bn1", op = "BatchNormalization", status = "fused", into = "conv1", reason = "statistics are taken in the kernel of 'conv1', it normalizes in the kernel of 'sigmoid1'; the step reads and writes {{[0-9]+}} tensors ({{[0-9]+}} KB per row) instead of {{[0-9]+}} ({{[0-9]+}} KB)"

// CHECK-LABEL: func.func @step(
// CHECK-SAME:    %[[X:.*]]: memref<?x1x12x12xf32> {bn.name = "x"}, %[[G:[a-z0-9]*]]: memref<?x3x4x4xf32>,
// CHECK-SAME:    %{{.*}}: memref<?xi8>, %[[OPTIONS:.*]]: !llvm.ptr) attributes {bn.input_count = 7 : i64, bn.training_plan = {{.*}}, bn.workspace_bytes = {{[0-9]+}} : i64, bn.workspace_bytes_per_row = {{[0-9]+}} : i64, bn.workspace_bytes_per_thread = {{[0-9]+}} : i64}
// CHECK:         %[[BATCH:.*]] = memref.dim %[[X]]
// CHECK:         %[[BLOCKS:.*]] = arith.ceildivui %[[BATCH]], %c8
// CHECK:         bn.parallel @step.phase0(%[[X]], %{{.*}}, %{{.*}}, %[[BATCH]]) count(%[[BLOCKS]]) options(%[[OPTIONS]] : !llvm.ptr)
// CHECK:         bn.merge_statistics {{.*}} batch(%[[BATCH]]) {length = 8 : i64, positions = 64 : i64} : memref<?x3xf64>, memref<?x3xf64>, memref<3xf32>, memref<3xf32>
// CHECK:         bn.running_statistics
// CHECK:         bn.parallel @step.phase1({{.*}}) count(%c4)
// CHECK-COUNT-2: bn.merge_lanes {{.*}} : memref<4x3x8xf32>, memref<3xf32>
// CHECK:         bn.parallel @step.phase2({{.*}}) count(%c4
// CHECK:         bn.merge_lanes {{.*}} : memref<4x3x1x5x5x8xf32>, memref<3x1x5x5xf32>
// CHECK-NEXT:    return

// CHECK-LABEL: func.func private @step.phase2(
// CHECK:         vector.store %{{.*}} : memref<600xf32>, vector<8xf32>
// CHECK:         scf.for
// CHECK:           bn.lane_kernel {{.*}} outputs(%{{.*}} : memref<3x8x8x8xf32>) {
// CHECK:             bn.average_pool_gradient
// CHECK:             bn.mul
// CHECK:             bn.batch_norm_input_gradient
// CHECK-NEXT:        bn.yield
// CHECK:           bn.lane_kernel {{.*}} outputs(%{{.*}} : memref<3x1x5x5x8xf32>) {
// CHECK:             bn.conv_filter_gradient
// CHECK-LABEL: func.func private @step.phase1(
// CHECK:           bn.lane_kernel {{.*}} outputs(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} : memref<3x8x8x8xf32>, memref<3x4x4x8xf32>, memref<3x4x4x8xf32>, memref<3x4x4x8xf32>) {
// CHECK:             bn.batch_norm_inference
// CHECK:             bn.sigmoid
// CHECK-COUNT-3:     bn.average_pool
// CHECK:             bn.yield
// CHECK-COUNT-2:   bn.reduce_sum %{{.*}} {axes = array<i64: 0, 2, 3>} : (tensor<?x3x4x4xf32>) -> tensor<3xf32>
// CHECK:           bn.unpack_kernel
// CHECK-LABEL: func.func private @step.phase0(
// CHECK:         bn.pack_kernel
// CHECK:         bn.lane_kernel {{.*}} outputs(%{{.*}}, %{{.*}}, %{{.*}} : memref<3x8x8x8xf32>, memref<3xf64>, memref<3xf64>) {
// CHECK:           bn.conv
// CHECK-NEXT:      bn.batch_statistics
// CHECK-NEXT:      bn.yield
module {
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
}

// -----

// The gradient of a linear layer's weight is a kernel over the whole batch, in
// a loop over its rows. A residual is read where it is added.

// CHECK-LABEL: func.func @linear(
// What the kernel reads is kept, although the phase is the only one.
// CHECK-SAME:    bn.workspace_bytes_per_row = 128 : i64
// CHECK:         bn.parallel @linear.phase0
// CHECK:         bn.parallel @linear.sums{{[0-9]}}({{.*}}) count(%c8{{.*}})
// CHECK-LABEL: func.func private @linear.sums
// CHECK:         bn.batch_sum_kernel positions(%{{.*}} to %{{.*}}) batch(%{{.*}}) inputs(%{{.*}}, %{{.*}} : memref<?x5x8xf32>, memref<?x20x8xf32>) outputs(%{{.*}} : memref<5x20xf32>)
// CHECK-LABEL: func.func private @linear.phase0(
// CHECK:         bn.lane_kernel
// CHECK:           bn.linear
// CHECK-NEXT:      bn.add
// CHECK-NEXT:      bn.relu
// CHECK-NEXT:      bn.yield
func.func @linear(%x: tensor<?x20xf32>, %other: tensor<?x5xf32>,
    %w: tensor<5x20xf32>) -> (tensor<?x5xf32>, tensor<5x20xf32>) {
  %y = bn.linear %x, %w {transpose_weight}
    : (tensor<?x20xf32>, tensor<5x20xf32>) -> tensor<?x5xf32>
  %a = bn.add %y, %other
    : (tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<?x5xf32>
  %r = bn.relu %a : tensor<?x5xf32>
  %dw = bn.linear %r, %x {transpose_input}
    : (tensor<?x5xf32>, tensor<?x20xf32>) -> tensor<5x20xf32>
  return %r, %dw : tensor<?x5xf32>, tensor<5x20xf32>
}

// -----

// The step of an optimizer is a loop over vectors and one over what is left.

// CHECK-LABEL: func.func @update(
// CHECK:         bn.parallel @update.piece
// CHECK-LABEL: func.func private @update.piece(
// CHECK:         scf.for
// CHECK:           vector.load
// CHECK:           math.sqrt {{.*}} : vector<8xf32>
// CHECK-COUNT-3:   vector.store
// CHECK:         scf.for
// CHECK-COUNT-4:   memref.load
// CHECK-COUNT-3:   memref.store
func.func @update(%p: tensor<?xf32>, %g: tensor<?xf32>, %m: tensor<?xf32>,
    %v: tensor<?xf32>, %s: tensor<7xf32>)
    -> (tensor<?xf32>, tensor<?xf32>, tensor<?xf32>) {
  %new_p, %new_m, %new_v = bn.adam_update %p, %g, first_moment %m,
    second_moment %v, settings %s : (tensor<?xf32>, tensor<?xf32>,
    tensor<?xf32>, tensor<?xf32>, tensor<7xf32>)
    -> (tensor<?xf32>, tensor<?xf32>, tensor<?xf32>)
  return %new_p, %new_m, %new_v
    : tensor<?xf32>, tensor<?xf32>, tensor<?xf32>
}

// -----

// Pooling windows that overlap have no smaller result: the sums of the gradient
// are over all positions.

// CHECK-LABEL: func.func @overlapping(
// CHECK-LABEL: func.func private @overlapping.phase0(
// CHECK:         bn.batch_norm_parameter_gradient
module {
func.func @overlapping(%y: tensor<?x6x9x9xf32>, %t: tensor<?x6x9x9xf32>,
    %g: tensor<?x6x4x4xf32>, %m: tensor<6xf32>, %v: tensor<6xf32>)
    -> (tensor<6xf32>, tensor<6xf32>) {
  %da = bn.average_pool_gradient %g {dilations = array<i64: 1, 1>,
      kernel = array<i64: 3, 3>, padding = array<i64: 0, 0, 0, 0>,
      strides = array<i64: 2, 2>} : (tensor<?x6x4x4xf32>) -> tensor<?x6x9x9xf32>
  %dz = bn.mul %da, %t : (tensor<?x6x9x9xf32>, tensor<?x6x9x9xf32>)
    -> tensor<?x6x9x9xf32>
  %ds, %do = bn.batch_norm_parameter_gradient %dz, %y, mean %m, variance %v
    {epsilon = 1.0e-05 : f64} : (tensor<?x6x9x9xf32>, tensor<?x6x9x9xf32>,
    tensor<6xf32>, tensor<6xf32>) -> (tensor<6xf32>, tensor<6xf32>)
  return %ds, %do : tensor<6xf32>, tensor<6xf32>
}
}
