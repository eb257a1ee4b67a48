//===- NodeContext.h - What a handler sees of one ONNX node -----*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_IMPORT_NODECONTEXT_H
#define BN_LIB_IMPORT_NODECONTEXT_H

#include "OpTable.h"
#include "TensorData.h"
#include "bn/Import/ImportOnnx.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"

namespace mlir::bn {

class GraphImporter;

/// The file keeps 1e-05 as the nearest float. Its shortest decimal is what the
/// author wrote, and in double differs from 1e-05 no more.
double getShortestDecimal(float value);

/// One node while it is imported. Attributes are of the types that the node's
/// schema says: ONNX's checker has seen it.
class NodeContext {
public:
  NodeContext(GraphImporter &importer, onnx::NodeProto &node, Location location,
              OpBuilder &builder)
      : builder(builder), importer(importer), node(node), location(location) {}

  /// Records why the node cannot be imported, without its name.
  LogicalResult fail(const Twine &why);
  StringRef getFailure() const { return why; }

  Location getLoc() const { return location; }
  StringRef getName() const;
  int getOpset() const;
  const ImportOptions &getOptions() const;
  /// Whether `extent` may be that of an example batch, which exporters write
  /// into shapes, where a dynamic batch is read.
  bool isExampleBatch(int64_t extent) const;
  /// Records that this node normalizes by the batch because the file says so.
  void noteTrainingMode();
  /// A number for this node's stream of random numbers, as no other node's.
  int64_t takeStream();

  //===--------------------------------------------------------------------===//
  // Inputs and outputs
  //===--------------------------------------------------------------------===//

  size_t getInputCount() const { return node.input_size(); }
  bool hasInput(unsigned index) const {
    return index < getInputCount() && !node.input(index).empty();
  }
  bool hasOutput(unsigned index) const {
    return index < getOutputCount() && !node.output(index).empty();
  }
  /// Whether output `index` is there, and read by a node or the graph's output.
  bool isOutputUsed(unsigned index) const;
  size_t getOutputCount() const { return node.output_size(); }

  bool isInteger(unsigned index) const;
  /// The tensor of floats at input `index`. Constant integers become one of
  /// `integersAs` when that is given.
  FailureOr<TypedValue<RankedTensorType>> getTensor(unsigned index,
                                                    Type integersAs = {});
  /// The integers, known now, at input `index`.
  FailureOr<IntegerTensor> getIntegers(unsigned index);
  /// The same, all constant: `what` names them in the message.
  FailureOr<SmallVector<int64_t>> getConstants(unsigned index, StringRef what);

  void setOutput(unsigned index, Value value);
  void setOutput(unsigned index, IntegerTensor integers);
  /// Makes output 0 another name of input 0.
  LogicalResult forwardInput();

  //===--------------------------------------------------------------------===//
  // Attributes
  //===--------------------------------------------------------------------===//

  onnx::AttributeProto *getAttribute(StringRef name) const;
  int64_t getInt(StringRef name, int64_t byDefault) const;
  /// As the shortest decimal that the file's float stands for.
  double getFloat(StringRef name, float byDefault) const;
  StringRef getString(StringRef name, StringRef byDefault) const;
  std::optional<SmallVector<int64_t>> getInts(StringRef name) const;

  //===--------------------------------------------------------------------===//
  // Building
  //===--------------------------------------------------------------------===//

  /// Builds an op of type `OpTy` and verifies it; what its type inference or
  /// verifier says becomes the node's failure. The type of the result is
  /// `type`, or inferred when null.
  template <typename OpTy>
  FailureOr<OpTy> create(ValueRange operands,
                         ArrayRef<NamedAttribute> attributes = {},
                         RankedTensorType type = {}, unsigned results = 1) {
    Operation *op = createOperation(OpTy::getOperationName(), operands,
                                    attributes, type, results);
    if (!op)
      return failure();
    return cast<OpTy>(op);
  }

  /// `create`, with its result as output 0.
  template <typename OpTy>
  LogicalResult replaceWith(ValueRange operands,
                            ArrayRef<NamedAttribute> attributes = {},
                            RankedTensorType type = {}) {
    FailureOr<OpTy> op = create<OpTy>(operands, attributes, type);
    if (succeeded(op))
      setOutput(0, op->getResult());
    return success(succeeded(op));
  }

  /// A constant of `shape` filled with `value`.
  Value createSplat(double value, Type elementType,
                    ArrayRef<int64_t> shape = {});
  /// A constant from an attribute tensor, which it takes.
  Value createConstant(onnx::TensorProto &tensor);
  /// `value` in another shape; `value` itself when it is the same.
  FailureOr<Value> createReshape(Value value, ArrayRef<int64_t> shape);

  NamedAttribute getAttr(StringRef name, Attribute value) {
    return builder.getNamedAttr(name, value);
  }
  NamedAttribute getI64Array(StringRef name, ArrayRef<int64_t> values) {
    return builder.getNamedAttr(name, builder.getDenseI64ArrayAttr(values));
  }

  /// Brings `axis` into 0 .. rank - 1; records a failure if it is outside.
  FailureOr<int64_t> normalizeAxis(int64_t axis, int64_t rank);

  OpBuilder &builder;

private:
  Operation *createOperation(StringRef name, ValueRange operands,
                             ArrayRef<NamedAttribute> attributes,
                             RankedTensorType type, unsigned results);

  GraphImporter &importer;
  onnx::NodeProto &node;
  Location location;
  std::string why;
};

} // namespace mlir::bn

#endif // BN_LIB_IMPORT_NODECONTEXT_H
