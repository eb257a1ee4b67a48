//===- GraphExporter.h - From a function to an ONNX graph -------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_EXPORT_GRAPHEXPORTER_H
#define BN_LIB_EXPORT_GRAPHEXPORTER_H

#include "bn/Dialect/BN/IR/BN.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "onnx/onnx_pb.h"
#include "llvm/ADT/StringSet.h"

namespace mlir::bn {

/// Builds an ONNX graph op by op. Functions that add a node return the name of
/// its (first) result.
class GraphExporter {
public:
  explicit GraphExporter(onnx::GraphProto &graph) : graph(graph) {}

  LogicalResult exportFunction(func::FuncOp function);

  //===--------------------------------------------------------------------===//
  // For the families
  //===--------------------------------------------------------------------===//

  /// The name under which `value` is known in the graph.
  std::string getName(Value value) const { return names.lookup(value); }

  /// Gives `result` of `op` its name, unless it is an output of the graph and
  /// has it already.
  std::string addResultName(Operation *op, Value result);

  /// Adds the node that stands for `op`: named by its location, with `inputs`,
  /// and result 0 of `op` as output.
  onnx::NodeProto &addNode(Operation *op, StringRef type,
                           ArrayRef<std::string> inputs);

  /// Adds a node before or after that of `op`, with a result of its own.
  onnx::NodeProto &addHelper(Operation *op, StringRef type,
                             ArrayRef<std::string> inputs);

  /// Adds `tensor` as an initializer, the `what` of `op`.
  std::string addInitializer(Operation *op, StringRef what,
                             onnx::TensorProto tensor);

  /// Adds an initializer of integers, the `what` of `op`.
  std::string addIntegers(Operation *op, ArrayRef<int64_t> values,
                          StringRef what = "shape");

  /// A vector of one value per channel as a tensor that broadcasts against
  /// channels on `axis` of a tensor of `rank`.
  std::string addChannelTensor(Operation *op, Value vector, int64_t axis,
                               int64_t rank);

  /// The name of `value` with channels as axis 1, transposed if `layout` has
  /// them last.
  std::string getChannelsFirst(Operation *op, Value value, Layout layout);

  /// Makes result 0 of `op`, which `node` yields with channels as axis 1, what
  /// `layout` says.
  void restoreLayout(Operation *op, onnx::NodeProto &node, Layout layout);

  /// The version of ONNX's op set that the model is written in.
  int getOpset() const { return opset; }

  /// Begins an error about `op`.
  static InFlightDiagnostic emitError(Operation *op);

  static void setInt(onnx::NodeProto &node, StringRef name, int64_t value);
  static void setFloat(onnx::NodeProto &node, StringRef name, double value);
  static void setInts(onnx::NodeProto &node, StringRef name,
                      ArrayRef<int64_t> values);

private:
  /// `hint`, or `hint` with a number, as no other of `names`.
  static std::string makeUnique(StringRef hint, llvm::StringSet<> &names);
  std::string makeUnique(StringRef hint) { return makeUnique(hint, taken); }
  void addValueInfo(onnx::ValueInfoProto &info, StringRef name, Type type);
  LogicalResult exportConstant(Operation *op, ElementsAttr value);
  LogicalResult exportOp(Operation *op);
  LogicalResult nameResults(func::FuncOp function, Operation *terminator);

  onnx::GraphProto &graph;
  llvm::DenseMap<Value, std::string> names;
  /// Names of tensors, and of nodes: ONNX Runtime wants both unique.
  llvm::StringSet<> taken, takenByNodes;
  int opset = 17;
};

// The families, each in a file of its own. None: not an op of the family.
std::optional<LogicalResult> exportProduct(GraphExporter &, Operation *);
std::optional<LogicalResult> exportNormalization(GraphExporter &, Operation *);
std::optional<LogicalResult> exportSampleNorm(GraphExporter &, Operation *);
std::optional<LogicalResult> exportDropout(GraphExporter &, Operation *);
std::optional<LogicalResult> exportPool(GraphExporter &, Operation *);
std::optional<LogicalResult> exportElementwise(GraphExporter &, Operation *);
std::optional<LogicalResult> exportShape(GraphExporter &, Operation *);

/// The op set that brought the node which `op`, a normalization within a
/// sample, is written as; 0 if that is in all that are written.
int getSampleNormOpset(Operation *op);

} // namespace mlir::bn

#endif // BN_LIB_EXPORT_GRAPHEXPORTER_H
