//===- ModelMapping.h - A model on its way to the GPU -----------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_CODEGEN_GPU_MODELMAPPING_H
#define BN_LIB_CODEGEN_GPU_MODELMAPPING_H

#include "ElementBuilder.h"

#include "bn/Plan/StoredTensors.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringMap.h"

#include <functional>

namespace mlir::bn {

/// Where the code made of what is at `loc` stands. Names of values are
/// locations with a name, so that others must not be.
Location getUnnamed(Location loc);

/// Threads of a block.
constexpr int64_t kBlockSize = 256;

/// Which kernels compute products.
enum class ProductKernels { automatic, direct, tiled };

/// How many kernels a model becomes.
enum class NetworkKernels { automatic, several, single };

/// How a model is mapped.
struct MappingOptions {
  /// Parameters are constants of the device.
  bool embedded = false;
  ProductKernels products = ProductKernels::automatic;
  NetworkKernels network = NetworkKernels::automatic;
};

/// The function that launches a model's kernels, and where its tensors are.
class ModelMapping {
public:
  /// Kernels go into `device`; parameters too if they are embedded.
  ModelMapping(func::FuncOp func, gpu::GPUModuleOp device,
               const MappingOptions &options)
      : func(func), device(device), builder(func.getContext()),
        options(options) {
    for (StringRef taken :
         {func.getName(), device.getName(), StringRef("blockSum")})
      names[taken] = 1;
  }

  /// Builds the launches at the end of `body`, whose arguments are those of
  /// generated code, for `plan`. Returns the number of kernels.
  unsigned build(Block &body, ArrayRef<StoredTensor> plan);

  /// The buffer with `tensor` outside of kernels; null if it is not stored.
  Value getBuffer(Value tensor) { return buffers.lookup(tensor); }
  std::pair<Value, Value> getStatistics(Operation *op) {
    return statistics.lookup(op);
  }
  std::pair<Value, Value> getGradientMeans(Operation *op) {
    return gradientMeans.lookup(op);
  }
  /// A buffer for what lies between two kernels.
  Value allocate(ArrayRef<int64_t> shape, const Twine &name,
                 Type element = Type());
  /// The symbol of the global with the values of `constant`.
  FlatSymbolRefAttr getParameter(Value constant);
  /// The same for values of the compiler's own, which are to be called `name`.
  FlatSymbolRefAttr getParameter(ElementsAttr elements, StringRef name,
                                 Location loc);
  bool isEmbedded() const { return options.embedded; }

  func::FuncOp getFunction() { return func; }
  gpu::GPUModuleOp getDevice() { return device; }
  OpBuilder &getBuilder() { return builder; }
  Value getBatch();
  /// The number of values of `shape`, outside of kernels.
  Value getCount(ArrayRef<int64_t> shape);
  Value getStream() { return stream; }
  /// A function that adds a value of each thread of a block.
  func::FuncOp getBlockSum();
  /// A name that no other symbol of the device has.
  std::string chooseName(StringRef wanted);

private:
  void buildKernel(const StoredTensor &stored);
  void buildExpression(Value tensor, Value buffer);
  void buildStatistics(Operation *op);
  void buildSampleNormGradient(Operation *op);
  void buildWhole(const StoredTensor &stored);
  /// The output that `tensor` is, or else a new buffer.
  Value place(Value tensor, ArrayRef<int64_t> shape, const Twine &name);

  func::FuncOp func;
  gpu::GPUModuleOp device;
  OpBuilder builder;
  MappingOptions options;
  Value batch, stream;
  /// Where tensors are that are there, and the outputs that others will be.
  llvm::DenseMap<Value, Value> buffers, results;
  llvm::DenseMap<Operation *, std::pair<Value, Value>> statistics,
      gradientMeans;
  llvm::DenseMap<Attribute, FlatSymbolRefAttr> parameters;
  func::FuncOp blockSum;
  llvm::StringMap<unsigned> names;
};

/// One kernel under construction. What it reads becomes an argument when it is
/// asked for.
class KernelBuilder : public ElementSource {
public:
  KernelBuilder(ModelMapping &model, StringRef name, Location loc,
                ArrayRef<std::string> comment, int64_t threads = kBlockSize);

