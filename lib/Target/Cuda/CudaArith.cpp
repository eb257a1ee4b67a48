//===- CudaArith.cpp - Numbers as expressions of C++ ----------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CudaPrinter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::bn;
using namespace mlir::bn::cuda;

static Expression makeUnary(StringRef op, const Expression &operand) {
  bool needed = operand.binding <= Binding::unary;
  return {op.str() + parenthesize(operand, needed), Binding::unary};
}

FailureOr<Expression> FunctionPrinter::buildArith(Operation *op) {
  using Result = FailureOr<Expression>;
  auto binary = [&](StringRef text, Binding binding) {
    return buildBinary(op, text, binding);
  };
  auto call = [&](StringRef function) {
    return buildCall(function, op->getOperands());
  };
  auto help = [&](StringRef function) {
    return buildCall(function, op->getOperands(), /*isHelper=*/true);
  };
  bool isBool = op->getResultTypes().front().isInteger(1);
  // Numbers of i32 are words of bits; indices are of another type.
  bool isWord = op->getResultTypes().front().isInteger(32);
  return llvm::TypeSwitch<Operation *, Result>(op)
      .Case<arith::AddFOp>([&](auto) { return binary("+", Binding::additive); })
      .Case([&](arith::AddIOp) {
        return isWord ? help("addWords") : binary("+", Binding::additive);
      })
      .Case<arith::SubFOp, arith::SubIOp>(
          [&](auto) { return binary("-", Binding::additive); })
      .Case<arith::MulFOp>(
          [&](auto) { return binary("*", Binding::multiplicative); })
      .Case([&](arith::MulIOp) {
        return isWord ? help("multiplyWords")
                      : binary("*", Binding::multiplicative);
      })
      .Case<arith::DivFOp, arith::DivUIOp, arith::DivSIOp>(
          [&](auto) { return binary("/", Binding::multiplicative); })
      .Case<arith::RemUIOp, arith::RemSIOp>(
          [&](auto) { return binary("%", Binding::multiplicative); })
      .Case<arith::CeilDivUIOp, arith::CeilDivSIOp>(
          [&](auto) { return help("divideUp"); })
      .Case([&](arith::AndIOp) {
        return isBool ? binary("&&", Binding::logicalAnd)
                      : binary("&", Binding::bitAnd);
      })
      .Case([&](arith::OrIOp) {
        return isBool ? binary("||", Binding::logicalOr)
                      : binary("|", Binding::bitOr);
      })
      .Case([&](arith::XOrIOp) -> Result {
        if (!isBool || !matchPattern(op->getOperand(1), m_One()))
          return binary(isBool ? "!=" : "^",
                        isBool ? Binding::equality : Binding::bitXor);
        Result operand = getExpression(op->getOperand(0));
        if (failed(operand))
          return failure();
        return makeUnary("!", *operand);
      })
      .Case([&](arith::ShLIOp) { return binary("<<", Binding::shift); })
      .Case([&](arith::ShRUIOp) {
        return isWord ? help("shiftWord") : binary(">>", Binding::shift);
      })
      .Case([&](arith::ShRSIOp) { return binary(">>", Binding::shift); })
      .Case<arith::MinSIOp, arith::MinUIOp>(
          [&](auto) { return help("smaller"); })
      .Case<arith::MaxSIOp, arith::MaxUIOp>(
          [&](auto) { return help("larger"); })
      .Case([&](arith::NegFOp) -> Result {
        Result operand = getExpression(op->getOperand(0));
        if (failed(operand))
          return failure();
        return makeUnary("-", *operand);
      })
      .Case([&](arith::MaximumFOp) { return help("maximum"); })
      .Case([&](arith::MinimumFOp) { return help("minimum"); })
      .Case([&](math::FmaOp) { return call("fmaf"); })
      .Case([&](math::SqrtOp) { return call("sqrtf"); })
      .Case([&](math::AbsFOp) { return call("fabsf"); })
      .Case([&](math::PowFOp) { return call("powf"); })
      .Case([&](math::LogOp) { return help("logarithm"); })
      .Case([&](math::ExpOp) { return help("exponential"); })
      .Case([&](math::TanhOp) { return help("hyperbolicTangent"); })
      .Case([&](arith::SelectOp select) -> Result {
        Result condition = getExpression(select.getCondition());
        Result yes = getExpression(select.getTrueValue());
        Result no = getExpression(select.getFalseValue());
        if (failed(condition) || failed(yes) || failed(no))
          return failure();
        auto wrap = [](const Expression &part) {
          return parenthesize(part, part.binding == Binding::conditional);
        };
        return Expression{wrap(*condition) + " ? " + wrap(*yes) + " : " +
                              wrap(*no),
                          Binding::conditional};
      })
      .Case<arith::CmpIOp, arith::CmpFOp>(
          [&](auto) { return buildComparison(op); })
      .Default([&](Operation *) { return buildCast(op); });
}

