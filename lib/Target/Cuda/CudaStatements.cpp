//===- CudaStatements.cpp - Ops as statements of C++ ----------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CudaPrinter.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::bn;
using namespace mlir::bn::cuda;

//===----------------------------------------------------------------------===//
// Lines
//===----------------------------------------------------------------------===//

static constexpr size_t kLineLength = 80;

/// Where to break `text` so that the first part has at most `room` characters:
/// behind the last comma or operator that is not deeper in parentheses than it
/// must be; 0 for nowhere.
static size_t findBreak(StringRef text, size_t room) {
  size_t best = 0;
  int depth = 0, bestDepth = 1000;
  for (size_t i = 0; i + 1 < std::min(text.size(), room); ++i) {
    char c = text[i];
    depth += (c == '(') - (c == ')');
    bool mayBreak =
        text[i + 1] == ' ' &&
        (c == ',' || c == '=' || c == '?' || text.substr(i).starts_with("&&") ||
         ((c == '+' || c == '-' || c == '*') && i > 0 && text[i - 1] == ' '));
    if (c == '&' && mayBreak)
      mayBreak = i > 0 && text[i - 1] == '&';
    if (c == '&' && i > 0 && text[i - 1] == '&' && text[i + 1] == ' ')
      mayBreak = true;
    if (mayBreak && i > room / 3 && depth <= bestDepth) {
      best = i + 1;
      bestDepth = depth;
    }
  }
  return best;
}

void FunctionPrinter::printLine(const Twine &text) {
  std::string line = text.str();
  StringRef rest = line;
  size_t shift = depth;
  while (rest.size() + shift > kLineLength) {
    size_t end = findBreak(rest, kLineLength - shift);
    if (end == 0)
      break;
    out->append(shift, ' ').append(rest.take_front(end)).append("\n");
    rest = rest.drop_front(end).ltrim();
    shift = depth + 4;
  }
  out->append(shift, ' ').append(rest).append("\n");
}

//===----------------------------------------------------------------------===//
// Variables
//===----------------------------------------------------------------------===//

const std::string &FunctionPrinter::declare(Value value, StringRef wanted) {
  StringRef name = getName(value.getLoc());
  Operation *op = value.getDefiningOp();
  // One name for each result. Outside of kernels sizes have the locations of
  // what they are for.
  if (op && op->getNumResults() > 1) {
    SmallVector<StringRef> parts;
    name.split(parts, ',');
    unsigned index = cast<OpResult>(value).getResultNumber();
    name = parts.size() == op->getNumResults() ? parts[index] : "";
  } else if (op && !onDevice && isa<arith::ArithDialect>(op->getDialect())) {
    name = "";
  }
  return variables[value] = names.choose(name.empty() ? wanted : name);
}

/// What a variable is called whose value has no name.
static StringRef getDefaultName(Value value) {
  if (value.getDefiningOp<gpu::ThreadIdOp>())
    return "thread";
  if (value.getDefiningOp<gpu::BlockIdOp>())
    return "block";
  Type type = value.getType();
  if (type.isInteger(1))
    return "condition";
  return type.isIntOrIndex() ? "position" : "value";
}

LogicalResult FunctionPrinter::printDeclarations(Operation *op) {
  for (OpResult result : op->getResults()) {
    if (folding.isFolded(result) || Folding::countMentions(result) == 0)
      continue;
    FailureOr<std::string> text = getText(result);
    std::string type = getType(result.getType());
    if (failed(text))
      return failure();
    if (type.empty())
      return op->emitOpError("has a value of type ")
             << result.getType() << " cannot be printed as CUDA C++";
    const std::string &name = declare(result, getDefaultName(result));
    printLine("const " + type + " " + name + " = " + *text + ";");
  }
  return success();
}

LogicalResult FunctionPrinter::assign(StringRef variable, Value value) {
  FailureOr<std::string> text = getText(value);
  if (failed(text))
    return failure();
  if (*text != variable)
    printLine(variable + " = " + *text + ";");
  return success();
}