  Value getBuffer(Value tensor) override;
  std::pair<Value, Value> getStatistics(Operation *op) override;
  std::pair<Value, Value> getGradientMeans(Operation *op) override;
  Value getBatch() override;
  Value getComputed(Value tensor, ArrayRef<Value> point) override {
    return computed ? computed(tensor, point) : Value();
  }

  /// The global `symbol` with values of `type`.
  Value getGlobal(FlatSymbolRefAttr symbol, RankedTensorType type);
  /// The argument for `buffer`, one of the host's.
  Value getArgument(Value buffer);
  /// Shared memory for one value of each thread.
  Value addScratch();
  /// Memory that the threads of a block share.
  Value addShared(ArrayRef<int64_t> shape, StringRef name);
  /// Number of the thread among those of all blocks.
  Value getPosition();
  /// Number of the block, and of the thread in it.
  Value getBlock();
  Value getThread();
  /// The sum of `value` over all threads of the block.
  Value sumOverBlock(Value value, Value scratch);

  /// Buffers that are written may be those that are read, at the same place.
  void allowInPlace();

  /// Ends the kernel, and launches it on `blocks` blocks, `layers` times as
  /// many if there are several along the second axis.
  void launch(Value blocks, int64_t layers = 1);
  /// The same, on as many blocks as have `threads` threads.
  void launchThreads(Value threads);

  ElementBuilder code;
  /// Where tensors are that only this kernel has in memory.
  llvm::DenseMap<Value, Value> locals;
  /// What `getComputed` asks.
  std::function<Value(Value, ArrayRef<Value>)> computed;

private:
  ModelMapping &model;
  gpu::GPUFuncOp kernel;
  OpBuilder builder;
  Location loc;
  int64_t threads;
  SmallVector<Value> operands;
  llvm::DenseMap<Value, Value> arguments;
};

/// "conv1_pool1": the product or the first of `ops`, and the last.
std::string getKernelName(ArrayRef<Operation *> ops);

/// One thread for each value of `tensor`, which is stored in `buffer`.
void buildElementwiseKernel(ModelMapping &model, Value tensor, Value buffer);

/// One kernel for all `vectors`, tensors of rank 1 and the buffers they go to.
void buildVectorKernel(ModelMapping &model,
                       ArrayRef<std::pair<Value, Value>> vectors);

/// One block for each value of the result of `op`, a sum or mean.
void buildReductionKernel(ModelMapping &model, Operation *op, Value buffer);

/// One block for each pair of statistics that the norm `op` needs. The buffers
/// get the means, unless it is null, and the inverse deviations, but of
/// `bn.batch_norm_training` the variances.
void buildStatisticsKernel(ModelMapping &model, Operation *op, Value mean,
                           Value spread);

/// One block for each sample and group of the gradient `op` of a norm of
/// samples. The buffers get the mean of the input, its inverse deviation, and
/// the means of h and h * x^; those of means are null for `root_mean_square`.
void buildSampleNormGradientKernel(ModelMapping &model, Operation *op,
                                   ArrayRef<Value> buffers);

/// Computes the results of `op` that are sums over the batch, into `buffers`:
/// sums of a fixed number of parts of the batch, and then in a second kernel of
/// those, in a fixed order.
void buildBatchSumKernels(ModelMapping &model, Operation *op,
                          ArrayRef<Value> buffers);

/// Loss, hits and gradient of the loss `op`, by one block.
void buildLossKernel(ModelMapping &model, Operation *op,
                     ArrayRef<Value> buffers);

/// A step of the optimizer for all parameters, one thread for each value.
void buildUpdateKernel(ModelMapping &model, Operation *op,
                       ArrayRef<Value> buffers);

/// The shape of the statistics of the norm `op`, or gradient of a norm.
SmallVector<int64_t> getStatisticsShape(Operation *op);

/// `text` without what would end a comment, or go on with it.
std::string forComment(StringRef text);

/// Lines about `ops` for a kernel's comment: the node's name, and its formula.
SmallVector<std::string> describeOps(ArrayRef<Operation *> ops);

/// The node's name, or that of the op where there is none.
StringRef getNodeName(Operation *op);

} // namespace mlir::bn

#endif // BN_LIB_CODEGEN_GPU_MODELMAPPING_H
