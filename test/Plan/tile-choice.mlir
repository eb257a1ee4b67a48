// RUN: %bn-opt %s --bn-plan-kernels="vector-length=16 vector-registers=32" | FileCheck %s --check-prefix=AVX512
// RUN: %bn-opt %s --bn-plan-kernels="vector-length=8 vector-registers=16" | FileCheck %s --check-prefix=AVX2
// RUN: %bn-opt %s --bn-plan-kernels="vector-length=4 vector-registers=16" | FileCheck %s --check-prefix=SSE

// The register tile follows the registers and their length: accumulators, the
// operand that stays and the one that passes by fit with two to spare.

func.func @conv(%x: tensor<?x16x14x14xf32>) -> tensor<?x64x12x12xf32> {
  %w = arith.constant dense<0.5> : tensor<64x16x3x3xf32>
  %y = bn.conv %x, %w {strides = array<i64: 1, 1>,
      padding = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
    : (tensor<?x16x14x14xf32>, tensor<64x16x3x3xf32>) -> tensor<?x64x12x12xf32>
  return %y : tensor<?x64x12x12xf32>
}

// Few channels take short vectors, and a pooling window stays whole.
func.func @pooled(%x: tensor<?x3x14x14xf32>) -> tensor<?x4x6x6xf32> {
  %w = arith.constant dense<0.5> : tensor<4x3x3x3xf32>
  %0 = bn.conv %x, %w {strides = array<i64: 1, 1>,
      padding = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
    : (tensor<?x3x14x14xf32>, tensor<4x3x3x3xf32>) -> tensor<?x4x12x12xf32>
  %1 = bn.average_pool %0 {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>,
      padding = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
    : (tensor<?x4x12x12xf32>) -> tensor<?x4x6x6xf32>
  return %1 : tensor<?x4x6x6xf32>
}

// The last tile of 10 channels moves back where they are no multiple of it.
func.func @linear(%x: tensor<?x84xf32>) -> tensor<?x10xf32> {
  %w = arith.constant dense<0.5> : tensor<84x10xf32>
  %y = bn.linear %x, %w : (tensor<?x84xf32>, tensor<84x10xf32>) -> tensor<?x10xf32>
  return %y : tensor<?x10xf32>
}
