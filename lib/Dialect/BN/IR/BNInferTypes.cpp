//===- BNInferTypes.cpp - Result types of bn ops --------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BNVerifiers.h"

#include "mlir/Dialect/Traits.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"

using namespace mlir;
using namespace mlir::bn;

using ReturnTypes = SmallVectorImpl<Type>;

/// The extent of a window's result along one dimension, by ONNX's formulas.
/// Returns failure if the (dilated) window is larger than the padded input.
static FailureOr<int64_t> inferWindowExtent(int64_t input, int64_t kernel,
                                            int64_t stride, int64_t dilation,
                                            int64_t padBegin, int64_t padEnd,
                                            bool ceilMode) {
  int64_t room = input + padBegin + padEnd - (dilation * (kernel - 1) + 1);
  if (room < 0)
    return failure();
  int64_t extent = room / stride + 1;
  // The rounded-up window must start inside of the input or its front padding.
  if (ceilMode && room % stride != 0 && extent * stride < input + padBegin)
    ++extent;
  return extent;
}

LogicalResult bn::inferWindow(std::optional<Location> loc,
                              RankedTensorType input, int64_t channels,
                              ArrayRef<int64_t> kernel,
                              ArrayRef<int64_t> strides,
                              ArrayRef<int64_t> padding,
                              ArrayRef<int64_t> dilations, bool ceilMode,
                              Layout layout, ReturnTypes &types) {
  size_t spatial = input.getRank() - 2;
  if (kernel.size() != spatial || strides.size() != spatial ||
      dilations.size() != spatial || padding.size() != 2 * spatial)
    return emitOptionalError(loc, "expected ", spatial,
                             " kernel extents, strides and dilations and ",
                             2 * spatial, " paddings for an input of rank ",
                             input.getRank(), ", got ", kernel.size(), ", ",
                             strides.size(), ", ", dilations.size(), " and ",
                             padding.size());
  SmallVector<int64_t> shape(input.getShape());
  shape[getChannelAxis(input.getRank(), layout)] = channels;
  for (size_t i = 0; i < spatial; ++i) {
    int64_t &extent = shape[getFirstSpatialAxis(layout) + i];
    if (ShapedType::isDynamic(extent))
      return emitOptionalError(loc,
                               "expected a static extent of spatial "
                               "dimension ",
                               i);
    if (kernel[i] < 1 || strides[i] < 1 || dilations[i] < 1 || padding[i] < 0 ||
        padding[spatial + i] < 0)
      return emitOptionalError(loc, "expected positive kernel extents, strides "
                                    "and dilations and no negative padding");
    FailureOr<int64_t> inferred =
        inferWindowExtent(extent, kernel[i], strides[i], dilations[i],
                          padding[i], padding[spatial + i], ceilMode);
    if (failed(inferred))
      return emitOptionalError(loc, "window of extent ",
                               dilations[i] * (kernel[i] - 1) + 1,
                               " does not fit the padded input of extent ",
                               extent + padding[i] + padding[spatial + i],
                               " in spatial dimension ", i);
    extent = *inferred;
  }
  types.push_back(RankedTensorType::get(shape, input.getElementType()));
  return success();
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

LogicalResult ConvOp::inferReturnTypes(MLIRContext *context,
                                       std::optional<Location> loc, Adaptor op,
                                       ReturnTypes &types) {
  auto input = cast<RankedTensorType>(op.getInput().getType());
  auto filter = cast<RankedTensorType>(op.getFilter().getType());
  if (input.getRank() != filter.getRank())
    return emitOptionalError(loc, "expected a filter of rank ", input.getRank(),
                             " as the input's, got ", filter.getRank());
  if (!filter.hasStaticShape())
    return emitOptionalError(loc, "expected a filter of static shape");
  return inferWindow(loc, input, filter.getDimSize(0),
                     filter.getShape().drop_front(2), op.getStrides(),
                     op.getPadding(), op.getDilations(), /*ceilMode=*/false,
                     op.getLayout(), types);
}

LogicalResult LinearOp::inferReturnTypes(MLIRContext *context,
                                         std::optional<Location> loc,
                                         Adaptor op, ReturnTypes &types) {
  auto input = cast<RankedTensorType>(op.getInput().getType());
  auto weight = cast<RankedTensorType>(op.getWeight().getType());
  SmallVector<int64_t> shape(input.getShape());
  if (shape.empty())
    return emitOptionalError(loc, "expected an input of rank 1 or more");
  if (op.getTransposeInput()) {
    if (shape.size() != 2)
      return emitOptionalError(loc,
                               "expected an input of rank 2 to transpose, "
                               "got rank ",
                               shape.size());
    std::swap(shape[0], shape[1]);
  }
  bool transposed = op.getTransposeWeight();
  int64_t in = weight.getDimSize(transposed ? 1 : 0);
  if (shape.back() != in)
    return emitOptionalError(loc, "expected the weight's input extent ", in,
                             " to be the input's, ", shape.back());
  shape.back() = weight.getDimSize(transposed ? 0 : 1);
  types.push_back(RankedTensorType::get(shape, input.getElementType()));
  return success();
}

//===----------------------------------------------------------------------===//
// Normalizations
//===----------------------------------------------------------------------===//

LogicalResult BatchNormTrainingOp::inferReturnTypes(MLIRContext *context,
                                                    std::optional<Location> loc,
                                                    Adaptor op,
                                                    ReturnTypes &types) {
  types.push_back(op.getInput().getType());
  types.append(4, op.getRunningMean().getType());
  return success();
}

//===----------------------------------------------------------------------===//
// Pools and reductions
//===----------------------------------------------------------------------===//

template <typename Adaptor>
static LogicalResult inferPool(std::optional<Location> loc, Adaptor op,
                               ReturnTypes &types) {
  auto input = cast<RankedTensorType>(op.getInput().getType());
  int64_t channels =
      input.getDimSize(getChannelAxis(input.getRank(), op.getLayout()));
  return inferWindow(loc, input, channels, op.getKernel(), op.getStrides(),
                     op.getPadding(), op.getDilations(), op.getCeilMode(),
                     op.getLayout(), types);
}

LogicalResult MaxPoolOp::inferReturnTypes(MLIRContext *context,
                                          std::optional<Location> loc,
                                          Adaptor op, ReturnTypes &types) {
  return inferPool(loc, op, types);
}

LogicalResult AveragePoolOp::inferReturnTypes(MLIRContext *context,
                                              std::optional<Location> loc,
                                              Adaptor op, ReturnTypes &types) {
  return inferPool(loc, op, types);
}

template <typename Adaptor>
static LogicalResult inferReduction(std::optional<Location> loc, Adaptor op,
                                    ReturnTypes &types) {
  auto input = cast<RankedTensorType>(op.getInput().getType());
  ArrayRef<int64_t> axes = op.getAxes();
  for (size_t i = 0; i < axes.size(); ++i)
    if (axes[i] < 0 || axes[i] >= input.getRank() ||
        (i > 0 && axes[i] <= axes[i - 1]))
      return emitOptionalError(loc, "expected sorted axes from 0 to ",
                               input.getRank() - 1, ", got ", axes[i]);
  SmallVector<int64_t> shape;
  for (int64_t axis = 0; axis < input.getRank(); ++axis) {
    if (!llvm::is_contained(axes, axis))
      shape.push_back(input.getDimSize(axis));
    else if (op.getKeepDims())
      shape.push_back(1);
  }
  types.push_back(RankedTensorType::get(shape, input.getElementType()));
  return success();
}

LogicalResult ReduceMeanOp::inferReturnTypes(MLIRContext *context,
                                             std::optional<Location> loc,
                                             Adaptor op, ReturnTypes &types) {
  return inferReduction(loc, op, types);
}

LogicalResult ReduceSumOp::inferReturnTypes(MLIRContext *context,
                                            std::optional<Location> loc,
                                            Adaptor op, ReturnTypes &types) {
  return inferReduction(loc, op, types);
}

//===----------------------------------------------------------------------===//
// Elementwise ops and shapes
//===----------------------------------------------------------------------===//

static LogicalResult inferBroadcast(std::optional<Location> loc, Value lhs,
                                    Value rhs, ReturnTypes &types) {
  auto left = cast<RankedTensorType>(lhs.getType());
  auto right = cast<RankedTensorType>(rhs.getType());
  SmallVector<int64_t> shape;
  if (!OpTrait::util::getBroadcastedShape(left.getShape(), right.getShape(),
                                          shape))
    return emitOptionalError(loc, "shapes ", left, " and ", right,
                             " cannot be broadcast");
  types.push_back(RankedTensorType::get(shape, left.getElementType()));
  return success();
}

#define BN_INFER_BINARY(OP)                                                    \
  LogicalResult OP::inferReturnTypes(MLIRContext *context,                     \
                                     std::optional<Location> loc, Adaptor op,  \
                                     ReturnTypes &types) {                     \
    return inferBroadcast(loc, op.getLhs(), op.getRhs(), types);               \
  }
BN_INFER_BINARY(AddOp)
BN_INFER_BINARY(SubOp)
BN_INFER_BINARY(MulOp)
BN_INFER_BINARY(DivOp)
BN_INFER_BINARY(PowOp)
#undef BN_INFER_BINARY

LogicalResult TransposeOp::inferReturnTypes(MLIRContext *context,
                                            std::optional<Location> loc,
                                            Adaptor op, ReturnTypes &types) {
  auto input = cast<RankedTensorType>(op.getInput().getType());
  ArrayRef<int64_t> permutation = op.getPermutation();
  if (!isPermutationVector(permutation) ||
      static_cast<int64_t>(permutation.size()) != input.getRank())
    return emitOptionalError(loc, "expected a permutation of the axes 0 to ",
                             input.getRank() - 1);
  types.push_back(RankedTensorType::get(
      applyPermutation(input.getShape(), permutation), input.getElementType()));
  return success();
}

/// `axis` as an axis of `type` whose extent is static.
static LogicalResult checkStaticAxis(std::optional<Location> loc,
                                     RankedTensorType type, int64_t axis) {
  if (axis < 0 || axis >= type.getRank())
    return emitOptionalError(loc, "expected an axis from 0 to ",
                             type.getRank() - 1, ", got ", axis);
  if (type.isDynamicDim(axis))
    return emitOptionalError(loc, "expected a static extent of axis ", axis);
  return success();
}

LogicalResult ConcatOp::inferReturnTypes(MLIRContext *context,
                                         std::optional<Location> loc,
                                         Adaptor op, ReturnTypes &types) {
  if (op.getInputs().empty())
    return emitOptionalError(loc, "expected at least one input");
  auto first = cast<RankedTensorType>(op.getInputs().front().getType());
  int64_t axis = op.getAxis();
  SmallVector<int64_t> shape(first.getShape());
  for (auto [i, input] : llvm::enumerate(op.getInputs())) {
    auto type = cast<RankedTensorType>(input.getType());
    if (type.getRank() != first.getRank() ||
        type.getElementType() != first.getElementType())
      return emitOptionalError(loc,
                               "expected inputs of one rank and element type, "
                               "got ",
                               first, " and ", type);
    if (failed(checkStaticAxis(loc, type, axis)))
      return failure();
    for (int64_t other = 0; other < type.getRank(); ++other)
      if (other != axis && type.getDimSize(other) != shape[other])
        return emitOptionalError(loc,
                                 "expected inputs of equal extents but of "
                                 "axis ",
                                 axis, ", got ", first, " and ", type);
    if (i != 0)
      shape[axis] += type.getDimSize(axis);
  }
  types.push_back(RankedTensorType::get(shape, first.getElementType()));
  return success();
}

LogicalResult SliceOp::inferReturnTypes(MLIRContext *context,
                                        std::optional<Location> loc, Adaptor op,
                                        ReturnTypes &types) {
  auto input = cast<RankedTensorType>(op.getInput().getType());
  int64_t axis = op.getAxis();
  if (failed(checkStaticAxis(loc, input, axis)))
    return failure();
  int64_t extent = input.getDimSize(axis);
  int64_t begin = op.getBegin(), size = op.getSize();
  if (begin < 0 || size < 1 || begin > extent - size)
    return emitOptionalError(loc, "expected positions within the ", extent,
                             " of axis ", axis, ", got ", size, " from ",
                             begin);
  SmallVector<int64_t> shape(input.getShape());
  shape[axis] = size;
  types.push_back(RankedTensorType::get(shape, input.getElementType()));
  return success();
}
