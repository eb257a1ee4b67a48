// RUN: %bn-opt %s --bn-plan-kernels="vector-length=16 vector-registers=32 winograd-points=0" | FileCheck %s --check-prefix=AVX512
// RUN: %bn-opt %s --bn-plan-kernels="vector-length=8 vector-registers=16 winograd-points=0" | FileCheck %s --check-prefix=AVX2
// RUN: %bn-opt %s --bn-plan-kernels="vector-length=4 vector-registers=16 winograd-points=0" | FileCheck %s --check-prefix=SSE

// The register tile follows the registers and their length: accumulators, the
// operand that stays and the one that passes by fit with two to spare. Of equal
// costs the shorter vector wins.

// AVX512-LABEL: func.func private @conv.channels1(
// AVX512:         channel_starts = array<i64: 0>, {{.*}} tile = #bn.tile<rows = 1, columns = 6, batch = 1, channels = 4, length = 16>
// AVX2-LABEL:   func.func private @conv.channels1(
// AVX2:           channel_starts = array<i64: 0, 4>, {{.*}} tile = #bn.tile<rows = 1, columns = 2, batch = 1, channels = 4, length = 8>
// SSE-LABEL:    func.func private @conv.channels1(
// SSE:            channel_starts = array<i64: 0, 4, 8, 12>, {{.*}} tile = #bn.tile<rows = 1, columns = 2, batch = 1, channels = 4, length = 4>

func.func @conv(%x: tensor<?x16x14x14xf32>) -> tensor<?x64x12x12xf32> {
  %w = arith.constant dense<0.5> : tensor<64x16x3x3xf32>
  %y = bn.conv %x, %w {strides = array<i64: 1, 1>,
      padding = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
    : (tensor<?x16x14x14xf32>, tensor<64x16x3x3xf32>) -> tensor<?x64x12x12xf32>
  return %y : tensor<?x64x12x12xf32>
}

// Few channels take short vectors, and a pooling window stays whole: a tile of 3
// columns and 2 channels has 24 accumulators. (The input is a result too: read
// by the convolution alone, vectors could hold its columns.)

// AVX512-LABEL: func.func private @pooled.channels1(
// AVX512:         tile = #bn.tile<rows = 1, columns = 6, batch = 1, channels = 1, length = 4>
// AVX512-LABEL: func.func private @pooled.batch32(
// AVX512:         channel_starts = array<i64: 0, 2>, {{.*}} tile = #bn.tile<rows = 1, columns = 3, batch = 1, channels = 2, length = 16>
// AVX2-LABEL:   func.func private @pooled.channels1(
// AVX2:           tile = #bn.tile<rows = 1, columns = 3, batch = 1, channels = 1, length = 4>
// AVX2-LABEL:   func.func private @pooled.batch32(
// AVX2:           tile = #bn.tile<rows = 1, columns = 1, batch = 1, channels = 2, length = 8>
// SSE-LABEL:    func.func private @pooled.channels1(
// SSE:            tile = #bn.tile<rows = 1, columns = 3, batch = 1, channels = 1, length = 4>
// SSE-LABEL:    func.func private @pooled.batch32(
// SSE:            tile = #bn.tile<rows = 1, columns = 1, batch = 1, channels = 2, length = 4>
func.func @pooled(%x: tensor<?x3x14x14xf32>) -> (tensor<?x4x6x6xf32>, tensor<?x3x14x14xf32>) {
  %w = arith.constant dense<0.5> : tensor<4x3x3x3xf32>
  %0 = bn.conv %x, %w {strides = array<i64: 1, 1>,
      padding = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
    : (tensor<?x3x14x14xf32>, tensor<4x3x3x3xf32>) -> tensor<?x4x12x12xf32>
  %1 = bn.average_pool %0 {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>,
      padding = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
    : (tensor<?x4x12x12xf32>) -> tensor<?x4x6x6xf32>
  return %1, %x : tensor<?x4x6x6xf32>, tensor<?x3x14x14xf32>
}

// 13 channels in tiles of 2: the last one moves back, so that it is whole.

// AVX512-LABEL: func.func private @linear.batch32(
// AVX512:         channel_starts = array<i64: 0>, {{.*}} tile = #bn.tile<rows = 1, columns = 1, batch = 2, channels = 13, length = 16>
// AVX2-LABEL:   func.func private @linear.batch32(
// AVX2:           channel_starts = array<i64: 0, 2, 4, 6, 8, 10, 11>, {{.*}} tile = #bn.tile<rows = 1, columns = 1, batch = 4, channels = 2, length = 8>
// SSE-LABEL:    func.func private @linear.batch32(
// SSE:            channel_starts = array<i64: 0, 2, 4, 6, 8, 10, 11>, {{.*}} tile = #bn.tile<rows = 1, columns = 1, batch = 4, channels = 2, length = 4>
func.func @linear(%x: tensor<?x84xf32>) -> tensor<?x13xf32> {
  %w = arith.constant dense<0.5> : tensor<84x13xf32>
  %y = bn.linear %x, %w : (tensor<?x84xf32>, tensor<84x13xf32>) -> tensor<?x13xf32>
  return %y : tensor<?x13xf32>
}