FailureOr<Expression> FunctionPrinter::buildComparison(Operation *op) {
  // The operator, and whether its result is to be negated: what is true of
  // numbers that cannot be ordered is the negation of something false.
  std::pair<StringRef, bool> text = {"", false};
  // The order of words is that of unsigned numbers.
  auto words = dyn_cast<arith::CmpIOp>(op);
  if (words && words.getPredicate() == arith::CmpIPredicate::uge &&
      words.getLhs().getType().isInteger(32))
    return buildCall("isWordAtLeast", op->getOperands(), /*isHelper=*/true);
  if (auto compare = dyn_cast<arith::CmpIOp>(op)) {
    using P = arith::CmpIPredicate;
    switch (compare.getPredicate()) {
    case P::eq:
      text.first = "==";
      break;
    case P::ne:
      text.first = "!=";
      break;
    case P::slt:
    case P::ult:
      text.first = "<";
      break;
    case P::sle:
    case P::ule:
      text.first = "<=";
      break;
    case P::sgt:
    case P::ugt:
      text.first = ">";
      break;
    case P::sge:
    case P::uge:
      text.first = ">=";
      break;
    }
  } else {
    using P = arith::CmpFPredicate;
    switch (cast<arith::CmpFOp>(op).getPredicate()) {
    case P::OEQ:
      text = {"==", false};
      break;
    case P::OGT:
      text = {">", false};
      break;
    case P::OGE:
      text = {">=", false};
      break;
    case P::OLT:
      text = {"<", false};
      break;
    case P::OLE:
      text = {"<=", false};
      break;
    case P::UNE:
      text = {"!=", false};
      break;
    case P::UGT:
      text = {"<=", true};
      break;
    case P::UGE:
      text = {"<", true};
      break;
    case P::ULT:
      text = {">=", true};
      break;
    case P::ULE:
      text = {">", true};
      break;
    default:
      return failure();
    }
  }
  bool isEquality = text.first == "==" || text.first == "!=";
  FailureOr<Expression> compared = buildBinary(
      op, text.first, isEquality ? Binding::equality : Binding::relational);
  if (failed(compared) || !text.second)
    return compared;
  return makeUnary("!", *compared);
}

FailureOr<Expression> FunctionPrinter::buildCast(Operation *op) {
  if (!isa<arith::IndexCastOp, arith::IndexCastUIOp, arith::SIToFPOp,
           arith::UIToFPOp, arith::FPToSIOp, arith::ExtUIOp, arith::ExtSIOp,
           arith::TruncIOp, arith::ExtFOp, arith::TruncFOp, arith::BitcastOp>(
          op))
    return failure();
  FailureOr<Expression> operand = getExpression(op->getOperand(0));
  if (failed(operand))
    return failure();
  std::string from = getType(op->getOperand(0).getType());
  std::string to = getType(op->getResultTypes().front());
  if (from.empty() || to.empty())
    return failure();
  if (isa<arith::BitcastOp>(op)) {
    if (to == "float" && from == "int")
      return Expression{"__int_as_float(" + operand->text + ")"};
    if (to == "int" && from == "float")
      return Expression{"__float_as_int(" + operand->text + ")"};
    return failure();
  }
  if (from == to)
    return operand;
  return Expression{"static_cast<" + to + ">(" + operand->text + ")"};
}
