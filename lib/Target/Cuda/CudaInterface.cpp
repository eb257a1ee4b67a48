//===- CudaInterface.cpp - The C interface of a model in the text ---------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CudaTexts.h"

#include "bn/Dialect/BN/IR/BN.h"
#include "bn/Runtime/Abi.h"
#include "bn/Target/Object/CHeader.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::bn;
using namespace mlir::bn::cuda;

std::string
cuda::substitute(StringRef text,
                 ArrayRef<std::pair<StringRef, std::string>> values) {
  std::string result = text.str();
  for (auto &[name, value] : values) {
    std::string key = "$" + name.str();
    for (size_t at = result.find(key); at != std::string::npos;
         at = result.find(key, at + value.size()))
      result.replace(at, key.size(), value);
  }
  return result;
}

/// Values of one row of the batch, or of all where there is none.
static int64_t countValues(MemRefType type) {
  int64_t count = 1;
  for (int64_t extent : type.getShape())
    count *= ShapedType::isDynamic(extent) ? 1 : extent;
  return count;
}

/// "{fixed bytes, bytes per row}" of a tensor.
static std::string getSizeText(MemRefType type) {
  int64_t bytes = countValues(type) * (type.getElementTypeBitWidth() / 8);
  bool perRow = !type.hasStaticShape();
  return "{" + std::to_string(perRow ? 0 : bytes) + ", " +
         std::to_string(perRow ? bytes : 0) + "}";
}

/// The largest batch whose tensors have no more values than an int can count.
static int64_t getMaximumBatch(func::FuncOp function) {
  int64_t most = 1;
  function.walk([&](Operation *op) {
    for (Value value : op->getOperands())
      if (auto type = dyn_cast<MemRefType>(value.getType()))
        if (!type.hasStaticShape() && type.getElementTypeBitWidth() > 8)
          most = std::max(most, countValues(type));
  });
  // A block's loop over them goes one step of 256 threads beyond.
  return (std::numeric_limits<int32_t>::max() - 256) / most;
}

StringRef cuda::getElementType(MemRefType type) {
  Type element = type.getElementType();
  return element.isF32() ? "float" : element.isF64() ? "double" : "int64_t";
}

//===----------------------------------------------------------------------===//
// Memory and copies
//===----------------------------------------------------------------------===//

static constexpr StringLiteral sessionText = R"(
constexpr int kInputCount = $inputs;
constexpr int kTensorCount = $tensors;

/// Bytes of a tensor: of all of it, or of each row of the batch.
struct Size {
  int64_t fixed;
  int64_t perRow;
  size_t of(int64_t batch) const {
    return static_cast<size_t>(fixed + batch * perRow);
  }
};
/// Of the inputs, the outputs and the workspace.
constexpr Size kSizes[kTensorCount + 1] = {$sizes};

/// Smallest and largest batch. Indices in kernels are of type int.
constexpr int64_t kMinimumBatch = $minimum;
constexpr int64_t kMaximumBatch = $maximum;

/// What the model has on the device. It is kept from one call to the next, of
/// which one runs at a time.
struct Session {
  std::mutex mutex;
  cudaStream_t stream = nullptr;
  /// Rows that there is memory for.
  int64_t capacity = 0;
  /// The inputs, the outputs and the workspace.
  void *tensors[kTensorCount + 1] = {};
  /// All launches of a call with `graphBatch` rows.
  cudaGraphExec_t graph = nullptr;
  int64_t graphBatch = 0;

  bool reserve(int64_t batch);
  bool capture(int64_t batch);
  bool run(const void *const *inputs, void *const *outputs, int64_t batch);
};

Session session;

/// Allocates memory for `batch` rows if there is less.
bool Session::reserve(int64_t batch) {
  if (stream == nullptr &&
      !check(cudaStreamCreate(&stream), "no usable NVIDIA GPU"))
    return false;
$load  if (batch <= capacity)
    return true;
  capacity = 0;
  graphBatch = 0;
  for (int i = 0; i <= kTensorCount; ++i) {
    if (tensors[i] != nullptr && !check(cudaFree(tensors[i]), "cudaFree"))
      return false;
    tensors[i] = nullptr;
    const size_t bytes = kSizes[i].of(batch);
    if (bytes > 0 &&
        !check(cudaMalloc(&tensors[i], bytes), "memory for the tensors"))
      return false;
  }
  capacity = batch;
  return true;
}

