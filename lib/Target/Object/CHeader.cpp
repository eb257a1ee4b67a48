//===- CHeader.cpp - A C header for a compiled model ----------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Target/Object/CHeader.h"
#include "bn/Runtime/Abi.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace mlir::bn;

std::string mlir::bn::makeIdentifier(StringRef name, StringRef prefix) {
  std::string result;
  if (name.empty() || llvm::isDigit(name.front()))
    result = prefix.str();
  for (char c : name)
    result.push_back(llvm::isAlnum(c) ? c : '_');
  return result;
}

/// Names that a parameter cannot have: C's and C++'s keywords that a network is
/// likely to use, and what the function has already.
static constexpr StringLiteral reservedNames[] = {
    "auto",    "bool",      "break",    "case",     "char",     "class",
    "const",   "continue",  "default",  "delete",   "do",       "double",
    "else",    "enum",      "export",   "extern",   "false",    "float",
    "for",     "goto",      "if",       "inline",   "int",      "long",
    "mutable", "namespace", "new",      "operator", "private",  "protected",
    "public",  "register",  "restrict", "return",   "short",    "signed",
    "sizeof",  "static",    "struct",   "switch",   "template", "this",
    "throw",   "true",      "try",      "typedef",  "union",    "unsigned",
    "using",   "virtual",   "void",     "volatile", "while",    "asm",
    "and",     "or",        "not",      "xor",      "batch",    "workspace",
    "inputs",  "outputs",   "int32_t",  "int64_t"};

/// One identifier per tensor, all different.
static SmallVector<std::string>
nameParameters(ArrayRef<TensorSignature> tensors, StringRef prefix,
               llvm::StringSet<> &taken) {
  SmallVector<std::string> names;
  for (const TensorSignature &tensor : tensors) {
    std::string base = makeIdentifier(tensor.name, prefix);
    std::string name = base;
    for (unsigned i = 2; !taken.insert(name).second; ++i)
      name = base + "_" + std::to_string(i);
    names.push_back(name);
  }
  return names;
}

static StringRef getCType(const TensorSignature &tensor) {
  Type type = tensor.type.getElementType();
  return type.isF32() ? "float" : type.isF64() ? "double" : "int64_t";
}

/// "[batch, 1, 28, 28]"
static std::string describeShape(MemRefType type) {
  return "[" +
         llvm::join(llvm::map_range(type.getShape(),
                                    [](int64_t extent) {
                                      return ShapedType::isDynamic(extent)
                                                 ? std::string("batch")
                                                 : std::to_string(extent);
                                    }),
                    ", ") +
         "]";
}

/// Source names are arbitrary text, and end up in comments.
static std::string forComment(StringRef text) {
  std::string result;
  for (char c : text)
    result.push_back(
        llvm::isPrint(c) && c != '*' && c != '/' && c != '\\' ? c : '_');
  return result;
}

static void printInfer(const ModelSignature &signature, StringRef symbol,
                       llvm::raw_ostream &os) {
  llvm::StringSet<> taken;
  for (StringRef name : reservedNames)
    taken.insert(name);
  SmallVector<std::string> inputs =
      nameParameters(signature.inputs, "input_", taken);
  SmallVector<std::string> outputs =
      nameParameters(signature.outputs, "output_", taken);

  os << "/* Runs the model on the calling thread. Returns 0, or 1 when `batch` "
        "is not\n * one the model takes";
  if (!signature.hasDynamicBatch())
    os << " (it takes " << signature.getFixedBatch() << ")";
  else if (signature.minimumBatch > 1)
    os << " (at least " << signature.minimumBatch << ")";
  os << ". Tensors are dense, the last axis varies fastest:\n";
  for (auto [tensor, name] : llvm::zip(signature.inputs, inputs))
    os << " *   " << name << "  " << describeShape(tensor.type) << "\n";
  for (auto [tensor, name] : llvm::zip(signature.outputs, outputs))
    os << " *   " << name << "  " << describeShape(tensor.type) << "\n";
  os << " */\nstatic inline int32_t " << symbol << "_infer(";
  for (auto [tensor, name] : llvm::zip(signature.inputs, inputs))
    os << "const " << getCType(tensor) << " *" << name << ", ";
  for (auto [tensor, name] : llvm::zip(signature.outputs, outputs))
    os << getCType(tensor) << " *" << name << ", ";
  os << "int64_t batch, void *workspace) {\n";
  // ISO C has no empty initialisers.
  auto table = [&](StringRef type, StringRef name,
                   ArrayRef<std::string> values) {
    os << "  " << type << name << "[] = {"
       << (values.empty() ? "0" : llvm::join(values, ", ")) << "};\n";
  };
  table("const void *", "inputs", inputs);
  table("void *", "outputs", outputs);
  os << "  return " << symbol
     << "_run(inputs, outputs, batch, workspace, 0);\n}\n";
}

void mlir::bn::printCHeader(const ModelSignature &signature, StringRef symbol,
                            StringRef cpuFeatures, bool onDevice,
                            llvm::raw_ostream &os) {
  std::string upper = symbol.upper();
  std::string guard = upper + "_H";
  os << "/* " << symbol << ".h - the model '" << forComment(signature.name)
     << "', compiled by bn-opt\n *\n";
  if (onDevice)
    os << " * It runs on an NVIDIA GPU; tensors are in the computer's memory. "
          "Calls may come\n * from several threads, and run one after the "
          "other.\n";
  else
    os << " * All functions are reentrant: calls may run at the same time when "
          "each has\n * outputs and a workspace of its own. Nothing is "
          "allocated.\n";
  if (!cpuFeatures.empty())
    os << " *\n * Needs a CPU with " << cpuFeatures << ".\n";
  os << " */\n#ifndef " << guard << "\n#define " << guard << "\n\n"
     << "#include <stdint.h>\n\n"
     << "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n"
     << "/* Bytes of workspace for one call, and the alignment it must have. "
        "*/\n"
     << "#define " << upper << "_WORKSPACE_BYTES(batch) \\\n  ((int64_t)"
     << (onDevice
             ? 0
             : signature.workspaceBytes + signature.workspaceBytesPerThread)
     << " + (int64_t)(batch) * "
     << (onDevice ? 0 : signature.workspaceBytesPerRow) << ")\n"
     << "#define " << upper << "_WORKSPACE_ALIGNMENT " << BN_WORKSPACE_ALIGNMENT
     << "\n\n"
     << "/* The model's table and run options: see bn/Runtime/Abi.h, which is "
        "only\n * needed to use them. */\n"
     << "struct bn_model;\nstruct bn_run_options;\n"
     << "const struct bn_model *" << symbol << "_model(void);\n\n"
     << "/* One pointer per input and output; `options` may be null. */\n"
     << "int32_t " << symbol
     << "_run(const void *const *inputs, void *const *outputs,\n"
     << "    int64_t batch, void *workspace, const struct bn_run_options "
        "*options);\n\n";
  printInfer(signature, symbol, os);
  os << "\n#ifdef __cplusplus\n}\n#endif\n\n#endif /* " << guard << " */\n";
}
