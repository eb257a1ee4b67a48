//===- CudaPrinter.h - Functions as CUDA C++ --------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_TARGET_CUDA_CUDAPRINTER_H
#define BN_LIB_TARGET_CUDA_CUDAPRINTER_H

#include "CudaFolding.h"
#include "CudaNames.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/StringMap.h"

#include <set>

namespace mlir::bn::cuda {

/// How tightly the outermost operator of an expression binds.
enum class Binding {
  conditional,
  logicalOr,
  logicalAnd,
  bitOr,
  bitXor,
  bitAnd,
  equality,
  relational,
  shift,
  additive,
  multiplicative,
  unary,
  primary
};

/// An expression of C++.
struct Expression {
  std::string text;
  Binding binding = Binding::primary;
};

std::string parenthesize(const Expression &operand, bool needed);

/// `lhs op rhs` with the parentheses it needs.
Expression makeBinary(const Expression &lhs, StringRef op,
                      const Expression &rhs, Binding binding);

/// The shortest decimal text that reads back as `value`.
std::string getDecimal(double value, bool isFloat);

/// What all functions of a text share.
struct TextContext {
  /// Functions and globals by their symbol, and how the text calls them.
  llvm::StringMap<std::string> symbols;
  NameScope names;
  /// Functions of the text's beginning that are called.
  std::set<std::string> helpers;
};

/// Whether somebody stores to `memref`, a view of it included.
bool isWritten(Value memref);

/// Whether the host function `func` needs the batch as an argument.
bool usesBatch(func::FuncOp func);

/// Prints the body of one function.
class FunctionPrinter {
public:
  FunctionPrinter(TextContext &context, bool onDevice, std::string &out)
      : context(context), names(context.names), onDevice(onDevice), out(&out) {}

  /// Gives a value a name that nothing else in the function has.
  const std::string &declare(Value value, StringRef wanted);
  /// Keeps `name` from all values.
  void reserve(StringRef name) { names.choose(name); }
  std::string getType(Type type);
  /// "const float *__restrict__ x" for a memref, "int n" for a number.
  std::string getParameter(Value argument);

  LogicalResult printBlock(Block &block);
  void printLine(const Twine &text);
  void indent() { depth += 2; }
  void dedent() { depth -= 2; }

private:
  // Expressions.
  FailureOr<Expression> getExpression(Value value);
  FailureOr<Expression> buildExpression(OpResult result);
  FailureOr<Expression> buildArith(Operation *op);
  FailureOr<Expression> buildComparison(Operation *op);
  FailureOr<Expression> buildCast(Operation *op);
  FailureOr<Expression> buildVector(Operation *op);
  FailureOr<Expression> buildBinary(Operation *op, StringRef text,
                                    Binding binding);
  FailureOr<Expression> buildCall(StringRef function, ValueRange arguments,
                                  bool isHelper = false);
  FailureOr<Expression> buildDelinearize(OpResult result);
  FailureOr<Expression> buildLinearize(Operation *op);
  FailureOr<Expression> buildElement(Value memref, ValueRange indices);
  FailureOr<Expression> buildVectorElement(Value memref, ValueRange indices,
                                           bool isStored);
  FailureOr<std::string> buildConstant(TypedAttr value);

  // Statements.
  LogicalResult printOp(Operation *op);
  LogicalResult printDeclarations(Operation *op);
  LogicalResult printStore(Operation *op, Value memref, ValueRange indices,
                           Value value);
  LogicalResult printFor(scf::ForOp loop);
  LogicalResult printIf(scf::IfOp branch);
  LogicalResult printBranch(Block &block, ArrayRef<std::string> variables);
  LogicalResult printYield(Operation *yield, ArrayRef<std::string> variables);
  LogicalResult printAlloca(memref::AllocaOp alloca);
  LogicalResult printLaunch(gpu::LaunchFuncOp launch);
  LogicalResult printView(memref::ViewOp view);
  LogicalResult assign(StringRef variable, Value value);
  void shareVariables(Operation *yield, ArrayRef<std::string> variables);
  bool mayShare(Operation *op, StringRef variable);
  std::string getResultVariable(OpResult result, Value init);
  FailureOr<std::string> getText(Value value);

  TextContext &context;
  NameScope names;
  bool onDevice;
  std::string *out;
  unsigned depth = 0;
  Folding folding;
  llvm::DenseMap<Value, std::string> variables;
};

} // namespace mlir::bn::cuda

#endif // BN_LIB_TARGET_CUDA_CUDAPRINTER_H
