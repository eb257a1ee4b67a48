//===- Differentiate.cpp - The loss and its gradients ---------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TrainingParameters.h"

#include "bn/Dialect/BN/IR/BN.h"
#include "bn/Dialect/BN/Transforms/NormalizationFacts.h"
#include "bn/Dialect/BN/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::bn {
#define GEN_PASS_DEF_DIFFERENTIATE
#include "bn/Dialect/BN/Transforms/Passes.h.inc"
} // namespace mlir::bn

using namespace mlir;
using namespace mlir::bn;

namespace {

/// Reverse-mode differentiation of one block.
class Backward {
public:
  /// `variables` are the values whose gradients are wanted.
  Backward(func::FuncOp function, ArrayRef<Value> variables)
      : body(function.getBody().front()),
        active(variables.begin(), variables.end()) {
    // What depends on a variable has a gradient.
    for (Operation &op : body.without_terminator())
      if (llvm::any_of(op.getOperands(),
                       [&](Value operand) { return active.contains(operand); }))
        active.insert(op.result_begin(), op.result_end());
  }

  /// Builds the gradients of everything that the loss depends on, at `builder`,
  /// from `gradient`, that of `value`. Reports all ops that have none, and then
  /// fails.
  LogicalResult run(OpBuilder &builder, Value value, Value gradient) {
    if (failed(checkOps(value)))
      return failure();
    if (!active.contains(value))
      return success();
    SmallVector<Operation *> ops;
    for (Operation &op : body.without_terminator()) {
      if (&op == gradient.getDefiningOp())
        break;
      ops.push_back(&op);
    }
    gradients[value] = gradient;
    LogicalResult result = success();
    for (Operation *op : llvm::reverse(ops))
      if (failed(buildGradients(builder, op)))
        result = failure();
    return result;
  }

  /// The gradient of `value`, or null if the loss does not depend on it.
  Value getGradient(Value value) { return gradients.lookup(value); }

private:
  static InFlightDiagnostic emitNoGradient(Operation *op) {
    return op->emitError("'")
           << getLayerName(op) << "' (" << op->getName() << ") has no gradient";
  }

  /// Checks that all ops between variables and `value` have gradients.
  LogicalResult checkOps(Value value) {
    LogicalResult result = success();
    llvm::DenseSet<Value> needed = {value};
    for (Operation &op : llvm::reverse(body.without_terminator())) {
      if (llvm::none_of(op.getResults(), [&](Value result) {
            return needed.contains(result) && active.contains(result);
          }))
        continue;
      needed.insert(op.operand_begin(), op.operand_end());
      if (isa<DifferentiableOpInterface>(op))
        continue;
      emitNoGradient(&op);
      result = failure();
    }
    return result;
  }

  LogicalResult buildGradients(OpBuilder &builder, Operation *op) {
    SmallVector<Value> resultGradients;
    for (Value result : op->getResults())
      resultGradients.push_back(gradients.lookup(result));
    SmallVector<bool> wanted;
    for (Value operand : op->getOperands())
      wanted.push_back(active.contains(operand));
    if (llvm::none_of(resultGradients, [](Value value) { return value; }) ||
        !llvm::is_contained(wanted, true))
      return success();
    SmallVector<Value> operandGradients;
    std::string reason;
    if (failed(cast<DifferentiableOpInterface>(op).buildGradients(
            builder, resultGradients, wanted, operandGradients, reason))) {
      emitNoGradient(op) << ": " << reason;
      return failure();
    }
    for (auto [operand, gradient] :
         llvm::zip_equal(op->getOperands(), operandGradients)) {
      if (!gradient)
        continue;
      // What is used several times has the sum of the gradients.
      Value &sum = gradients[operand];
      sum =
          sum ? AddOp::create(builder, op->getLoc(), sum, gradient).getResult()
              : gradient;
    }
    return success();
  }

  Block &body;
  llvm::DenseSet<Value> active;
  DenseMap<Value, Value> gradients;
};

struct Differentiate : bn::impl::DifferentiateBase<Differentiate> {
  using DifferentiateBase::DifferentiateBase;

  void runOnOperation() override {
    auto function = getOperation().lookupSymbol<func::FuncOp>("gradients");
    if (!function || function.isDeclaration() ||
        !function.getBody().hasOneBlock()) {
      getOperation().emitError("expected a function 'gradients' of one block, "
                               "as --bn-make-trainable makes it");
      return signalPassFailure();
    }
    if (failed(checkOptions(function)) || failed(differentiate(function)))
      signalPassFailure();
  }

private:
  LogicalResult checkOptions(func::FuncOp function) {
    if (loss != "cross-entropy" && loss != "mse")
      return function.emitError("expected loss cross-entropy or mse, got '")
             << loss << "'";
    if (!(labelSmoothing >= 0.0 && labelSmoothing <= 1.0))
      return function.emitError("expected label smoothing from 0 to 1, got ")
             << labelSmoothing;
    return success();
  }

