// RUN: %bn-opt %s --pass-pipeline='builtin.module(func.func(bn-count-model),bn-map-to-gpu{network=several},canonicalize,cse,func.func(bn-allocate-workspace),canonicalize,cse)' | FileCheck %s
// RUN: %bn-opt %s --pass-pipeline='builtin.module(func.func(bn-count-model),bn-map-to-gpu{network=several},canonicalize,cse,func.func(bn-allocate-workspace),canonicalize,cse,bn-print-cuda)' -o %t.mlir | FileCheck %s --check-prefix=TEXT

// A convolution, what follows it and a disjoint pooling are one kernel; the next
// product reads its input many times, so that it is stored.
// CHECK-LABEL: gpu.module @digits_kernels
// CHECK-DAG: memref.global "private" constant @filter : memref<2x1x3x3xf32>
// CHECK: gpu.func @conv1_pool1(%[[INPUT:.*]]: memref<?x1x6x6xf32>, %{{.*}}: memref<?x2x2x2xf32>
// CHECK-SAME: known_block_size = array<i32: 256, 1, 1>
// CHECK: affine.delinearize_index %{{.*}} into (2, 2, 2) : index, index, index, index
// CHECK: math.exp
// CHECK: gpu.func @fc(
// CHECK: func.func @digits(
// CHECK-SAME: bn.workspace_bytes_per_row = 64
// CHECK: memref.view
// CHECK: gpu.launch_func <%{{.*}} : !llvm.ptr> @digits_kernels::@conv1_pool1
// CHECK: gpu.launch_func <%{{.*}} : !llvm.ptr> @digits_kernels::@fc

// TEXT: /// conv1: 3x3 convolution: y[o] = b[o] + sum of x[c, p + k] * w[o, c, k]
// TEXT-NEXT: /// sigmoid1: y = 1 / (1 + exp(-x))
// TEXT-NEXT: /// pool1: mean of 2x2 windows, stride 2
// TEXT-NEXT: __global__ void __launch_bounds__(256)
// TEXT: /// fc: linear layer
// TEXT: const int row = i / 3;
// TEXT: float sum = bias[feature];
// TEXT-NEXT: for (int k = 0; k < 8; ++k) {
// TEXT-NEXT: sum = fmaf({{.*}}[row * 8 + k], weight_1[k * 3 + feature], sum);
// TEXT-NEXT: }
// TEXT-NEXT: logits[i] = sum;
// TEXT: bool digits(const float *input, float *logits, char *workspace,
// TEXT-NEXT: cudaStream_t stream, int64_t batch) {
// TEXT: if (!check(launch(stream, divideUp(batch * 8, 256), 256, conv1_pool1
// TEXT: const bn_model *bn_get_model(void) { return &model; }
func.func @digits(%x: tensor<?x1x6x6xf32> {bn.name = "input"}) -> (tensor<?x3xf32> {bn.name = "logits"}) {
  %w = arith.constant dense_resource<filter> : tensor<2x1x3x3xf32>
  %b = arith.constant dense<[0.5, -0.5]> : tensor<2xf32>
  %v = arith.constant dense_resource<weight> : tensor<3x8xf32>
  %c = arith.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32> loc("bias")
  %0 = bn.conv %x, %w bias %b {dilations = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>,
      strides = array<i64: 1, 1>}
    : (tensor<?x1x6x6xf32>, tensor<2x1x3x3xf32>, tensor<2xf32>) -> tensor<?x2x4x4xf32> loc("conv1")
  %1 = bn.sigmoid %0 : tensor<?x2x4x4xf32> loc("sigmoid1")
  %2 = bn.average_pool %1 {dilations = array<i64: 1, 1>, kernel = array<i64: 2, 2>,
      padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>}
    : (tensor<?x2x4x4xf32>) -> tensor<?x2x2x2xf32> loc("pool1")
  %3 = bn.reshape %2 : tensor<?x2x2x2xf32> -> tensor<?x8xf32> loc("flatten")
  %4 = bn.linear %3, %v bias %c {transpose_weight}
    : (tensor<?x8xf32>, tensor<3x8xf32>, tensor<3xf32>) -> tensor<?x3xf32> loc("fc")
  return %4 : tensor<?x3xf32>
}

{-# dialect_resources: { builtin: {
  filter: "0x04000000000080bf0000003f0000803f000080bf0000003f0000803f000080bf0000003f0000803f000080bf0000003f0000803f000080bf0000003f0000803f000080bf0000003f0000803f",
  weight: "0x04000000000080bf0000003f0000803f000080bf0000003f0000803f000080bf0000003f0000803f000080bf0000003f0000803f000080bf0000003f0000803f000080bf0000003f0000803f000080bf0000003f0000803f000080bf0000003f0000803f"
} } #-}
