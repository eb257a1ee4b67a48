# ===- compiled.py - Call compiled functions from NumPy --------*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===---------------------------------------------------------------------===//

"""Compiles MLIR functions with bn-opt's pipelines and calls them from NumPy.

Functions have the signature of a lowered model: inputs, outputs, workspace,
options (see --bn-entry-point). Used by tests of the lowerings. BN_OPT and CC
name bn-opt and a C compiler, which links; LLVM's mlir-translate is found through
PATH, and llc beside it.
"""

import ctypes
import os
import re
import shutil
import subprocess
import tempfile

import numpy as np

_ELEMENT = {"f32": np.float32, "f64": np.float64, "i64": np.int64}
_GUARD = 256


def _run(command, text):
    done = subprocess.run(command, input=text, capture_output=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}:\n{done.stderr.decode()}")
    return done.stdout


_TASK = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64,
                         ctypes.c_int64)
_PARALLEL_FOR = ctypes.CFUNCTYPE(None, ctypes.c_int64, ctypes.c_int64, _TASK,
                                 ctypes.c_void_p)


class _RunOptions(ctypes.Structure):
    """bn_run_options of bn/Runtime/Abi.h."""

    _fields_ = [("threads", ctypes.c_int64), ("parallel_for", _PARALLEL_FOR)]


@_PARALLEL_FOR
def _run_backwards(threads, count, task, context):
    """Tasks in the opposite of their order, dealt out to all threads."""
    for index in reversed(range(count)):
        task(context, index, index % threads)


class Function:
    """One function of a compiled module."""

    def __init__(self, entry, arguments, attributes, blocks):
        self._entry = entry
        # Names of the block functions (batch32, channels1) that the fast way
        # made of it; the plain way makes none.
        self.blocks = blocks
        self.attributes = {key: int(value) for key, value in re.findall(
            r"bn\.(\w+) = (\d+) : i64", attributes)}
        buffers = re.findall(r"memref<((?:[?\d]+x)*)(\w+)>", arguments)[:-1]
        self.types = [([None if e == "?" else int(e)
                        for e in shape.split("x")[:-1]], _ELEMENT[element])
                      for shape, element in buffers]

    def __call__(self, *inputs, batch=1, in_place=None, threads=None):
        """Runs on NumPy arrays and returns the list of outputs. `in_place` maps
        inputs to the outputs that are written over a copy of them. With
        `threads`, tasks see that many, and come in an order of their own."""
        count = self.attributes["input_count"]
        assert len(inputs) == count
        arrays = []
        for array, (shape, dtype) in zip(inputs, self.types):
            array = np.ascontiguousarray(array, dtype).reshape(np.shape(array))
            assert array.ndim == len(shape) and all(
                e in (None, a) for e, a in zip(shape, array.shape))
            arrays.append(array)
        for shape, dtype in self.types[count:]:
            shape = [batch if e is None else e for e in shape]
            arrays.append(np.full(shape, 123, dtype))
        for source, target in (in_place or {}).items():
            arrays[count + target][...] = arrays[source]
            arrays[source] = arrays[count + target]

        # The workspace is exactly as long as promised, full of NaN, and
        # followed by a guard that must stay as it was.
        size = (self.attributes["workspace_bytes"] +
                batch * self.attributes["workspace_bytes_per_row"] +
                (threads or 1) * self.attributes["workspace_bytes_per_thread"])
        memory = np.full(64 + size + _GUARD, 0xFF, np.uint8)
        start = -memory.ctypes.data % 64
        workspace = memory[start:start + size]
        guard = memory[start + size:start + size + _GUARD]

        flat = [argument for array in arrays + [workspace]
                for argument in describe(array)]
        options = _RunOptions(threads or 1, _run_backwards)
        self._entry(*flat, ctypes.byref(options) if threads else
                    ctypes.c_void_p(None))
        assert (guard == 0xFF).all(), "wrote past the workspace"
        return arrays[count:]


def build_library(text, passes, mcpu=None):
    """Lowers the functions of `text` by `passes` of bn-opt, compiles them for a
    CPU of LLVM's, or any, and returns the lowered text and the loaded library."""
    bn_opt = os.environ.get("BN_OPT", "bn-opt")
    lowered = _run([bn_opt] + passes, text.encode())
    assert b"memref.alloc(" not in lowered, "an allocation is left"
    llvm = _run([bn_opt, "--bn-lower-parallel", "--bn-llvm-pipeline"], lowered)
    translate = shutil.which("mlir-translate") or "mlir-translate"
    ir = _run([translate, "--mlir-to-llvmir"], llvm)
    # Another llc may come first in PATH, of a version that cannot read this.
    llc = os.path.join(os.path.dirname(translate), "llc")
    command = [llc, "-O1", "-filetype=obj", "-relocation-model=pic"]
    code = _run(command + ([f"-mcpu={mcpu}"] if mcpu else []), ir)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "module")
        with open(path + ".o", "wb") as file:
            file.write(code)
        # Nothing but libc and libm may be needed.
        _run([os.environ.get("CC", "cc"), "-shared", "-nostdlib", path + ".o",
              "-o", path + ".so", "-lm", "-lc", "-Wl,--no-undefined"], b"")
        return lowered, ctypes.CDLL(path + ".so")


def describe(array):
    """The arguments of generated code that stand for a buffer."""
    pointer = ctypes.c_void_p(array.ctypes.data)
    return ([pointer, pointer, ctypes.c_int64(0)] +
            [ctypes.c_int64(e) for e in array.shape] +
            [ctypes.c_int64(s // array.itemsize) for s in array.strides])


def compile_module(text, lowering="--bn-plain-lowering-pipeline", mcpu=None):
    """Compiles `text` for a CPU of LLVM's, or any, and returns its functions by
    name."""
    lowered, loaded = build_library(text, [lowering], mcpu)
    functions = {}
    for name, arguments, attributes in re.findall(
            r"func\.func @(\w+)\((.*?)\) attributes \{(.*)\} \{",
            lowered.decode()):
        blocks = re.findall(rf"func\.func private @{name}\.(\w+)\(",
                            lowered.decode())
        functions[name] = Function(getattr(loaded, name), arguments, attributes,
                                   set(blocks))
    return functions
