//===- CudaExpressions.cpp - Values as expressions of C++ -----------------===//
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
#include "llvm/ADT/TypeSwitch.h"
#include <cmath>

using namespace mlir;
using namespace mlir::bn;
using namespace mlir::bn::cuda;

std::string cuda::parenthesize(const Expression &operand, bool needed) {
  return needed ? "(" + operand.text + ")" : operand.text;
}

Expression cuda::makeBinary(const Expression &lhs, StringRef op,
                            const Expression &rhs, Binding binding) {
  bool isLogic =
      binding == Binding::logicalAnd || binding == Binding::logicalOr;
  bool isBits = binding == Binding::shift ||
                (binding >= Binding::bitOr && binding <= Binding::bitAnd);
  auto needed = [&](const Expression &operand, bool isRight) {
    // Where readers, and compilers' warnings, want them although C++ does not.
    if (binding == Binding::logicalOr && operand.binding == Binding::logicalAnd)
      return true;
    if (isBits && operand.binding < Binding::unary)
      return true;
    return operand.binding < binding ||
           (isRight && operand.binding == binding && !isLogic);
  };
  return {parenthesize(lhs, needed(lhs, false)) + " " + op.str() + " " +
              parenthesize(rhs, needed(rhs, true)),
          binding};
}

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

std::string cuda::getDecimal(double value, bool isFloat) {
  if (std::isnan(value))
    return "NAN";
  if (std::isinf(value))
    return value < 0 ? "-INFINITY" : "INFINITY";
  char text[40];
  for (int digits = 1; digits <= 17; ++digits) {
    snprintf(text, sizeof text, "%.*g", digits, value);
    double back = strtod(text, nullptr);
    if (isFloat ? float(back) == float(value) : back == value)
      break;
  }
  std::string result = text;
  if (result.find_first_of(".e") == std::string::npos)
    result += ".0";
  return isFloat ? result + "f" : result;
}

