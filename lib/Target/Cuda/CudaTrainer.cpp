//===- CudaTrainer.cpp - A training program as CUDA C++ -------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CudaTexts.h"

#include "bn/Runtime/Abi.h"
#include "bn/Target/Object/TrainerSignature.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::bn;
using namespace mlir::bn::cuda;

/// Bytes of a source model that is part of the text at most.
static constexpr size_t kLargestSource = 1 << 20;

/// Tensors begin at multiples of so many bytes.
static constexpr int64_t kAlignment = 64;

static StringRef getSource(ModuleOp module) {
  if (!isTrainer(module))
    return "";
  FailureOr<TrainerSignature> trainer = getTrainerSignature(module);
  return failed(trainer) ? "" : trainer->source;
}

StringRef bn::getSourceBytes(ModuleOp module) {
  StringRef source = getSource(module);
  return source.size() > kLargestSource ? source : "";
}

static constexpr StringLiteral sourceFileText = R"(
/// The source model, which lies beside the program.
std::string readSource() {
  std::string bytes;
  FILE *file = openBeside($file);
  if (file == nullptr)
    return bytes;
  char part[4096];
  while (const size_t count = fread(part, 1, sizeof part, file))
    bytes.append(part, count);
  fclose(file);
  return bytes;
}
)";

static constexpr StringLiteral trainerText = R"(
} // namespace

extern "C" {
/// The training program, for who links it or loads it as a library.
const bn_trainer *$symbol_trainer(void) {
$source  static const bn_trainer trainer = {BN_ABI_VERSION,
                                     $parameters,
                                     $trained,
                                     $loss,
                                     $optimizer,
                                     $classes,
                                     $smoothing,
                                     parameters,
                                     &$gradientsSpace::model,
                                     &$predictSpace::model,
                                     &$updateSpace::model,
                                     $bytes,
                                     $count,
                                     &deviceTraining};
  return &trainer;
}
const bn_trainer *bn_get_trainer(void) { return $symbol_trainer(); }
}
)";

namespace {

class TrainerPrinter {
public:
  TrainerPrinter(ModuleOp module, const TrainerSignature &trainer,
                 const CudaTextOptions &options, TextContext &context,
                 std::string &out)
      : module(module), trainer(trainer), options(options), context(context),
        out(out) {}

  void print() {
    for (const ModelSignature &model : trainer.models)
      printModel(model);
    placeVectors();
    printTraining();
    printParameters();
    printTable();
  }

private:
  static std::string getSpace(const ModelSignature &model) {
    func::FuncOp function = model.function;
    return function.getName().str() + "Model";
  }

  void printModel(const ModelSignature &model) {
    out += "\n/// The model '" + getSpace(model) +
           "' by itself, on tensors of the host.\nnamespace " +
           getSpace(model) + " {\n";
    printSession(module, model, context, out);
    printModelTable(module, model, out);
    out += "\n} // namespace " + getSpace(model) + "\n";
  }

  /// Where each parameter lies in the vector of its kind.
  void placeVectors() {
    for (auto [i, parameter] : llvm::enumerate(trainer.parameters)) {
      int64_t &end = isTrained(i) ? trainedBytes : statisticsBytes;
      offsets.push_back(end);
      end += llvm::alignTo(parameter.type.getNumElements() * sizeof(float),
                           kAlignment);
    }
  }

  bool isTrained(size_t i) const { return int64_t(i) < trainer.trainedCount; }

  /// `base` as the pointer that an argument of `function` is.
  static std::string cast(func::FuncOp function, size_t index, StringRef base) {
    Value argument = function.getArgument(index);
    auto type = ::mlir::cast<MemRefType>(argument.getType());
    return ("reinterpret_cast<" +
            StringRef(isWritten(argument) ? "" : "const ") +
            getElementType(type) + " *>(" + base + ")")
        .str();
  }

  /// Parameter `i` in `trained` or `statistics`, which are what the kinds are
  /// called.
  std::string getPlace(size_t i, StringRef trained, StringRef statistics) {
    StringRef base = isTrained(i) ? trained : statistics;
    return base.str() + " + " + std::to_string(offsets[i]);
  }

  std::string makeCall(const ModelSignature &model,
                       ArrayRef<std::string> tensors, StringRef batch) {
    func::FuncOp function = model.function;
    SmallVector<std::string> arguments;
    for (auto [i, tensor] : llvm::enumerate(tensors))
      arguments.push_back(cast(function, i, tensor));
    arguments.append({"workspace", "stream"});
    if (usesBatch(function))
      arguments.push_back(batch.str());
    // Members of the struct have such names too.
    return "::" + context.symbols[function.getName()] + "(\n             " +
           llvm::join(arguments, ",\n             ") + ")";
  }

  /// Values of one row of the data.
  static int64_t countRowValues(const ModelSignature &model) {
    int64_t count = 1;
    for (int64_t extent : model.inputs.front().type.getShape().drop_front())
      count *= extent;
    return count;
  }