  /// Adds the labels and the seed behind the data, and gives the seed to the
  /// ops that want one. Returns the labels.
  FailureOr<Value> addArguments(func::FuncOp function, int64_t batch) {
    unsigned index = 0;
    while (index < function.getNumArguments() &&
           !function.getArgAttr(index, BNDialect::kParameterAttr))
      ++index;
    Builder builder(&getContext());
    auto insert = [&](unsigned at, StringRef name, int64_t extent) {
      NamedAttribute attribute = builder.getNamedAttr(
          BNDialect::kNameAttr, builder.getStringAttr(name));
      return function.insertArgument(
          at, RankedTensorType::get({extent}, builder.getI64Type()),
          builder.getDictionaryAttr(attribute), function.getLoc());
    };
    if (failed(insert(index, "labels", batch)) ||
        failed(insert(index + 1, "seed", 2)))
      return failure();
    Value seed = function.getArgument(index + 1);
    function.walk([&](DropoutOp op) {
      if (!op.getSeed())
        op.getSeedMutable().assign(seed);
    });
    return Value(function.getArgument(index));
  }

  /// The loss, the hits, and the gradient of the logits.
  Operation *createLoss(OpBuilder &builder, Value logits, Value labels) {
    auto type = cast<RankedTensorType>(logits.getType());
    SmallVector<Type> types = {RankedTensorType::get({}, type.getElementType()),
                               RankedTensorType::get({}, builder.getI64Type()),
                               type};
    Location loc = logits.getLoc();
    if (loss == "mse")
      return MeanSquaredErrorLossOp::create(builder, loc, types, logits, labels,
                                            APFloat(labelSmoothing));
    return CrossEntropyLossOp::create(builder, loc, types, logits, labels,
                                      APFloat(labelSmoothing));
  }

  LogicalResult differentiate(func::FuncOp function) {
    Operation *terminator = function.getBody().front().getTerminator();
    if (terminator->getNumOperands() == 0 ||
        function.getResultAttr(0, BNDialect::kNewValueOfAttr))
      return function.emitError("expected logits as the first result");
    Value logits = terminator->getOperand(0);
    auto type = dyn_cast<RankedTensorType>(logits.getType());
    if (!type || type.getRank() != 2 || type.isDynamicDim(1) ||
        !isa<FloatType>(type.getElementType()))
      return function.emitError("expected logits of rank 2, batch x classes, "
                                "got ")
             << logits.getType();
    for (unsigned i = 1; i < terminator->getNumOperands(); ++i)
      if (!function.getResultAttr(i, BNDialect::kNewValueOfAttr))
        return function.emitError("expected one output besides running "
                                  "statistics");

    FailureOr<Value> labels = addArguments(function, type.getDimSize(0));
    if (failed(labels))
      return failure();
    SmallVector<Value> variables;
    SmallVector<Attribute> names;
    for (BlockArgument argument : function.getArguments()) {
      unsigned index = argument.getArgNumber();
      auto role = function.getArgAttrOfType<StringAttr>(
          index, BNDialect::kParameterAttr);
      if (!role || isStatistic(role))
        continue;
      variables.push_back(argument);
      names.push_back(function.getArgAttr(index, BNDialect::kNameAttr));
    }

    OpBuilder builder(terminator);
    Operation *lossOp = createLoss(builder, logits, *labels);
    Backward backward(function, variables);
    if (failed(backward.run(builder, logits, lossOp->getResult(2))))
      return failure();

    SmallVector<Value> results = {lossOp->getResult(0), lossOp->getResult(1)};
    SmallVector<DictionaryAttr> attributes;
    auto addAttribute = [&](StringRef name, Attribute value) {
      attributes.push_back(
          builder.getDictionaryAttr(builder.getNamedAttr(name, value)));
    };
    addAttribute(BNDialect::kNameAttr, builder.getStringAttr("loss"));
    addAttribute(BNDialect::kNameAttr, builder.getStringAttr("hits"));
    for (auto [variable, name] : llvm::zip_equal(variables, names)) {
      Value gradient = backward.getGradient(variable);
      if (!gradient) {
        auto shape = cast<RankedTensorType>(variable.getType());
        gradient = arith::ConstantOp::create(
            builder, variable.getLoc(), shape,
            cast<TypedAttr>(builder.getZeroAttr(shape)));
      }
      results.push_back(gradient);
      addAttribute(BNDialect::kGradientOfAttr, name);
    }
    for (unsigned i = 1; i < terminator->getNumOperands(); ++i) {
      results.push_back(terminator->getOperand(i));
      attributes.push_back(function.getResultAttrDict(i));
    }
    terminator->setOperands(results);
    function.removeResAttrsAttr();
    function.setFunctionType(builder.getFunctionType(
        function.getArgumentTypes(), TypeRange(ValueRange(results))));
    function.setAllResultAttrs(attributes);
    numGradients += variables.size();
    return success();
  }
};

} // namespace
