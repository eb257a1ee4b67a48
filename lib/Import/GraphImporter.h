//===- GraphImporter.h - From an ONNX graph to a function -------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_IMPORT_GRAPHIMPORTER_H
#define BN_LIB_IMPORT_GRAPHIMPORTER_H

#include "OpTable.h"
#include "TensorData.h"
#include "bn/Import/ImportOnnx.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringSet.h"

namespace mlir::bn {

/// The name of `node`, or of its first output when it has none.
StringRef getNodeName(const onnx::NodeProto &node);

/// One node that cannot be imported.
struct NodeFailure {
  Location location;
  std::string message;
};

/// Reports `failures` (at least one) as one error.
LogicalResult reportFailures(ArrayRef<NodeFailure> failures, Location file);

/// Builds the module for a model that passed every check and whose functions
/// are inlined. The data of its tensors moves into the module.
class GraphImporter {
public:
  GraphImporter(onnx::ModelProto &model, const OpTable &table,
                const ImportOptions &options,
                std::optional<int64_t> exampleBatch, Location file);

  FailureOr<OwningOpRef<ModuleOp>> run();

  Location getNamedLoc(StringRef name) const;

  // For NodeContext.

  int getOpset() const { return opset; }
  const ImportOptions &getOptions() const { return options; }
  /// The batch that the file has in place of the dynamic one that is read.
  std::optional<int64_t> getExampleBatch() const { return exampleBatch; }
  bool isUsed(StringRef name) const { return used.contains(name); }
  /// The integers that `name` stands for, or null.
  const IntegerTensor *getIntegers(StringRef name);
  /// The tensor that `name` stands for, or null and the reason.
  Value getTensor(StringRef name, std::string &reason);
  void define(StringRef name, Value value);
  void define(StringRef name, IntegerTensor integers);
  void alias(StringRef name, StringRef source);
  void noteTrainingMode(StringRef node, Location location);
  /// The next number of a stream of random numbers.
  int64_t takeStream() { return streams++; }

private:
  /// What a name of the graph stands for: an op's result, integers known now,
  /// or an initializer not used yet. All null: a node that failed.
  struct Meaning {
    Value value;
    std::optional<IntegerTensor> integers;
    onnx::TensorProto *initializer = nullptr;
  };

  void collectUses();
  func::FuncOp createFunction(ModuleOp module);
  void importNode(onnx::NodeProto &node, OpBuilder &builder);
  LogicalResult createReturn(func::FuncOp function, OpBuilder &builder);
  void warnOfTrainingMode();

  onnx::ModelProto &model;
  const OpTable &table;
  const ImportOptions &options;
  std::optional<int64_t> exampleBatch;
  Location file;
  int opset;
  llvm::StringMap<Meaning> meanings;
  llvm::StringSet<> used;
  /// Parameters stand at the function's start, in the order of their first use.
  OpBuilder parameterBuilder;
  int64_t streams = 0;
  SmallVector<NodeFailure> failures;
  SmallVector<std::pair<std::string, Location>> trainingNodes;
};

} // namespace mlir::bn

#endif // BN_LIB_IMPORT_GRAPHIMPORTER_H
