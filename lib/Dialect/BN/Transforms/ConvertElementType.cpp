//===- ConvertElementType.cpp - Compute in another precision --------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Dialect/BN/IR/Parameters.h"
#include "bn/Dialect/BN/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/DenseMap.h"

namespace mlir::bn {
#define GEN_PASS_DEF_CONVERTELEMENTTYPE
#include "bn/Dialect/BN/Transforms/Passes.h.inc"
} // namespace mlir::bn

using namespace mlir;
using namespace mlir::bn;

namespace {
struct ConvertElementType
    : bn::impl::ConvertElementTypeBase<ConvertElementType> {
  using ConvertElementTypeBase::ConvertElementTypeBase;

  void runOnOperation() override;

private:
  Type convert(Type type) const;
  void convertTypes(ValueRange values) const;
  /// Converts a constant's value; shared constants are converted once.
  LogicalResult convertConstant(arith::ConstantOp op);

  Type element;
  llvm::DenseMap<Attribute, TypedAttr> converted;
};
} // namespace

Type ConvertElementType::convert(Type type) const {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || !isa<FloatType>(tensor.getElementType()))
    return type;
  return tensor.clone(element);
}

void ConvertElementType::convertTypes(ValueRange values) const {
  for (Value value : values)
    value.setType(convert(value.getType()));
}

LogicalResult ConvertElementType::convertConstant(arith::ConstantOp op) {
  auto elements = dyn_cast<ElementsAttr>(op.getValue());
  if (!elements || convert(elements.getType()) == elements.getType())
    return success();
  TypedAttr &entry = converted[elements];
  if (!entry) {
    FailureOr<std::vector<double>> values = readParameter(elements);
    if (failed(values))
      return op.emitError("expected a constant whose values are known");
    entry =
        makeParameter(cast<RankedTensorType>(convert(elements.getShapedType())),
                      *values, elements);
  }
  op.setValueAttr(entry);
  return success();
}

void ConvertElementType::runOnOperation() {
  Builder builder(&getContext());
  converted.clear();
  if (to == "f32") {
    element = builder.getF32Type();
  } else if (to == "f64") {
    element = builder.getF64Type();
  } else {
    getOperation().emitError("expected element type f32 or f64, got '")
        << to << "'";
    return signalPassFailure();
  }
  WalkResult result = getOperation().walk([&](Operation *op) {
    if (auto constant = dyn_cast<arith::ConstantOp>(op))
      if (failed(convertConstant(constant)))
        return WalkResult::interrupt();
    convertTypes(op->getResults());
    for (Region &region : op->getRegions())
      for (Block &block : region)
        convertTypes(block.getArguments());
    if (auto function = dyn_cast<FunctionOpInterface>(op)) {
      auto convertAll = [&](ArrayRef<Type> types) {
        return llvm::map_to_vector(types,
                                   [&](Type type) { return convert(type); });
      };
      function.setType(
          function.cloneTypeWith(convertAll(function.getArgumentTypes()),
                                 convertAll(function.getResultTypes())));
    }
    return WalkResult::advance();
  });
  if (result.wasInterrupted())
    signalPassFailure();
}