//===----------------------------------------------------------------------===//
// Loops and branches
//===----------------------------------------------------------------------===//

/// Whether `op`, which yields the next value of `variable`, may write to it
/// while it runs: nobody reads afterwards what is in there now.
bool FunctionPrinter::mayShare(Operation *op, StringRef variable) {
  for (auto &[value, name] : variables) {
    if (name != variable)
      continue;
    for (Operation *user : value.getUsers()) {
      Operation *ancestor = op->getBlock()->findAncestorOpInBlock(*user);
      if (ancestor && ancestor != op && op->isBeforeInBlock(ancestor))
        return false;
    }
  }
  return true;
}

/// Lets loops and branches whose results are yielded write them to the
/// variables that the yield assigns to.
void FunctionPrinter::shareVariables(Operation *yield,
                                     ArrayRef<std::string> names) {
  for (auto [operand, variable] : llvm::zip(yield->getOperands(), names)) {
    auto result = dyn_cast<OpResult>(operand);
    if (!result || !result.hasOneUse() ||
        !isa<scf::ForOp, scf::IfOp>(result.getOwner()) ||
        result.getOwner()->getBlock() != yield->getBlock())
      continue;
    if (mayShare(result.getOwner(), variable))
      variables[result] = variable;
  }
}

LogicalResult FunctionPrinter::printYield(Operation *yield,
                                          ArrayRef<std::string> targets) {
  // All values are computed before any variable changes.
  SmallVector<std::string> texts;
  unsigned changes = 0;
  for (auto [value, variable] : llvm::zip(yield->getOperands(), targets)) {
    FailureOr<std::string> text = getText(value);
    if (failed(text))
      return failure();
    changes += *text != variable;
    texts.push_back(*text);
  }
  auto mentions = [](StringRef text, StringRef variable) {
    for (size_t at = text.find(variable); at != StringRef::npos;
         at = text.find(variable, at + 1)) {
      auto isPart = [&](size_t i) {
        return i < text.size() && (llvm::isAlnum(text[i]) || text[i] == '_');
      };
      if (!isPart(at - 1) && !isPart(at + variable.size()))
        return true;
    }
    return false;
  };
  for (size_t i = 0; changes > 1 && i < texts.size(); ++i) {
    bool overwritten = false;
    for (size_t j = 0; j < i; ++j)
      overwritten |= texts[j] != targets[j] && mentions(texts[i], targets[j]);
    if (!overwritten)
      continue;
    // Its operands are gone when its turn comes.
    std::string next = names.choose("next_" + targets[i]);
    std::string type = getType(yield->getOperand(i).getType());
    out->append(depth, ' ')
        .append("const " + type + " " + next + " = " + texts[i] + ";\n");
    texts[i] = next;
  }
  for (auto [text, variable] : llvm::zip(texts, targets))
    if (text != variable)
      printLine(variable + " = " + text + ";");
  return success();
}

LogicalResult FunctionPrinter::printBranch(Block &block,
                                           ArrayRef<std::string> targets) {
  indent();
  Operation *yield = block.getTerminator();
  shareVariables(yield, targets);
  LogicalResult result = printBlock(block);
  if (succeeded(result))
    result = printYield(yield, targets);
  dedent();
  return result;
}

std::string FunctionPrinter::getResultVariable(OpResult result, Value init) {
  auto shared = variables.find(result);
  if (shared != variables.end())
    return shared->second;
  StringRef name = init ? getName(init.getLoc()) : StringRef();
  if (name.empty())
    name = getName(result.getLoc());
  return variables[result] = names.choose(name.empty() ? "value" : name);
}

