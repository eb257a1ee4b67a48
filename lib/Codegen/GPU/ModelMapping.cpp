//===- ModelMapping.cpp - A model on its way to the GPU -------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NetworkKernel.h"
#include "TiledProduct.h"

#include "bn/Dialect/BN/IR/Parameters.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::bn;

StringRef bn::getNodeName(Operation *op) {
  StringRef name = getSourceName(op->getLoc());
  return name.empty() ? op->getName().stripDialect() : name;
}

/// The identifier that `name` becomes as a symbol.
static std::string makeSymbol(StringRef name) {
  std::string symbol;
  for (char c : name)
    symbol += llvm::isAlnum(c) ? c : '_';
  return symbol;
}

std::string ModelMapping::chooseName(StringRef wanted) {
  std::string base = makeSymbol(wanted);
  unsigned count = ++names[base];
  if (count == 1)
    return base;
  return chooseName(base + "_" + std::to_string(count));
}

//===----------------------------------------------------------------------===//
// Buffers
//===----------------------------------------------------------------------===//

Value ModelMapping::getBatch() {
  if (batch)
    return batch;
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(stream.getParentBlock());
  for (Value argument : stream.getParentBlock()->getArguments().drop_back(2)) {
    auto type = cast<MemRefType>(argument.getType());
    if (type.getRank() > 0 && type.isDynamicDim(0))
      return batch = memref::DimOp::create(builder, func.getLoc(), argument, 0);
  }
  llvm_unreachable("a dynamic extent is that of an argument");
}

Value ModelMapping::place(Value tensor, ArrayRef<int64_t> shape,
                          const Twine &name) {
  if (Value output = results.lookup(tensor))
    return output;
  return allocate(shape, name, tensor ? getElementTypeOrSelf(tensor) : Type());
}

Value ModelMapping::allocate(ArrayRef<int64_t> shape, const Twine &name,
                             Type element) {
  auto type = MemRefType::get(shape, element ? element : builder.getF32Type());
  SmallVector<Value> sizes;
  if (!type.hasStaticShape())
    sizes.push_back(getBatch());
  Location loc = NameLoc::get(builder.getStringAttr(makeSymbol(name.str())),
                              func.getLoc());
  return memref::AllocOp::create(builder, loc, type, sizes);
}

FlatSymbolRefAttr ModelMapping::getParameter(Value constant) {
  ElementsAttr elements = getConstantElements(constant);
  StringRef name = getSourceName(constant.getLoc());
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(elements))
    name = resource.getRawHandle().getKey();
  return getParameter(elements, name, constant.getLoc());
}

FlatSymbolRefAttr ModelMapping::getParameter(ElementsAttr elements,
                                             StringRef name, Location loc) {
  FlatSymbolRefAttr &symbol = parameters[elements];
  if (symbol)
    return symbol;
  std::string unique = chooseName(name.empty() ? "parameter" : name);
  auto tensor = cast<RankedTensorType>(elements.getType());
  Operation *parent =
      isEmbedded() ? device.getOperation() : func->getParentOp();
  OpBuilder global(parent->getContext());
  if (isEmbedded())
    global.setInsertionPointToStart(device.getBody());
  else
    global.setInsertionPoint(device);
  // In the order of execution, which is that of the calls.
  Block *block = global.getInsertionBlock();
  for (Operation &op : *block)
    if (isa<memref::GlobalOp>(op))
      global.setInsertionPointAfter(&op);
  memref::GlobalOp::create(
      global, loc, unique, global.getStringAttr("private"),
      MemRefType::get(tensor.getShape(), tensor.getElementType()), elements,
      /*constant=*/true, /*alignment=*/IntegerAttr());
  return symbol = FlatSymbolRefAttr::get(func.getContext(), unique);
}

//===----------------------------------------------------------------------===//
// Launches
//===----------------------------------------------------------------------===//

