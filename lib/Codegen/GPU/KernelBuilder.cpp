//===- KernelBuilder.cpp - Kernels under construction ---------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelMapping.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::bn;

Location bn::getUnnamed(Location loc) {
  return FusedLoc::get(loc.getContext(), {loc},
                       StringAttr::get(loc.getContext(), "kernel"));
}

KernelBuilder::KernelBuilder(ModelMapping &model, StringRef name, Location loc,
                             ArrayRef<std::string> comment, int64_t threads)
    : code(builder, *this, getUnnamed(loc)), model(model),
      builder(model.getDevice().getContext()), loc(getUnnamed(loc)),
      threads(threads) {
  OpBuilder functions = OpBuilder::atBlockEnd(model.getDevice().getBody());
  kernel = gpu::GPUFuncOp::create(functions, loc, model.chooseName(name),
                                  functions.getFunctionType({}, {}));
  kernel->setAttr(gpu::GPUDialect::getKernelFuncAttrName(),
                  functions.getUnitAttr());
  kernel.setKnownBlockSizeAttr(
      functions.getDenseI32ArrayAttr({static_cast<int32_t>(threads), 1, 1}));
  SmallVector<StringRef> lines(comment.begin(), comment.end());
  kernel->setAttr("comment", functions.getStrArrayAttr(lines));
  builder.setInsertionPointToStart(&kernel.getBody().front());
}

Value KernelBuilder::getArgument(Value buffer) {
  Value &argument = arguments[buffer];
  if (argument)
    return argument;
  unsigned index = operands.size();
  // The host's name for it.
  StringRef name;
  if (auto named = dyn_cast<NameLoc>(buffer.getLoc()))
    name = named.getName();
  Location argumentLoc = name.empty() ? loc : code.named(name);
  LogicalResult inserted = kernel.insertArgument(index, buffer.getType(),
                                                 DictionaryAttr(), argumentLoc);
  assert(succeeded(inserted) && "a kernel's arguments are its own");
  static_cast<void>(inserted);
  operands.push_back(buffer);
  return argument = kernel.getArgument(index);
}

Value KernelBuilder::getBuffer(Value tensor) {
  if (Value local = locals.lookup(tensor))
    return local;
  if (Value buffer = model.getBuffer(tensor))
    return getArgument(buffer);
  if (!matchPattern(tensor, m_Constant()))
    return {};
  return getGlobal(model.getParameter(tensor),
                   cast<RankedTensorType>(tensor.getType()));
}

Value KernelBuilder::getGlobal(FlatSymbolRefAttr symbol,
                               RankedTensorType tensorType) {
  auto type =
      MemRefType::get(tensorType.getShape(), tensorType.getElementType());
  if (model.isEmbedded())
    return memref::GetGlobalOp::create(builder, loc, type, symbol.getValue());
  OpBuilder &host = model.getBuilder();
  Value global;
  for (Value operand : operands)
    if (auto found = operand.getDefiningOp<memref::GetGlobalOp>())
      if (found.getName() == symbol.getValue())
        global = operand;
  if (!global)
    global = memref::GetGlobalOp::create(
        host, NameLoc::get(symbol.getAttr(), model.getFunction().getLoc()),
        type, symbol.getValue());
  return getArgument(global);
}

std::pair<Value, Value> KernelBuilder::getStatistics(Operation *op) {
  auto [mean, spread] = model.getStatistics(op);
  return {mean ? getArgument(mean) : Value(), getArgument(spread)};
}

std::pair<Value, Value> KernelBuilder::getGradientMeans(Operation *op) {
  auto [mean, product] = model.getGradientMeans(op);
  return {mean ? getArgument(mean) : Value(), getArgument(product)};
}

void KernelBuilder::allowInPlace() {
  kernel->setAttr("in_place", builder.getUnitAttr());
}

Value KernelBuilder::getBatch() {
  Value batch = model.getBatch();
  bool isNew = !arguments.count(batch);
  Value argument = getArgument(batch);
  if (isNew)
    argument.setLoc(code.named("batch"));
  return argument;
}

