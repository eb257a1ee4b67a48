//===- MakeTrainable.cpp - A model as the functions of its training -------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TrainingParameters.h"

#include "bn/Dialect/BN/IR/Parameters.h"
#include "bn/Dialect/BN/Transforms/Passes.h"

#include "mlir/IR/Iterators.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace mlir::bn {
#define GEN_PASS_DEF_MAKETRAINABLE
#include "bn/Dialect/BN/Transforms/Passes.h.inc"
} // namespace mlir::bn

using namespace mlir;
using namespace mlir::bn;

/// The one model of `module`; reports an error if there is none.
static FailureOr<func::FuncOp> getModel(ModuleOp module) {
  auto functions = llvm::to_vector(module.getOps<func::FuncOp>());
  if (functions.size() != 1 || functions.front().isDeclaration() ||
      !functions.front().getBody().hasOneBlock())
    return module.emitError("expected a module with one model, of one block, "
                            "got ")
           << functions.size() << " functions";
  return functions.front();
}

static bool isNewStatistic(Value value) {
  auto norm = value.getDefiningOp<BatchNormTrainingOp>();
  return norm && (value == norm.getNewRunningMean() ||
                  value == norm.getNewRunningVariance());
}

/// The position of the output that is trained: the only one besides running
/// statistics. Reports an error if there is no such or it holds no logits.
static FailureOr<unsigned> findLogits(func::FuncOp model,
                                      ArrayRef<TrainingParameter> parameters) {
  auto isParameter = [&](OpOperand &output) {
    return llvm::any_of(parameters, [&](const TrainingParameter &parameter) {
      return llvm::is_contained(parameter.uses, &output);
    });
  };
  SmallVector<unsigned> outputs;
  Operation *terminator = model.getBody().front().getTerminator();
  for (OpOperand &output : terminator->getOpOperands())
    if (!isNewStatistic(output.get()) && !isParameter(output))
      outputs.push_back(output.getOperandNumber());
  if (outputs.size() != 1)
    return model.emitError("expected a model with one output besides running "
                           "statistics, got ")
           << outputs.size();
  auto type = dyn_cast<RankedTensorType>(
      terminator->getOperand(outputs.front()).getType());
  if (!type || type.getRank() != 2 || type.isDynamicDim(1) ||
      !(type.getElementType().isF32() || type.getElementType().isF64()))
    return model.emitError("expected logits of rank 2, batch x classes, of f32 "
                           "or f64, got ")
           << terminator->getOperand(outputs.front()).getType();
  return outputs.front();
}

/// Makes each parameter an argument of `model`, behind those that it has.
static LogicalResult addArguments(func::FuncOp model, Type element,
                                  ArrayRef<TrainingParameter> parameters,
                                  SmallVectorImpl<BlockArgument> &arguments) {
  Builder attributes(model.getContext());
  for (const TrainingParameter &parameter : parameters) {
    // A number of batches is read nowhere yet.
    Location loc = parameter.uses.empty()
                       ? model.getLoc()
                       : parameter.uses.front()->get().getLoc();
    if (parameter.value.getElementType() != element)
      return emitError(loc, "expected parameter '")
             << parameter.name << "' to be of the logits' element type "
             << element << ", got " << parameter.value.getElementType();
    NamedAttribute dictionary[] = {
        attributes.getNamedAttr(BNDialect::kNameAttr,
                                attributes.getStringAttr(parameter.name)),
        attributes.getNamedAttr(BNDialect::kParameterAttr,
                                attributes.getStringAttr(parameter.role)),
        attributes.getNamedAttr(BNDialect::kLayerAttr,
                                attributes.getStringAttr(parameter.layer)),
        attributes.getNamedAttr(BNDialect::kFanInAttr,
                                attributes.getI64IntegerAttr(parameter.fanIn)),
        attributes.getNamedAttr(BNDialect::kInitialValueAttr, parameter.value)};
    unsigned index = model.getNumArguments();
    if (failed(model.insertArgument(index, parameter.value.getShapedType(),
                                    attributes.getDictionaryAttr(dictionary),
                                    loc)))
      return failure();
    BlockArgument argument = model.getArgument(index);
    arguments.push_back(argument);
    for (OpOperand *use : parameter.uses) {
      auto type = cast<RankedTensorType>(use->get().getType());
      OpBuilder builder(use->getOwner());
      use->set(type == argument.getType()
                   ? Value(argument)
                   : ReshapeOp::create(builder, use->get().getLoc(), type,
                                       argument));
    }
  }
  return success();
}

/// Sets what `function` returns, and the attributes of that.
static void setResults(func::FuncOp function, ArrayRef<Value> values,
                       ArrayRef<DictionaryAttr> attributes) {
  Operation *terminator = function.getBody().front().getTerminator();
  terminator->setOperands(values);
  function.removeResAttrsAttr();
  function.setFunctionType(FunctionType::get(function.getContext(),
                                             function.getArgumentTypes(),
                                             TypeRange(ValueRange(values))));
  function.setAllResultAttrs(attributes);
}

