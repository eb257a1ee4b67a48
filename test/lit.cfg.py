# ===- lit.cfg.py - How the tests run ----------------------*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===---------------------------------------------------------------------===//

import os
import platform
import shutil
import subprocess
import tempfile

import lit.formats
from lit.llvm import llvm_config

config.name = "bn-opt"
config.test_format = lit.formats.ShTest(execute_external=False)
# .mlir: IR through bn-opt. .onnxtxt: a model in ONNX's text form, with its RUN
# lines as comments. .test: command lines around files from Inputs or models/.
config.suffixes = [".mlir", ".onnxtxt", ".test"]
config.excludes = ["CMakeLists.txt", "Inputs"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.bn_obj_root, "test")

llvm_config.with_system_environment(["HOME", "TMP", "TEMP", "TMPDIR"])
llvm_config.with_environment("PATH", config.llvm_tools_dir, append_path=True)

# Whole words only: a tool's name within a path stays what it is.
for name, program in [
    ("bn-opt", "bn-opt"),
    ("bn-run", "bn-run"),
    ("bn-report-test", "bn-report-test"),
    ("runtime-tests", "BNRuntimeTests"),
]:
    config.substitutions.append(
        ("%" + name, os.path.join(config.bn_tools_dir, program))
    )
config.substitutions += [
    ("%python", config.bn_python),
    ("%cc", config.bn_c_compiler),
    ("%cxx", config.bn_cxx_compiler),
    ("%models", os.path.join(config.bn_src_root, "models")),
    ("%src", config.bn_src_root),
    ("%obj", config.bn_obj_root),
]
llvm_config.add_tool_substitutions(
    ["FileCheck", "not", "count", "split-file", "mlir-opt", "llvm-nm", "llvm-objdump"],
    [config.llvm_tools_dir],
)

# CUDA text without a GPU: %cuda-on-cpu{MODE} INPUT OUTPUT.
cuda_on_cpu = os.path.join(config.test_source_root, "Runtime", "CudaOnCpu")
for mode in ["plain", "check", "address"]:
    config.substitutions.append(
        (
            "%cuda-on-cpu{" + mode + "}",
            " ".join(
                [
                    os.path.join(cuda_on_cpu, "compile.sh"),
                    mode,
                    config.bn_cxx_compiler,
                    os.path.join(config.bn_src_root, "include/bn/Runtime/CudaOnCpu"),
                    os.path.join(config.bn_obj_root, "lib/libbn-cuda-on-cpu.a"),
                ]
            ),
        )
    )
# A leak is the text's affair, and not every container lets it be looked for.
config.environment["ASAN_OPTIONS"] = "detect_leaks=0"

# Features: what a test may need of the machine.
if config.bn_have_venv:
    # numpy, onnx and onnxruntime, the oracles.
    config.available_features.add("oracles")
config.available_features.add(platform.machine().lower())
try:
    with open("/proc/cpuinfo", encoding="utf-8") as cpuinfo:
        flags = next((line for line in cpuinfo if line.startswith("flags")), "")
    for feature in ["avx2", "avx512f"]:
        if feature in flags.split():
            config.available_features.add(feature)
except OSError:
    pass

# CUDA's compiler: on PATH, installed by tools/setup.sh --cuda, or in its usual
# place. No GPU is needed to compile. What ptxas says about registers that do not
# suffice is an error.
nvcc = shutil.which("nvcc")
for directory in [
    os.path.join(config.bn_obj_root, "deps/cuda"),
    os.path.join(config.bn_src_root, "build/deps/cuda"),
    "/usr/local/cuda",
]:
    nvcc = nvcc or shutil.which("nvcc", path=os.path.join(directory, "bin"))
if nvcc:
    config.available_features.add("nvcc")
    command = [nvcc, "-std=c++17", "-fmad=false", "-Werror", "all-warnings"]
    command += ["-Xptxas", "-warn-spills,-warn-lmem-usage"]
    for architecture in ["80", "90", "100"]:
        command.append(f"-gencode arch=compute_{architecture},code=sm_{architecture}")
    command += ["-I", os.path.join(config.bn_src_root, "include")]
    config.substitutions.append(("%nvcc", " ".join(command)))
    ptxas = os.path.join(os.path.dirname(nvcc), "ptxas")
    config.substitutions.append(("%ptxas", ptxas))

# AddressSanitizer's library is a package of its own for some compilers.
with tempfile.TemporaryDirectory() as directory:
    program = os.path.join(directory, "asan")
    command = [config.bn_cxx_compiler, "-fsanitize=address", "-xc++", "-", "-o", program]
    if subprocess.run(
        command, input=b"int main() {}", stderr=subprocess.DEVNULL
    ).returncode == 0:
        config.available_features.add("host-asan")