Value KernelBuilder::addShared(ArrayRef<int64_t> shape, StringRef name) {
  auto type =
      MemRefType::get(shape, builder.getF32Type(), MemRefLayoutAttrInterface(),
                      gpu::AddressSpaceAttr::get(builder.getContext(),
                                                 gpu::AddressSpace::Workgroup));
  return kernel.addWorkgroupAttribution(type, code.named(name));
}

Value KernelBuilder::addScratch() { return addShared(kBlockSize, "scratch"); }

Value KernelBuilder::getBlock() {
  return gpu::BlockIdOp::create(builder, code.named("block"),
                                gpu::Dimension::x);
}

Value KernelBuilder::getThread() {
  return gpu::ThreadIdOp::create(builder, code.named("thread"),
                                 gpu::Dimension::x);
}

Value KernelBuilder::getPosition() {
  Value block = gpu::BlockIdOp::create(builder, loc, gpu::Dimension::x);
  Value thread = gpu::ThreadIdOp::create(builder, loc, gpu::Dimension::x);
  return arith::AddIOp::create(builder, code.named("i"),
                               code.mulIndex(block, kBlockSize), thread);
}

Value KernelBuilder::sumOverBlock(Value value, Value scratch) {
  auto call =
      func::CallOp::create(builder, code.named("total"), model.getBlockSum(),
                           ValueRange{value, scratch});
  return call.getResult(0);
}

void KernelBuilder::launch(Value blocks, int64_t layers) {
  builder.setInsertionPointToEnd(&kernel.getBody().front());
  gpu::ReturnOp::create(builder, loc);
  OpBuilder &host = model.getBuilder();
  Location hostLoc = getUnnamed(model.getFunction().getLoc());
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(host, hostLoc, value);
  };
  auto symbol = SymbolRefAttr::get(
      model.getDevice().getSymNameAttr(),
      {FlatSymbolRefAttr::get(kernel.getContext(), kernel.getName())});
  gpu::LaunchFuncOp::create(
      host, loc, symbol, gpu::KernelDim3{blocks, constant(layers), constant(1)},
      gpu::KernelDim3{constant(threads), constant(1), constant(1)},
      /*dynamicSharedMemorySize=*/Value(), operands, model.getStream());
}

void KernelBuilder::launchThreads(Value threads) {
  OpBuilder &host = model.getBuilder();
  Location hostLoc = getUnnamed(model.getFunction().getLoc());
  Value size = arith::ConstantIndexOp::create(host, hostLoc, kBlockSize);
  launch(host.createOrFold<arith::CeilDivUIOp>(hostLoc, threads, size));
}

std::pair<int64_t, bool> bn::countValues(ArrayRef<int64_t> shape) {
  int64_t count = 1;
  bool overBatch = false;
  for (int64_t extent : shape) {
    overBatch |= ShapedType::isDynamic(extent);
    count *= ShapedType::isDynamic(extent) ? 1 : extent;
  }
  return {count, overBatch};
}

Value ModelMapping::getCount(ArrayRef<int64_t> shape) {
  Location loc = getUnnamed(func.getLoc());
  auto [count, overBatch] = countValues(shape);
  Value values = arith::ConstantIndexOp::create(builder, loc, count);
  if (!overBatch)
    return values;
  return builder.createOrFold<arith::MulIOp>(loc, getBatch(), values);
}

std::string bn::getKernelName(ArrayRef<Operation *> ops) {
  if (ops.empty())
    return "copy";
  auto product = llvm::find_if(ops, [](Operation *op) {
    return isa<ConvOp, LinearOp, ConvInputGradientOp>(op);
  });
  StringRef first = getNodeName(product == ops.end() ? ops.front() : *product);
  StringRef last = getNodeName(ops.back());
  bool isGradient = llvm::any_of(ops, [](Operation *op) {
    return op->getName().stripDialect().ends_with("_gradient");
  });
  return (first == last ? first.str() : (first + "_" + last).str()) +
         (isGradient ? "_gradient" : "");
}
