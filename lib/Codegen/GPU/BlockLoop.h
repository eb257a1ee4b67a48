//===- BlockLoop.h - What the threads of a block add up ---------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_CODEGEN_GPU_BLOCKLOOP_H
#define BN_LIB_CODEGEN_GPU_BLOCKLOOP_H

#include "ModelMapping.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace mlir::bn {

/// Sums over positions, by the threads of a block.
struct BlockLoop {
  KernelBuilder &kernel;
  Value scratch, thread;
  /// What is summed over; the first extent may be dynamic.
  SmallVector<int64_t> extents;
  SmallVector<StringRef> names;

  Value sum(llvm::function_ref<Value(ArrayRef<Value>)> value) {
    ElementBuilder &code = kernel.code;
    auto [fixed, overBatch] = countValues(extents);
    Value count =
        overBatch ? code.mulIndex(kernel.getBatch(), fixed) : code.index(fixed);
    Value own = code.loop(thread, count, code.index(kBlockSize), "i",
                          code.number(0.0), StringRef("sum"),
                          [&](Value i, ValueRange sum) -> SmallVector<Value> {
                            Point inner = code.split(i, extents, names);
                            return {code.add(sum[0], value(inner))};
                          })
                    .front();
    return kernel.sumOverBlock(own, scratch);
  }

  /// Stores by one thread.
  void store(ArrayRef<std::pair<Value, Value>> valuesAndBuffers,
             ArrayRef<Value> point) {
    ElementBuilder &code = kernel.code;
    Value isFirst =
        code.compare(arith::CmpIPredicate::eq, thread, code.index(0));
    code.runIf(isFirst, [&] {
      for (auto [value, buffer] : valuesAndBuffers)
        code.store(value, kernel.getArgument(buffer), point);
    });
  }
};

/// Which values of its input a norm's statistics are taken over.
struct StatisticsDomain {
  SmallVector<int64_t> extents;
  SmallVector<StringRef> names;
  /// From the statistics' position and one in `extents` to one of the input.
  std::function<Point(ArrayRef<Value>, ArrayRef<Value>)> place;
};

/// Those of the norm `op`, or gradient of a norm.
StatisticsDomain getStatisticsDomain(Operation *op, ElementBuilder &code);

/// The position that is number `linear` among those of statistics of `shape`.
Point splitStatistics(Operation *op, ArrayRef<int64_t> shape,
                      ElementBuilder &code, Value linear);

} // namespace mlir::bn

#endif // BN_LIB_CODEGEN_GPU_BLOCKLOOP_H
