//===- ParameterArena.cpp - One constant array for all parameters ---------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Plan/ParameterArena.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::bn;

static constexpr int64_t kCacheLineBytes = 64;

ParameterArena::ParameterArena(func::FuncOp func)
    : func(func), name((func.getName() + ".parameters").str()) {}

Value ParameterArena::add(OpBuilder &builder, Location loc,
                          ArrayRef<float> data, ArrayRef<int64_t> shape) {
  values.resize(llvm::alignTo(values.size(), kCacheLineBytes / sizeof(float)));
  int64_t offset = values.size();
  values.append(data.begin(), data.end());

  // The global's final size is not known yet; `finish` sets the real type.
  auto unsized = MemRefType::get({ShapedType::kDynamic}, builder.getF32Type());
  auto global =
      memref::GetGlobalOp::create(builder, loc, unsized, StringRef(name));
  uses.push_back(global);

  SmallVector<int64_t> strides(shape.size(), 1);
  for (int64_t i = static_cast<int64_t>(shape.size()) - 2; i >= 0; --i)
    strides[i] = strides[i + 1] * shape[i + 1];
  auto type = MemRefType::get(
      shape, builder.getF32Type(),
      StridedLayoutAttr::get(builder.getContext(), offset, strides));
  return memref::ReinterpretCastOp::create(builder, loc, type, global, offset,
                                           shape, strides);
}

Value ParameterArena::addPerChannel(OpBuilder &builder, Location loc,
                                    ArrayRef<float> data, int64_t channels) {
  SmallVector<float> padded(data);
  padded.resize(channels, 0.0f);
  return add(builder, loc, padded, channels);
}

void ParameterArena::finish() {
  if (values.empty())
    return;
  OpBuilder builder(func);
  auto shape = static_cast<int64_t>(values.size());
  auto tensorType = RankedTensorType::get(shape, builder.getF32Type());
  auto type = MemRefType::get(shape, builder.getF32Type());
  auto data = DenseResourceElementsAttr::get(
      tensorType, name,
      HeapAsmResourceBlob::allocateAndCopyInferAlign<float>(values));
  memref::GlobalOp::create(
      builder, func.getLoc(), name, builder.getStringAttr("private"), type,
      data, /*constant=*/true, builder.getI64IntegerAttr(kCacheLineBytes));
  for (Operation *use : uses)
    use->getResult(0).setType(type);
}