LogicalResult FunctionPrinter::printFor(scf::ForOp loop) {
  SmallVector<std::string> targets;
  for (auto [result, argument, init] : llvm::zip(
           loop.getResults(), loop.getRegionIterArgs(), loop.getInitArgs())) {
    bool isShared = variables.count(result);
    FailureOr<std::string> text = getText(init);
    if (failed(text))
      return failure();
    std::string variable = getResultVariable(result, argument);
    if (!isShared)
      printLine(getType(result.getType()) + " " + variable + " = " + *text +
                ";");
    else if (*text != variable)
      printLine(variable + " = " + *text + ";");
    variables[argument] = variable;
    targets.push_back(variable);
  }
  FailureOr<std::string> lower = getText(loop.getLowerBound());
  FailureOr<Expression> upper = getExpression(loop.getUpperBound());
  FailureOr<std::string> step = getText(loop.getStep());
  if (failed(lower) || failed(upper) || failed(step))
    return failure();
  if (loop->hasAttr("unroll"))
    printLine("#pragma unroll");
  std::string i = declare(loop.getInductionVar(), "i");
  std::string advance = *step == "1" ? "++" + i : i + " += " + *step;
  std::string type = getType(loop.getInductionVar().getType());
  printLine("for (" + type + " " + i + " = " + *lower + "; " +
            makeBinary({i}, "<", *upper, Binding::relational).text + "; " +
            advance + ") {");
  if (failed(printBranch(*loop.getBody(), targets)))
    return failure();
  printLine("}");
  return success();
}

LogicalResult FunctionPrinter::printIf(scf::IfOp branch) {
  SmallVector<std::string> targets;
  for (OpResult result : branch.getResults()) {
    bool isShared = variables.count(result);
    targets.push_back(getResultVariable(result, Value()));
    if (!isShared)
      printLine(getType(result.getType()) + " " + targets.back() + ";");
  }
  FailureOr<std::string> condition = getText(branch.getCondition());
  if (failed(condition))
    return failure();
  std::string yes, no;
  std::string *outer = out;
  out = &yes;
  LogicalResult printed = printBranch(*branch.thenBlock(), targets);
  out = &no;
  if (succeeded(printed) && branch.elseBlock())
    printed = printBranch(*branch.elseBlock(), targets);
  out = outer;
  if (failed(printed))
    return failure();
  printLine("if (" + *condition + ") {");
  out->append(yes);
  if (!no.empty()) {
    printLine("} else {");
    out->append(no);
  }
  printLine("}");
  return success();
}

//===----------------------------------------------------------------------===//
// Other statements
//===----------------------------------------------------------------------===//

LogicalResult FunctionPrinter::printStore(Operation *op, Value memref,
                                          ValueRange indices, Value value) {
  auto type = cast<MemRefType>(memref.getType());
  if (!type.getLayout().isIdentity() || getType(value.getType()).empty())
    return op->emitOpError("cannot be printed as CUDA C++");
  FailureOr<Expression> target =
      isa<VectorType>(value.getType())
          ? buildVectorElement(memref, indices, /*isStored=*/true)
          : buildElement(memref, indices);
  FailureOr<std::string> text = getText(value);
  if (failed(target) || failed(text))
    return failure();
  printLine(target->text + " = " + *text + ";");
  return success();
}

LogicalResult FunctionPrinter::printAlloca(memref::AllocaOp alloca) {
  MemRefType type = alloca.getType();
  std::string element = getType(type.getElementType());
  if (!type.hasStaticShape() || element.empty())
    return alloca.emitOpError("cannot be printed as CUDA C++");
  const std::string &name = declare(alloca, "values");
  std::string alignment;
  if (std::optional<uint64_t> bytes = alloca.getAlignment())
    alignment = "alignas(" + std::to_string(*bytes) + ") ";
  printLine(alignment + element + " " + name + "[" +
            Twine(type.getNumElements()) + "];");
  return success();
}

LogicalResult FunctionPrinter::printView(memref::ViewOp view) {
  FailureOr<Expression> base = getExpression(view.getSource());
  FailureOr<Expression> shift = getExpression(view.getByteShift());
  std::string type = getType(view.getType().getElementType());
  if (failed(base) || failed(shift) || type.empty())
    return view.emitOpError("cannot be printed as CUDA C++");
  Expression address = *base;
  if (shift->text != "0")
    address = makeBinary(*base, "+", *shift, Binding::additive);
  printLine(type + " *" + declare(view, "buffer") + " = reinterpret_cast<" +
            type + " *>(" + address.text + ");");
  return success();
}

