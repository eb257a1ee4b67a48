//===- TiledProduct.h - Products of matrices in tiles -----------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_CODEGEN_GPU_TILEDPRODUCT_H
#define BN_LIB_CODEGEN_GPU_TILEDPRODUCT_H

#include "ModelMapping.h"

namespace mlir::bn {

/// A convolution or linear layer as a product of two matrices: of weights, with
/// a row for each channel of the result, and of inputs, with a column for each
/// point of it, which is a pixel or a row of the batch. The sums have `depth`
/// terms.
struct TiledProduct {
  Operation *op;
  int64_t channels, depth;
  /// Points, those of a row of the batch if it is dynamic.
  int64_t points;
  bool overBatch;
};

/// How a block of threads shares the work: it computes `channels` x `points`
/// sums, of which a thread has `threadChannels` x `threadPoints` in registers,
/// and takes `depth` terms at a time from shared memory.
struct ProductTile {
  int64_t channels, points, depth;
  int64_t threadChannels, threadPoints;

  int64_t getThreads() const {
    return channels / threadChannels * (points / threadPoints);
  }
};

/// The product that is computed at every point where `tensor` is, if it is the
/// only one and a matrix product with constant weights.
std::optional<TiledProduct>
findTiledProduct(Value tensor, llvm::function_ref<bool(Value)> isStored);

/// The tile that is fastest by a model of costs, if it is faster than one
/// thread for each value.
std::optional<ProductTile> chooseTile(const TiledProduct &product,
                                      ProductKernels kernels);

/// Computes `tensor`, which is stored in `buffer`, in tiles of `product`.
void buildTiledKernel(ModelMapping &model, const TiledProduct &product,
                      const ProductTile &tile, Value tensor, Value buffer);

} // namespace mlir::bn

#endif // BN_LIB_CODEGEN_GPU_TILEDPRODUCT_H