/// Records the launches for `batch` rows, which then start as one.
bool Session::capture(int64_t batch) {
  if (graphBatch == batch)
    return true;
  graphBatch = 0;
  if (graph != nullptr && !check(cudaGraphExecDestroy(graph), "old graph"))
    return false;
  graph = nullptr;
  cudaGraph_t captured = nullptr;
  if (!check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal),
             "capture"))
    return false;
  const bool launched = $function($arguments);
  const bool recorded =
      check(cudaStreamEndCapture(stream, &captured), "end of the capture") &&
      launched && check(cudaGraphInstantiate(&graph, captured, 0), "graph");
  if (captured != nullptr &&
      !check(cudaGraphDestroy(captured), "captured graph"))
    return false;
  if (!recorded)
    return false;
  graphBatch = batch;
  return true;
}

/// One call: copies the inputs to the device, computes, copies the outputs back.
bool Session::run(const void *const *inputs, void *const *outputs,
                  int64_t batch) {
  std::lock_guard<std::mutex> lock(mutex);
  if (!reserve(batch) || !capture(batch))
    return false;
  for (int i = 0; i < kInputCount; ++i)
    if (!check(cudaMemcpyAsync(tensors[i], inputs[i], kSizes[i].of(batch),
                               cudaMemcpyHostToDevice, stream),
               "copy of the inputs"))
      return false;
  if (!check(cudaGraphLaunch(graph, stream), "launch of the graph"))
    return false;
  for (int i = kInputCount; i < kTensorCount; ++i)
    if (!check(cudaMemcpyAsync(outputs[i - kInputCount], tensors[i],
                               kSizes[i].of(batch), cudaMemcpyDeviceToHost,
                               stream),
               "copy of the outputs"))
      return false;
  return check(cudaStreamSynchronize(stream), "computation");
}

int32_t run(const void *const *inputs, void *const *outputs, int64_t batch,
            void *, const bn_run_options *) {
  if (batch < kMinimumBatch || batch > kMaximumBatch)
    return BN_BAD_BATCH;
  return session.run(inputs, outputs, batch) ? BN_OK : BN_DEVICE_ERROR;
}
)";

void cuda::printSession(ModuleOp module, const ModelSignature &signature,
                        TextContext &context, std::string &out) {
  context.helpers.insert("launch");
  func::FuncOp function = signature.function;
  SmallVector<std::string> sizes, arguments;
  auto addArgument = [&](Type element, Value argument, size_t index) {
    arguments.push_back("static_cast<" +
                        std::string(isWritten(argument) ? "" : "const ") +
                        std::string(getElementType(cast<MemRefType>(element))) +
                        " *>(tensors[" + std::to_string(index) + "])");
  };
  for (const TensorSignature &tensor : llvm::concat<const TensorSignature>(
           signature.inputs, signature.outputs)) {
    addArgument(tensor.type, function.getArgument(sizes.size()), sizes.size());
    sizes.push_back(getSizeText(tensor.type));
  }
  arguments.push_back("static_cast<char *>(tensors[kTensorCount])");
  arguments.push_back("stream");
  if (usesBatch(function))
    arguments.push_back("batch");
  std::string tensorCount = std::to_string(sizes.size());
  sizes.push_back("{" + std::to_string(signature.workspaceBytes) + ", " +
                  std::to_string(signature.workspaceBytesPerRow) + "}");
  bool dynamic = signature.hasDynamicBatch();
  int64_t fixed = signature.getFixedBatch();
  bool hasFile = !module.getOps<memref::GlobalOp>().empty();
  out += substitute(
      sessionText,
      {{"inputs", std::to_string(signature.inputs.size())},
       {"tensors", tensorCount},
       {"sizes", llvm::join(sizes, ", ")},
       {"minimum", std::to_string(dynamic ? signature.minimumBatch : fixed)},
       {"maximum", std::to_string(dynamic ? getMaximumBatch(function) : fixed)},
       {"load", hasFile ? "  if (!loadParameters())\n    return false;\n" : ""},
       {"function", context.symbols[function.getName()]},
       {"arguments", "\n      " + llvm::join(arguments, ",\n      ")}});
}

//===----------------------------------------------------------------------===//
// Tables
//===----------------------------------------------------------------------===//

/// Prints the specs of `tensors` as the array `name`, and their shapes.
static void printSpecs(ArrayRef<TensorSignature> tensors, StringRef name,
                       std::string &out) {
  std::string rows;
  for (auto [i, tensor] : llvm::enumerate(tensors)) {
    Type element = tensor.type.getElementType();
    StringRef type = element.isF32()   ? "BN_F32"
                     : element.isF64() ? "BN_F64"
                                       : "BN_I64";
    std::string shape = "nullptr";
    if (tensor.type.getRank() > 0) {
      shape = name.str() + "Shape" + std::to_string(i);
      out += "const int64_t " + shape + "[] = {" +
             llvm::join(llvm::map_range(tensor.type.getShape(),
                                        [](int64_t extent) {
                                          return ShapedType::isDynamic(extent)
                                                     ? "BN_DYNAMIC"
                                                     : std::to_string(extent);
                                        }),
                        ", ") +
             "};\n";
    }
    rows += "    {" + quote(tensor.name) + ", " + type.str() + ", " +
            std::to_string(tensor.type.getRank()) + ", " + shape + "},\n";
  }
  out += "const bn_tensor_spec " + name.str() + "s[] = {\n" + rows + "};\n";
}