static void eraseDeadOps(func::FuncOp function) {
  function.walk<WalkOrder::PostOrder, ReverseIterator>([](Operation *op) {
    if (isOpTriviallyDead(op))
      op->erase();
  });
}

/// Makes `function` predict: with the running statistics, without dropout.
static void makePrediction(func::FuncOp function) {
  SmallVector<Operation *> ops;
  function.walk([&](Operation *op) {
    if (isa<BatchNormTrainingOp, DropoutOp>(op))
      ops.push_back(op);
  });
  for (Operation *op : ops) {
    OpBuilder builder(op);
    if (auto dropout = dyn_cast<DropoutOp>(op)) {
      dropout.getResult().replaceAllUsesWith(dropout.getInput());
    } else {
      auto norm = cast<BatchNormTrainingOp>(op);
      Value mean = norm.getRunningMean(), variance = norm.getRunningVariance();
      auto prediction = BatchNormInferenceOp::create(
          builder, norm.getLoc(), norm.getResult().getType(), norm.getInput(),
          norm.getScale(), norm.getOffset(), mean, variance, norm.getEpsilon(),
          norm.getLayout());
      norm->replaceAllUsesWith(
          ValueRange{prediction.getResult(), mean, variance, mean, variance});
    }
    op->erase();
  }
  eraseDeadOps(function);
}

/// Adds to `parameters`, of element type `element`, the number of batches of
/// each layer that has running statistics and does not keep them.
static void addBatchNumbers(Type element,
                            SmallVectorImpl<TrainingParameter> &parameters) {
  auto type = RankedTensorType::get({1}, element);
  auto zero =
      DenseElementsAttr::get(type, Attribute(FloatAttr::get(element, 0.0)));
  SmallVector<TrainingParameter> numbers;
  for (const TrainingParameter &parameter : parameters)
    if (parameter.role == "running_mean" &&
        isa<BatchNormTrainingOp>(parameter.uses.front()->getOwner()))
      numbers.push_back({parameter.layer + ".num_batches_tracked",
                         kBatchesTracked,
                         parameter.layer,
                         /*fanIn=*/0,
                         zero,
                         {}});
  parameters.append(numbers);
}

/// Of each running mean, the argument that is its layer's number of batches.
static DenseMap<Value, Value>
findBatchNumbers(ArrayRef<TrainingParameter> parameters,
                 ArrayRef<BlockArgument> arguments) {
  llvm::StringMap<Value> byLayer;
  for (auto [parameter, argument] : llvm::zip_equal(parameters, arguments))
    if (parameter.role == kBatchesTracked)
      byLayer[parameter.layer] = argument;
  DenseMap<Value, Value> numbers;
  for (auto [parameter, argument] : llvm::zip_equal(parameters, arguments))
    if (Value number = byLayer.lookup(parameter.layer))
      numbers[argument] = number;
  return numbers;
}

/// The mean of `count` values whose last is `value`, from the mean `before` it.
static Value averageAll(OpBuilder &builder, Value before, Value value,
                        Value count) {
  Location loc = value.getLoc();
  Type type = value.getType();
  Value step = SubOp::create(builder, loc, type, value, before);
  step = DivOp::create(builder, loc, type, step, count);
  return AddOp::create(builder, loc, type, before, step);
}

/// Adds the new values of the running statistics to the results. A layer that
/// uses statistics again goes on from what they then are; frozen ones stay what
/// they are.
static void addNewStatistics(func::FuncOp function,
                             ArrayRef<TrainingParameter> parameters,
                             ArrayRef<BlockArgument> arguments) {
  DenseMap<Value, Value> current;
  for (Value argument : arguments)
    current[argument] = argument;
  auto advance = [&](OpOperand &running, Value next) {
    if (auto it = current.find(running.get()); it != current.end()) {
      running.set(it->second);
      it->second = next;
    }
  };
  DenseMap<Value, Value> numbers = findBatchNumbers(parameters, arguments);
  function.walk([&](BatchNormTrainingOp norm) {
    Value count, number = numbers.lookup(norm.getRunningMean());
    OpBuilder behind(norm->getContext());
    behind.setInsertionPointAfter(norm);
    if (number) {
      // What is averaged are the batch's own statistics.
      norm.setMomentum(APFloat(1.0));
      norm.setConvention(MomentumConvention::torch);
      Value one = createConstant(
          behind, norm.getLoc(),
          DenseElementsAttr::get(
              cast<RankedTensorType>(number.getType()),
              Attribute(FloatAttr::get(getElementTypeOrSelf(number.getType()),
                                       1.0))));
      count = AddOp::create(behind, norm.getLoc(), number.getType(),
                            current[number], one);
      current[number] = count;
    }
    for (auto [running, next] :
         {std::pair(&norm.getRunningMeanMutable(), norm.getNewRunningMean()),
          std::pair(&norm.getRunningVarianceMutable(),
                    norm.getNewRunningVariance())}) {
      Value before = current.lookup(running->get());
      advance(*running,
              number ? averageAll(behind, before, next, count) : Value(next));
    }
  });
  Builder builder(function.getContext());
  Operation *terminator = function.getBody().front().getTerminator();
  SmallVector<Value> values(terminator->getOperands());
  SmallVector<DictionaryAttr> attributes;
  for (unsigned i = 0; i < values.size(); ++i)
    attributes.push_back(function.getResultAttrDict(i));
  for (auto [parameter, argument] : llvm::zip_equal(parameters, arguments)) {
    if (!isStatistic(parameter.role))
      continue;
    values.push_back(current.lookup(argument));
    attributes.push_back(builder.getDictionaryAttr(builder.getNamedAttr(
        BNDialect::kNewValueOfAttr, builder.getStringAttr(parameter.name))));
  }
  setResults(function, values, attributes);
}

