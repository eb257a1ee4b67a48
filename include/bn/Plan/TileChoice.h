//===- TileChoice.h - Which register tile a product kernel gets --*- C++
//-*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_PLAN_TILECHOICE_H
#define BN_PLAN_TILECHOICE_H

#include "bn/Plan/Machine.h"
#include "bn/Plan/ProductShape.h"

namespace mlir::bn {

/// A register tile (see `#bn.tile`) and what the whole product costs with it.
struct TileChoice {
  int64_t rows, columns, batch, channels, length;
  /// Estimated cycles for one block.
  double cycles;
};

/// Chooses the tile of least estimated cost for a block of `blockRows` rows of
/// the batch (a multiple of the vector length in the batch storage, 1 in the
/// channels storage). There always is one: a tile of a single pooling window
/// and a single channel.
TileChoice chooseTile(const ProductShape &shape, Lanes lanes, int64_t blockRows,
                      const Machine &machine);

/// The kernel that computes a product on a single row of the batch: by vectors
/// of output channels, or, where these are too few to fill vectors, of inputs
/// or of output columns (see BNRowKernelOps.td).
enum class RowKernel { product, dot, column };

/// What a group allows besides products by vectors of output channels.
struct RowKernelChoices {
  bool dot = false, column = false;
};

/// The kernel among `allowed` of least estimated cost, and its tile.
std::pair<RowKernel, TileChoice> chooseRowKernel(const ProductShape &shape,
                                                 RowKernelChoices allowed,
                                                 const Machine &machine);

/// True if a kernel should fetch its weights ahead of their use.
bool wantsPrefetch(const ProductShape &shape, const TileChoice &tile,
                   Lanes lanes, const Machine &machine);

/// Length of the vectors of channels that a tensor with `channels` channels is
/// stored in (channels storage): as few vectors as possible, and then short
/// ones, which waste fewer lanes.
int64_t getChannelVectorLength(int64_t channels, const Machine &machine);

/// Channels that are stored of `channels`: whole vectors in the channels
/// storage.
int64_t getStoredChannels(int64_t channels, Lanes lanes,
                          const Machine &machine);

/// First channel (batch storage) or first vector of channels (channels storage)
/// of each tile: `tile` apart, the last one moved back so that it is whole.
SmallVector<int64_t> getTileStarts(int64_t extent, int64_t tile);

} // namespace mlir::bn

#endif // BN_PLAN_TILECHOICE_H