void ModelMapping::buildStatistics(Operation *op) {
  SmallVector<int64_t> shape = getStatisticsShape(op);
  StringRef name = getNodeName(op);
  if (auto norm = dyn_cast<BatchNormTrainingOp>(op)) {
    Value mean = place(norm.getBatchMean(), shape, name + "_mean");
    Value variance = place(norm.getBatchVariance(), shape, name + "_variance");
    buildStatisticsKernel(*this, op, mean, variance);
    buffers[norm.getBatchMean()] = mean;
    buffers[norm.getBatchVariance()] = variance;
    return;
  }
  if (isa<GroupNormGradientOp, LayerNormGradientOp>(op))
    return buildSampleNormGradient(op);
  auto layer = dyn_cast<LayerNormOp>(op);
  Value mean;
  if (!layer || !layer.getRootMeanSquare())
    mean = place(Value(), shape, name + "_mean");
  Value inverse = place(Value(), shape, name + "_inverse");
  buildStatisticsKernel(*this, op, mean, inverse);
  statistics[op] = {mean, inverse};
}

void ModelMapping::buildSampleNormGradient(Operation *op) {
  SmallVector<int64_t> shape = getStatisticsShape(op);
  StringRef name = getNodeName(op);
  SmallVector<Value> values(4);
  static constexpr StringLiteral roles[] = {"mean", "inverse", "mean_gradient",
                                            "mean_product"};
  for (auto [i, role] : llvm::enumerate(roles))
    if (i % 2 == 1 || !op->hasAttr("root_mean_square"))
      values[i] = allocate(shape, name + "_" + role);
  buildSampleNormGradientKernel(*this, op, values);
  statistics[op] = {values[0], values[1]};
  gradientMeans[op] = {values[2], values[3]};
}

/// Kernels that compute several results at once.
void ModelMapping::buildWhole(const StoredTensor &stored) {
  Operation *op = stored.op;
  SmallVector<Value> values = getStoredValues(stored), targets;
  for (Value value : values)
    targets.push_back(place(value,
                            cast<RankedTensorType>(value.getType()).getShape(),
                            getNodeName(op)));
  if (stored.kind == StoredTensor::batchSums)
    buildBatchSumKernels(*this, op, targets);
  else if (stored.kind == StoredTensor::loss)
    buildLossKernel(*this, op, targets);
  else
    buildUpdateKernel(*this, op, targets);
  for (auto [value, target] : llvm::zip_equal(values, targets))
    buffers[value] = target;
}

/// One thread for each value, or tiles of a product.
void ModelMapping::buildExpression(Value tensor, Value buffer) {
  std::optional<TiledProduct> product =
      findTiledProduct(tensor, [&](Value operand) -> bool {
        return getBuffer(operand) != nullptr;
      });
  std::optional<ProductTile> tile;
  if (product)
    tile = chooseTile(*product, options.products);
  if (tile)
    buildTiledKernel(*this, *product, *tile, tensor, buffer);
  else
    buildElementwiseKernel(*this, tensor, buffer);
}

void ModelMapping::buildKernel(const StoredTensor &stored) {
  if (stored.kind == StoredTensor::statistics)
    return buildStatistics(stored.op);
  if (!stored.tensor)
    return buildWhole(stored);
  auto type = cast<RankedTensorType>(stored.tensor.getType());
  Value buffer = place(stored.tensor, type.getShape(), getNodeName(stored.op));
  if (stored.kind == StoredTensor::reduction)
    buildReductionKernel(*this, stored.op, buffer);
  else
    buildExpression(stored.tensor, buffer);
  // Only now: before, it is what the kernel computes.
  buffers[stored.tensor] = buffer;
}

/// Vectors of one kernel, whose arguments are limited.
static constexpr size_t kMostVectors = 64;

static bool isVector(Value tensor) {
  auto type = cast<RankedTensorType>(tensor.getType());
  return type.getRank() == 1 && type.hasStaticShape();
}