/// The function that does one step of the optimizer.
static func::FuncOp createUpdate(ModuleOp module, StringRef optimizer,
                                 Type element) {
  OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
  auto vector = RankedTensorType::get({ShapedType::kDynamic}, element);
  bool isSgd = optimizer == "sgd";
  SmallVector<Type> states(isSgd ? 2 : 3, vector);
  SmallVector<Type> inputs(isSgd ? 3 : 4, vector);
  inputs.push_back(RankedTensorType::get({isSgd ? 4 : 7}, element));
  auto function = func::FuncOp::create(builder, module.getLoc(), "update",
                                       builder.getFunctionType(inputs, states));
  SmallVector<StringRef> names = {"parameters", "gradients"};
  if (isSgd)
    names.push_back("velocity");
  else
    names.append({"first_moment", "second_moment"});
  auto setNames = [&](bool results, StringRef skipped) {
    unsigned index = 0;
    for (StringRef name : names) {
      if (name == skipped)
        continue;
      StringAttr attribute = builder.getStringAttr(name);
      if (results)
        function.setResultAttr(index++, BNDialect::kNameAttr, attribute);
      else
        function.setArgAttr(index++, BNDialect::kNameAttr, attribute);
    }
  };
  setNames(/*results=*/true, /*skipped=*/"gradients");
  names.push_back("settings");
  setNames(/*results=*/false, /*skipped=*/"");

  Block *body = function.addEntryBlock();
  builder.setInsertionPointToEnd(body);
  Operation *step;
  if (isSgd)
    step = SgdUpdateOp::create(builder, module.getLoc(), states,
                               body->getArguments());
  else
    step = AdamUpdateOp::create(
        builder, module.getLoc(), states, body->getArgument(0),
        body->getArgument(1), body->getArgument(2), body->getArgument(3),
        body->getArgument(4), /*decoupled=*/optimizer == "adamw");
  func::ReturnOp::create(builder, module.getLoc(), step->getResults());
  return function;
}

namespace {

struct MakeTrainable : bn::impl::MakeTrainableBase<MakeTrainable> {
  using MakeTrainableBase::MakeTrainableBase;

  void runOnOperation() override {
    if (!llvm::is_contained({"sgd", "adam", "adamw"}, StringRef(optimizer))) {
      getOperation().emitError("expected optimizer sgd, adam or adamw, got '")
          << optimizer << "'";
      return signalPassFailure();
    }
    if (failed(split()))
      signalPassFailure();
  }

private:
  LogicalResult split() {
    FailureOr<func::FuncOp> model = getModel(getOperation());
    if (failed(model))
      return failure();
    auto parameters = collectTrainingParameters(*model);
    if (failed(parameters))
      return failure();
    if (parameters->empty() || isStatistic(parameters->front().role))
      return model->emitError("expected a model with parameters to train: "
                              "weights that are initializers");
    FailureOr<unsigned> output = findLogits(*model, *parameters);
    if (failed(output))
      return failure();
    // Parameters are no outputs.
    Operation *terminator = model->getBody().front().getTerminator();
    for (TrainingParameter &parameter : *parameters)
      llvm::erase_if(parameter.uses, [&](OpOperand *use) {
        return use->getOwner() == terminator;
      });
    Value logits = terminator->getOperand(*output);
    Type element = getElementTypeOrSelf(logits.getType());
    if (cumulativeAverage)
      addBatchNumbers(element, *parameters);
    DictionaryAttr outputAttributes = model->getResultAttrDict(*output);
    if (!outputAttributes)
      outputAttributes = DictionaryAttr::get(&getContext());
    setResults(*model, logits, outputAttributes);

    SmallVector<BlockArgument> arguments;
    if (failed(addArguments(*model, element, *parameters, arguments)))
      return failure();
    func::FuncOp gradients = *model;
    // The module takes the model's name over.
    getOperation().setSymName(gradients.getName());
    gradients.setName("gradients");
    gradients.setPublic();
    func::FuncOp predict = gradients.clone();
    predict.setName("predict");
    getOperation().push_back(predict);
    makePrediction(predict);
    addNewStatistics(gradients, *parameters, arguments);
    eraseDeadOps(gradients);
    createUpdate(getOperation(), optimizer, element);
    for (const TrainingParameter &parameter : *parameters)
      ++(isStatistic(parameter.role) ? numStatistics : numTrained);
    return success();
  }
};

} // namespace
