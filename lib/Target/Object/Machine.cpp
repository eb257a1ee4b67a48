//===- Machine.cpp - The machine to compile for ---------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Target/Object/Machine.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/SubtargetFeature.h"
#include "llvm/TargetParser/X86TargetParser.h"

using namespace llvm;

static const Target *lookupHostTarget(const Triple &triple,
                                      std::string &message) {
  InitializeNativeTarget();
  InitializeNativeTargetAsmPrinter();
  return TargetRegistry::lookupTarget(triple, message);
}

/// LLVM's names of the CPUs that run 64-bit code, where it can tell them apart.
static SmallVector<StringRef> listCpus(const Triple &triple,
                                       const MCSubtargetInfo &subtarget) {
  SmallVector<StringRef> names;
  if (triple.isX86()) {
    X86::fillValidCPUArchList(names, /*Only64Bit=*/triple.isArch64Bit());
    return names;
  }
  for (const SubtargetSubTypeKV &cpu : subtarget.getAllProcessorDescriptions())
    names.push_back(cpu.Key);
  return names;
}

Expected<std::unique_ptr<TargetMachine>>
mlir::bn::createTargetMachine(StringRef cpu, unsigned level) {
  Triple triple(sys::getDefaultTargetTriple());
  std::string message;
  const Target *target = lookupHostTarget(triple, message);
  if (!target)
    return createStringError(message);

  SubtargetFeatures features;
  if (cpu == "native") {
    cpu = sys::getHostCPUName();
    for (const auto &feature : sys::getHostCPUFeatures())
      features.AddFeature(feature.first(), feature.second);
  } else {
    std::unique_ptr<MCSubtargetInfo> baseline(
        target->createMCSubtargetInfo(triple, "", ""));
    SmallVector<StringRef> known = listCpus(triple, *baseline);
    if (!is_contained(known, cpu))
      return createStringError("unknown CPU '" + cpu +
                               "'; expected native or one of " +
                               llvm::join(known, ", "));
  }

  constexpr CodeGenOptLevel levels[] = {
      CodeGenOptLevel::Less, CodeGenOptLevel::Less, CodeGenOptLevel::Default,
      CodeGenOptLevel::Aggressive};
  std::unique_ptr<TargetMachine> machine(target->createTargetMachine(
      triple, cpu, features.getString(), TargetOptions(), Reloc::PIC_,
      /*CM=*/std::nullopt, levels[std::min(level, 3u)]));
  if (!machine)
    return createStringError("LLVM cannot generate code for this machine");
  return machine;
}

/// The instruction sets that LLVM uses on its own for loops over floats. Others
/// (crypto, system instructions) never appear in our code, and a program should
/// not refuse to run for want of them.
static constexpr StringLiteral relevantFeatures[] = {
    "sse3",        "ssse3",      "sse4.1",       "sse4.2",
    "popcnt",      "lzcnt",      "movbe",        "bmi",
    "bmi2",        "avx",        "f16c",         "fma",
    "fma4",        "xop",        "avx2",         "avxvnni",
    "gfni",        "avx512f",    "avx512cd",     "avx512dq",
    "avx512bw",    "avx512vl",   "avx512ifma",   "avx512vbmi",
    "avx512vbmi2", "avx512vnni", "avx512bitalg", "avx512vpopcntdq",
    "avx512bf16",  "avx512fp16",
};

std::string mlir::bn::getRequiredCpuFeatures(const TargetMachine &machine) {
  const Triple &triple = machine.getTargetTriple();
  if (!triple.isX86())
    return "";
  const MCSubtargetInfo &subtarget = *machine.getMCSubtargetInfo();
  std::unique_ptr<MCSubtargetInfo> baseline(
      machine.getTarget().createMCSubtargetInfo(triple, "x86-64", ""));
  SmallVector<StringRef> required;
  for (const SubtargetFeatureKV &feature : subtarget.getAllProcessorFeatures())
    if (subtarget.getFeatureBits().test(feature.Value) &&
        !baseline->getFeatureBits().test(feature.Value) &&
        is_contained(relevantFeatures, feature.Key))
      required.push_back(feature.Key);
  return llvm::join(required, ",");
}