FailureOr<std::string> FunctionPrinter::buildConstant(TypedAttr value) {
  if (auto integer = dyn_cast<IntegerAttr>(value)) {
    if (integer.getType().isInteger(1))
      return std::string(integer.getValue().isZero() ? "false" : "true");
    return std::to_string(integer.getInt());
  }
  if (auto splat = dyn_cast<SplatElementsAttr>(value)) {
    FailureOr<std::string> one =
        buildConstant(splat.getSplatValue<FloatAttr>());
    if (failed(one) || getType(splat.getType()) != "float4")
      return failure();
    return "make_float4(" + *one + ", " + *one + ", " + *one + ", " + *one +
           ")";
  }
  auto number = dyn_cast<FloatAttr>(value);
  if (!number || !(number.getType().isF32() || number.getType().isF64()))
    return failure();
  return getDecimal(number.getValue().convertToDouble(),
                    number.getType().isF32());
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

FailureOr<Expression> FunctionPrinter::getExpression(Value value) {
  auto named = variables.find(value);
  if (named != variables.end())
    return Expression{named->second};
  auto result = dyn_cast<OpResult>(value);
  if (!result || !isExpression(result.getOwner()))
    return emitError(value.getLoc(), "a value is used that has no text");
  FailureOr<Expression> expression = buildExpression(result);
  if (failed(expression))
    return result.getOwner()->emitOpError("cannot be printed as CUDA C++");
  return expression;
}

FailureOr<std::string> FunctionPrinter::getText(Value value) {
  FailureOr<Expression> expression = getExpression(value);
  if (failed(expression))
    return failure();
  return expression->text;
}

FailureOr<Expression> FunctionPrinter::buildExpression(OpResult result) {
  using Result = FailureOr<Expression>;
  Operation *op = result.getOwner();
  auto getDimension = [](gpu::Dimension dimension) {
    return gpu::stringifyDimension(dimension).str();
  };
  return llvm::TypeSwitch<Operation *, Result>(op)
      .Case([&](arith::ConstantOp constant) -> Result {
        FailureOr<std::string> text = buildConstant(constant.getValue());
        if (failed(text))
          return failure();
        Binding binding =
            text->front() == '-' ? Binding::unary : Binding::primary;
        return Expression{*text, binding};
      })
      .Case([&](memref::GetGlobalOp global) -> Result {
        auto found = context.symbols.find(global.getName());
        if (found == context.symbols.end())
          return failure();
        if (onDevice)
          return Expression{found->second};
        return Expression{"parameters + " + found->second, Binding::additive};
      })
      .Case([&](memref::DimOp) -> Result { return Expression{"batch"}; })
      .Case([&](memref::LoadOp load) {
        return buildElement(load.getMemRef(), load.getIndices());
      })
      .Case<vector::LoadOp, vector::ExtractOp, vector::FromElementsOp,
            vector::BroadcastOp>([&](auto) { return buildVector(op); })
      .Case([&](affine::AffineDelinearizeIndexOp) {
        return buildDelinearize(result);
      })
      .Case([&](affine::AffineLinearizeIndexOp) { return buildLinearize(op); })
      .Case([&](gpu::ThreadIdOp id) -> Result {
        return Expression{"threadIdx." + getDimension(id.getDimension())};
      })
      .Case([&](gpu::BlockIdOp id) -> Result {
        return Expression{"blockIdx." + getDimension(id.getDimension())};
      })
      .Case([&](gpu::BlockDimOp size) -> Result {
        return Expression{"blockDim." + getDimension(size.getDimension())};
      })
      .Case([&](gpu::GridDimOp size) -> Result {
        return Expression{"gridDim." + getDimension(size.getDimension())};
      })
      .Default([&](Operation *) { return buildArith(op); });
}

FailureOr<Expression>
FunctionPrinter::buildBinary(Operation *op, StringRef text, Binding binding) {
  FailureOr<Expression> lhs = getExpression(op->getOperand(0));
  FailureOr<Expression> rhs = getExpression(op->getOperand(1));
  if (failed(lhs) || failed(rhs))
    return failure();
  return makeBinary(*lhs, text, *rhs, binding);
}

FailureOr<Expression> FunctionPrinter::buildCall(StringRef function,
                                                 ValueRange arguments,
                                                 bool isHelper) {
  if (isHelper)
    context.helpers.insert(function.str());
  std::string text = function.str() + "(";
  for (auto [i, argument] : llvm::enumerate(arguments)) {
    FailureOr<std::string> part = getText(argument);
    if (failed(part))
      return failure();
    text += (i ? ", " : "") + *part;
  }
  return Expression{text + ")"};
}

//===----------------------------------------------------------------------===//
// Indices and elements
//===----------------------------------------------------------------------===//

FailureOr<Expression> FunctionPrinter::buildDelinearize(OpResult result) {
  auto split = cast<affine::AffineDelinearizeIndexOp>(result.getOwner());
  if (!split.getDynamicBasis().empty())
    return failure();
  FailureOr<Expression> index = getExpression(split.getLinearIndex());
  if (failed(index))
    return failure();
  ArrayRef<int64_t> basis = split.getStaticBasis();
  // One extent per result behind the first.
  if (basis.size() == split.getNumResults())
    basis = basis.drop_front();
  int64_t inner = 1;
  for (int64_t extent : basis.drop_front(result.getResultNumber()))
    inner *= extent;
  Expression value = *index;
  if (inner != 1)
    value = makeBinary(value, "/", {std::to_string(inner)},
                       Binding::multiplicative);
  if (result.getResultNumber() > 0)
    value = makeBinary(value, "%",
                       {std::to_string(basis[result.getResultNumber() - 1])},
                       Binding::multiplicative);
  return value;
}

/// `outer * extent + inner`, without what is zero.
static Expression makeLinear(const Expression &outer, int64_t extent,
                             const Expression &inner) {
  if (outer.text == "0")
    return inner;
  Expression product = outer;
  if (extent != 1)
    product = makeBinary(outer, "*", {std::to_string(extent)},
                         Binding::multiplicative);
  if (inner.text == "0")
    return product;
  // The sum of a sum needs no parentheses.
  if (inner.binding == Binding::additive)
    return {product.text + " + " + inner.text, Binding::additive};
  return makeBinary(product, "+", inner, Binding::additive);
}

FailureOr<Expression> FunctionPrinter::buildLinearize(Operation *op) {
  auto join = cast<affine::AffineLinearizeIndexOp>(op);
  if (!join.getDynamicBasis().empty())
    return failure();
  ArrayRef<int64_t> basis = join.getStaticBasis();
  size_t count = join.getMultiIndex().size();
  Expression sum = {"0"};
  for (auto [i, index] : llvm::enumerate(join.getMultiIndex())) {
    FailureOr<Expression> part = getExpression(index);
    if (failed(part))
      return failure();
    sum = makeLinear(sum, i ? basis[i + basis.size() - count] : 1, *part);
  }
  return sum;
}

FailureOr<Expression> FunctionPrinter::buildElement(Value memref,
                                                    ValueRange indices) {
  auto type = cast<MemRefType>(memref.getType());
  FailureOr<Expression> base = getExpression(memref);
  if (failed(base) || !type.getLayout().isIdentity())
    return failure();
  Expression sum = {"0"};
  for (auto [i, part] : llvm::enumerate(getAddress(type, indices))) {
    FailureOr<Expression> index = getExpression(part.index);
    if (failed(index))
      return failure();
    sum = makeLinear(sum, i ? part.extent : 1, *index);
  }
  return Expression{parenthesize(*base, base->binding != Binding::primary) +
                    "[" + sum.text + "]"};
}

FailureOr<Expression> FunctionPrinter::buildVectorElement(Value memref,
                                                          ValueRange indices,
                                                          bool isStored) {
  FailureOr<Expression> element = buildElement(memref, indices);
  if (failed(element))
    return failure();
  return Expression{"*reinterpret_cast<" +
                        std::string(isStored ? "" : "const ") + "float4 *>(&" +
                        element->text + ")",
                    Binding::unary};
}

FailureOr<Expression> FunctionPrinter::buildVector(Operation *op) {
  auto isFloat4 = [](Type type) {
    auto vector = dyn_cast<VectorType>(type);
    return vector && vector.getRank() == 1 && vector.getDimSize(0) == 4 &&
           vector.getElementType().isF32();
  };
  if (auto extract = dyn_cast<vector::ExtractOp>(op)) {
    FailureOr<Expression> source = getExpression(extract.getSource());
    if (failed(source) || !isFloat4(extract.getSource().getType()) ||
        extract.getStaticPosition().size() != 1 ||
        !extract.getDynamicPosition().empty())
      return failure();
    StringRef field =
        StringRef("xyzw").substr(extract.getStaticPosition()[0], 1);
    bool needed = source->binding != Binding::primary;
    return Expression{parenthesize(*source, needed) + "." + field.str()};
  }
  if (!isFloat4(op->getResultTypes().front()))
    return failure();
  if (auto load = dyn_cast<vector::LoadOp>(op))
    return buildVectorElement(load.getBase(), load.getIndices(), false);
  if (isa<vector::FromElementsOp>(op))
    return buildCall("make_float4", op->getOperands());
  SmallVector<Value> same(4, op->getOperand(0));
  return buildCall("make_float4", same);
}