unsigned ModelMapping::build(Block &body, ArrayRef<StoredTensor> plan) {
  Block &graph = func.getBody().front();
  stream = body.getArguments().back();
  builder.setInsertionPointToEnd(&body);
  for (auto [input, buffer] :
       llvm::zip(graph.getArguments(), body.getArguments()))
    buffers[input] = buffer;

  // Who computes a result writes it where the caller wants it; what is a result
  // twice, or an input, is copied at the end.
  auto outputs = body.getArguments().drop_front(graph.getNumArguments());
  SmallVector<std::pair<Value, Value>> copies;
  llvm::DenseSet<Value> computed;
  for (const StoredTensor &stored : plan)
    for (Value value : getStoredValues(stored))
      computed.insert(value);
  for (auto [result, output] :
       llvm::zip(graph.getTerminator()->getOperands(), outputs)) {
    if (computed.contains(result) && results.insert({result, output}).second)
      continue;
    copies.push_back({result, output});
  }
  unsigned count = 0;
  SmallVector<std::pair<Value, Value>> vectors;
  if (auto network = planNetwork(func, plan, options.network)) {
    buildNetworkKernel(*this, *network, results);
    buffers.insert(results.begin(), results.end());
    ++count;
  } else {
    for (const StoredTensor &stored : plan) {
      // Vectors that nobody else reads have one kernel in the end.
      if (stored.kind == StoredTensor::elementwise && isVector(stored.tensor) &&
          stored.tensor.hasOneUse() && results.count(stored.tensor)) {
        vectors.push_back({stored.tensor, results[stored.tensor]});
        continue;
      }
      buildKernel(stored);
      ++count;
    }
  }
  for (auto [result, output] : copies) {
    if (isVector(result)) {
      vectors.push_back({result, output});
      continue;
    }
    buildElementwiseKernel(*this, result, output);
    ++count;
  }
  for (ArrayRef<std::pair<Value, Value>> rest = vectors; !rest.empty();
       rest = rest.drop_front(std::min(rest.size(), kMostVectors))) {
    buildVectorKernel(*this, rest.take_front(kMostVectors));
    ++count;
  }
  func::ReturnOp::create(builder, func.getLoc());
  return count;
}

//===----------------------------------------------------------------------===//
// Functions of the device
//===----------------------------------------------------------------------===//

func::FuncOp ModelMapping::getBlockSum() {
  if (blockSum)
    return blockSum;
  MLIRContext *context = func.getContext();
  OpBuilder functions = OpBuilder::atBlockEnd(device.getBody());
  Location loc = UnknownLoc::get(context);
  auto named = [&](StringRef name) {
    return NameLoc::get(functions.getStringAttr(name), loc);
  };
  Type f32 = functions.getF32Type();
  auto scratchType = MemRefType::get(
      kBlockSize, f32, MemRefLayoutAttrInterface(),
      gpu::AddressSpaceAttr::get(context, gpu::AddressSpace::Workgroup));
  blockSum = func::FuncOp::create(
      functions, loc, "blockSum",
      functions.getFunctionType({f32, scratchType}, {f32}));
  blockSum.setPrivate();
  blockSum->setAttr("comment",
                    functions.getStrArrayAttr(
                        {"The sum of a value of each of the block's " +
                             std::to_string(kBlockSize) + " threads,",
                         "for all of them, always in the same order."}));
  Block *body = blockSum.addEntryBlock();
  Value value = body->getArgument(0), scratch = body->getArgument(1);
  value.setLoc(named("value"));
  scratch.setLoc(named("scratch"));
  OpBuilder b = OpBuilder::atBlockEnd(body);
  auto constant = [&](int64_t number) -> Value {
    return arith::ConstantIndexOp::create(b, loc, number);
  };
  Value thread = gpu::ThreadIdOp::create(b, named("thread"), gpu::Dimension::x);
  memref::StoreOp::create(b, loc, value, scratch, thread);
  gpu::BarrierOp::create(b, loc);
  auto loop = scf::ForOp::create(
      b, loc, constant(0), constant(llvm::Log2_64(kBlockSize)), constant(1));
  loop.getInductionVar().setLoc(named("step"));
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value half = arith::ShRUIOp::create(
        b, named("half"), constant(kBlockSize / 2), loop.getInductionVar());
    Value isLower =
        arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, thread, half);
    auto branch = scf::IfOp::create(b, loc, isLower, /*withElseRegion=*/false);
    OpBuilder add = OpBuilder::atBlockBegin(branch.thenBlock());
    Value other = arith::AddIOp::create(add, loc, thread, half);
    Value sum = arith::AddFOp::create(
        add, loc, memref::LoadOp::create(add, loc, scratch, thread),
        memref::LoadOp::create(add, loc, scratch, other));
    memref::StoreOp::create(add, loc, sum, scratch, thread);
    gpu::BarrierOp::create(b, loc);
  }
  Value total = memref::LoadOp::create(b, named("total"), scratch, constant(0));
  // The next sum may begin.
  gpu::BarrierOp::create(b, loc);
  func::ReturnOp::create(b, loc, total);
  return blockSum;
}