  void printTraining() {
    const ModelSignature &gradients = trainer.models[0],
                         &predict = trainer.models[1],
                         &update = trainer.models[2];
    SmallVector<std::string> forGradients = {"data", "labels", "seed"};
    SmallVector<std::string> forPrediction = {"data"};
    for (size_t i = 0; i < trainer.parameters.size(); ++i) {
      forGradients.push_back(getPlace(i, "trained", "statistics"));
      forPrediction.push_back(forGradients.back());
    }
    context.helpers.insert({"launch", "divideUp"});
    forGradients.append({"loss", "hits"});
    for (size_t i = 0; i < trainer.parameters.size(); ++i)
      forGradients.push_back(getPlace(i, "gradients", "newStatistics"));
    forPrediction.push_back("logits");
    size_t states = update.inputs.size() - 3;
    SmallVector<std::string> forUpdate = {"trained", "gradients"}, state;
    for (size_t i = 0; i < states; ++i)
      state.push_back("states[" + std::to_string(i) + "]");
    forUpdate.append(state.begin(), state.end());
    forUpdate.append({"settings", "trained"});
    forUpdate.append(state.begin(), state.end());
    auto getBatch = [](const ModelSignature &model) -> std::string {
      return usesBatch(model.function) ? "int64_t batch" : "int64_t";
    };
    out += substitute(
        getTrainingText(),
        {{"trainedBytes", std::to_string(trainedBytes)},
         {"rowValues", std::to_string(countRowValues(gradients))},
         {"statisticsBytes", std::to_string(statisticsBytes)},
         {"settings", std::to_string(update.inputs.back().type.getDimSize(0))},
         {"states", std::to_string(states)},
         {"gradientsSpace", getSpace(gradients)},
         {"predictSpace", getSpace(predict)},
         {"batchName", getBatch(gradients)},
         {"predictBatchName", getBatch(predict)},
         {"gradients", makeCall(gradients, forGradients, "batch")},
         {"update", makeCall(update, forUpdate, "kTrainedValues")},
         {"predict", makeCall(predict, forPrediction, "batch")}});
  }

  void printParameters() {
    out += "\n// The parameters.\n";
    std::string rows;
    for (auto [i, parameter] : llvm::enumerate(trainer.parameters)) {
      std::string shape = "nullptr";
      if (parameter.type.getRank() > 0) {
        shape = "parameterShape" + std::to_string(i);
        out += "const int64_t " + shape + "[] = {" +
               llvm::join(llvm::map_range(parameter.type.getShape(),
                                          [](int64_t extent) {
                                            return std::to_string(extent);
                                          }),
                          ", ") +
               "};\n";
      }
      rows += "    {{" + quote(parameter.name) + ", BN_F32, " +
              std::to_string(parameter.type.getRank()) + ", " + shape + "}, " +
              std::to_string(parameter.role) + ", " + quote(parameter.layer) +
              ", " + std::to_string(parameter.fanIn) + "},\n";
    }
    out += "const bn_parameter_spec parameters[] = {\n" + rows + "};\n";
  }

  /// The source model, as words of eight bytes.
  void printSource() {
    StringRef source = trainer.source;
    out += "\n/// The source model: an ONNX file of " +
           std::to_string(source.size()) +
           " bytes.\nalignas(64) const uint64_t sourceWords[] = {";
    llvm::raw_string_ostream stream(out);
    for (size_t at = 0; at < source.size(); at += 8) {
      char bytes[8] = {};
      llvm::copy(source.substr(at, 8), bytes);
      stream << (at % 24 == 0 ? "\n    " : " ")
             << llvm::format_hex(llvm::support::endian::read64le(bytes), 18)
             << ",";
    }
    stream << "};\n";
  }

  void printTable() {
    bool isLarge = trainer.source.size() > kLargestSource;
    std::string bytes = "sourceWords", source,
                count = std::to_string(trainer.source.size());
    if (isLarge) {
      context.helpers.insert("openBeside");
      out += substitute(sourceFileText, {{"file", quote(options.sourceFile)}});
      source = "  static const std::string source = readSource();\n";
      bytes = "source.data()";
      count = "static_cast<int64_t>(source.size())";
    } else if (trainer.source.empty()) {
      bytes = "nullptr";
    } else {
      printSource();
    }
    out += substitute(
        trainerText,
        {{"symbol", options.symbol},
         {"source", source},
         {"parameters", std::to_string(trainer.parameters.size())},
         {"trained", std::to_string(trainer.trainedCount)},
         {"loss", std::to_string(options.loss)},
         {"optimizer", std::to_string(options.optimizer)},
         {"classes", std::to_string(trainer.classCount)},
         {"smoothing", getDecimal(options.labelSmoothing, /*isFloat=*/false)},
         {"gradientsSpace", getSpace(trainer.models[0])},
         {"predictSpace", getSpace(trainer.models[1])},
         {"updateSpace", getSpace(trainer.models[2])},
         {"bytes", bytes},
         {"count", count}});
  }

  ModuleOp module;
  const TrainerSignature &trainer;
  const CudaTextOptions &options;
  TextContext &context;
  std::string &out;
  SmallVector<int64_t> offsets;
  int64_t trainedBytes = 0, statisticsBytes = 0;
};

} // namespace

LogicalResult cuda::printTrainer(ModuleOp module,
                                 const CudaTextOptions &options,
                                 TextContext &context, std::string &out) {
  FailureOr<TrainerSignature> trainer = getTrainerSignature(module);
  if (failed(trainer))
    return failure();
  TrainerPrinter(module, *trainer, options, context, out).print();
  return success();
}