static constexpr StringLiteral tableText = R"(
const bn_model model = {
    BN_ABI_VERSION,
    kInputCount,
    kTensorCount - kInputCount,
    $properties,
    $name,
    "",
    inputs,
    outputs,
    $table,
    // The workspace is the device's.
    0,
    0,
    0,
    $least,
    $reason,
    $parameters,
    $operations,
    run};
)";

static constexpr StringLiteral getterText = R"(
} // namespace

extern "C" {
/// The model, for who links it or loads it as a library.
const bn_model *$symbol_model(void) { return &model; }
const bn_model *bn_get_model(void) { return &model; }
/// Runs it; the workspace is the device's, and the argument for it unused.
int32_t $symbol_run(const void *const *inputs, void *const *outputs,
                    int64_t batch, void *workspace,
                    const bn_run_options *options) {
  return run(inputs, outputs, batch, workspace, options);
}
}
)";

static constexpr StringLiteral mainText = R"(
#ifdef BN_MODEL_MAIN
/// PROGRAM BATCH FILE...: runs the model on so many rows, which lie in one file
/// of raw values for each input, and prints the outputs, a line each.
int main(int argc, char **argv) {
  if (argc != kInputCount + 2) {
    fprintf(stderr, "usage: %s BATCH FILE...\n", argv[0]);
    return 2;
  }
  const int64_t batch = atoll(argv[1]);
  if (batch < kMinimumBatch || batch > kMaximumBatch) {
    fprintf(stderr, "error: the model does not take a batch of %s\n", argv[1]);
    return 1;
  }
  std::vector<std::vector<char>> tensors;
  std::vector<void *> pointers;
  for (int i = 0; i < kTensorCount; ++i) {
    tensors.emplace_back(kSizes[i].of(batch));
    pointers.push_back(tensors.back().data());
  }
  for (int i = 0; i < kInputCount; ++i) {
    FILE *file = fopen(argv[i + 2], "rb");
    const size_t size = tensors[i].size();
    if (file == nullptr || fread(pointers[i], 1, size, file) != size) {
      fprintf(stderr, "error: %s: cannot read %zu bytes\n", argv[i + 2], size);
      return 1;
    }
    fclose(file);
  }
  if (run(pointers.data(), pointers.data() + kInputCount, batch, nullptr,
          nullptr) != BN_OK)
    return 1;
  for (int i = kInputCount; i < kTensorCount; ++i) {
    const float *values = static_cast<const float *>(pointers[i]);
    for (size_t j = 0; j < tensors[i].size() / sizeof(float); ++j)
      printf("%s%.9g", j == 0 ? "" : " ", values[j]);
    printf("\n");
  }
  return 0;
}
#endif
)";

void cuda::printModelTable(ModuleOp module, const ModelSignature &signature,
                           std::string &out) {
  printSpecs(signature.inputs, "input", out);
  printSpecs(signature.outputs, "output", out);
  DictionaryAttr properties = getModelProperties(module, signature);
  if (!properties.empty()) {
    out += "const bn_property properties[] = {\n";
    for (NamedAttribute property : properties)
      out += "    {" + quote(property.getName().getValue()) + ", " +
             quote(cast<StringAttr>(property.getValue()).getValue()) + "},\n";
    out += "};\n";
  }
  std::string reason = signature.minimumBatchReason;
  out += substitute(
      tableText, {{"properties", std::to_string(properties.size())},
                  {"name", quote(signature.name)},
                  {"table", properties.empty() ? "nullptr" : "properties"},
                  {"least", std::to_string(signature.minimumBatch)},
                  {"reason", reason.empty() ? "nullptr" : quote(reason)},
                  {"parameters", std::to_string(signature.parameterCount)},
                  {"operations", std::to_string(signature.operationsPerRow)}});
}

void cuda::printInterface(ModuleOp module, const ModelSignature &signature,
                          const CudaTextOptions &options, std::string &out) {
  out += "\n// The C interface.\n";
  printModelTable(module, signature, out);
  out += substitute(getterText, {{"symbol", options.symbol}});
  out += mainText;
}