LogicalResult FunctionPrinter::printLaunch(gpu::LaunchFuncOp launch) {
  context.helpers.insert("launch");
  auto isOne = [](Value size) { return matchPattern(size, m_One()); };
  auto getSize = [&](gpu::KernelDim3 size) -> FailureOr<std::string> {
    SmallVector<Value> extents = {size.x, size.y, size.z};
    while (extents.size() > 1 && isOne(extents.back()))
      extents.pop_back();
    if (extents.size() == 1)
      return getText(extents.front());
    FailureOr<Expression> text = buildCall("dim3", extents);
    return failed(text) ? FailureOr<std::string>(failure()) : text->text;
  };
  auto found =
      context.symbols.find(launch.getKernel().getLeafReference().getValue());
  if (found == context.symbols.end() || !launch.getAsyncObject())
    return launch.emitOpError(
        "cannot be printed as CUDA C++: expected a kernel "
        "of this module and a stream");
  const std::string &kernel = found->second;
  FailureOr<std::string> stream = getText(launch.getAsyncObject());
  FailureOr<std::string> grid = getSize(launch.getGridSizeOperandValues());
  FailureOr<std::string> block = getSize(launch.getBlockSizeOperandValues());
  if (failed(stream) || failed(grid) || failed(block))
    return failure();
  std::string text = "if (!check(launch(" + *stream + ", " + *grid + ", " +
                     *block + ", " + kernel;
  for (Value operand : launch.getKernelOperands()) {
    FailureOr<std::string> argument = getText(operand);
    if (failed(argument))
      return failure();
    text += ", " + *argument;
  }
  printLine(text + "), \"" + kernel + "\"))");
  printLine("  return false;");
  return success();
}

LogicalResult FunctionPrinter::printOp(Operation *op) {
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](memref::StoreOp store) {
        return printStore(store, store.getMemRef(), store.getIndices(),
                          store.getValueToStore());
      })
      .Case([&](vector::StoreOp store) {
        return printStore(store, store.getBase(), store.getIndices(),
                          store.getValueToStore());
      })
      .Case([&](scf::ForOp loop) { return printFor(loop); })
      .Case([&](scf::IfOp branch) { return printIf(branch); })
      .Case([&](gpu::BarrierOp) {
        printLine("__syncthreads();");
        return success();
      })
      .Case([&](memref::AllocaOp alloca) { return printAlloca(alloca); })
      .Case([&](memref::ViewOp view) { return printView(view); })
      .Case([&](gpu::LaunchFuncOp launch) { return printLaunch(launch); })
      .Case([&](func::CallOp call) -> LogicalResult {
        auto found = context.symbols.find(call.getCallee());
        if (found == context.symbols.end() || call.getNumResults() > 1)
          return call.emitOpError("cannot be printed as CUDA C++");
        FailureOr<Expression> text =
            buildCall(found->second, call.getOperands());
        if (failed(text))
          return failure();
        std::string target;
        if (call.getNumResults() == 1)
          target = "const " + getType(call.getResult(0).getType()) + " " +
                   declare(call.getResult(0), "value") + " = ";
        printLine(target + text->text + ";");
        return success();
      })
      .Case([&](func::ReturnOp leave) -> LogicalResult {
        if (!onDevice) {
          printLine("return true;");
          return success();
        }
        if (leave.getNumOperands() == 0)
          return success();
        FailureOr<std::string> text = getText(leave.getOperand(0));
        if (failed(text))
          return failure();
        printLine("return " + *text + ";");
        return success();
      })
      .Case<scf::YieldOp, gpu::ReturnOp>([](auto) { return success(); })
      .Default([](Operation *other) {
        return other->emitOpError("cannot be printed as CUDA C++");
      });
}

LogicalResult FunctionPrinter::printBlock(Block &block) {
  for (Operation &op : block)
    if (failed(isExpression(&op) ? printDeclarations(&op) : printOp(&op)))
      return failure();
  return success();
}
