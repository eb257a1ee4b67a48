# ===- runtimes.py - bn-opt and its peers behind one interface -------------===#
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===-----------------------------------------------------------------------===#
"""Each runtime prepares a model for one batch and gives a function without
arguments that does one inference, from an input array to an output array that
were bound before. So what is timed has no conversion of Python objects in it,
and nothing that a program in C++ would not pay as well but the call itself.

A runtime has a `name`, a `version`, and `prepare(path, input, output)`; one that
knows only the ops of the small models is `smallOnly`. One that is not installed
raises ImportError in its constructor. All use the same number of threads and
compute in float32, and each gets the batch as a constant where it can use that;
bn-opt's code is for any batch.
"""

import ctypes
import functools
import os
import subprocess

ROOT = os.path.normpath(os.path.join(os.path.dirname(__file__), "..", ".."))


class RunOptions(ctypes.Structure):
    """`bn_run_options` of include/bn/Runtime/Abi.h."""

    _fields_ = [("threads", ctypes.c_int64), ("parallel_for", ctypes.c_void_p)]


class TensorSpec(ctypes.Structure):
    """`bn_tensor_spec` of include/bn/Runtime/Abi.h."""

    _fields_ = [
        ("name", ctypes.c_char_p),
        ("element_type", ctypes.c_int32),
        ("rank", ctypes.c_int32),
        ("shape", ctypes.POINTER(ctypes.c_int64)),
    ]


class Model(ctypes.Structure):
    """`bn_model` of include/bn/Runtime/Abi.h."""

    _fields_ = [
        ("abi_version", ctypes.c_int32),
        ("input_count", ctypes.c_int32),
        ("output_count", ctypes.c_int32),
        ("property_count", ctypes.c_int32),
        ("name", ctypes.c_char_p),
        ("cpu_features", ctypes.c_char_p),
        ("inputs", ctypes.POINTER(TensorSpec)),
        ("outputs", ctypes.POINTER(TensorSpec)),
        ("properties", ctypes.c_void_p),
        ("workspace_bytes", ctypes.c_int64),
        ("workspace_bytes_per_row", ctypes.c_int64),
        ("workspace_bytes_per_thread", ctypes.c_int64),
        ("minimum_batch", ctypes.c_int64),
        ("minimum_batch_reason", ctypes.c_char_p),
        ("parameter_count", ctypes.c_int64),
        ("operations_per_row", ctypes.c_int64),
        ("run", ctypes.c_void_p),
    ]


class BnOpt:
    name = "bn-opt"
    smallOnly = False
    abiVersion, alignment = 1, 64
    # What bn-opt is given besides.
    options = []

    def __init__(self, program, directory, threads, options=()):
        self.program, self.directory = program, directory
        self.options = [*self.options, *options]
        self.threads = RunOptions(threads, None)
        # The workspaces of prepared calls.
        self.memory = []
        if threads > 1:
            self.threads.parallel_for = self.buildForkJoin()
        self.version = subprocess.run(
            [program, "--version"], check=True, capture_output=True, text=True
        ).stdout.split()[1]

    def buildForkJoin(self):
        library = os.path.join(self.directory, "fork_join.so")
        if not os.path.exists(library):
            command = ["c++", "-O2", "-shared", "-fPIC", "-fopenmp", "-o", library]
            command += ["-I", os.path.join(ROOT, "include")]
            command += [os.path.join(ROOT, "test", "Performance", "fork_join.cpp")]
            command += [os.path.join(ROOT, "lib", "Runtime", "Parallel.cpp")]
            subprocess.run(command, check=True)
        self.forkJoin = ctypes.CDLL(library).fork_join
        return ctypes.cast(self.forkJoin, ctypes.c_void_p)

    def prepare(self, path, input, output):
        stem = os.path.splitext(os.path.basename(path))[0] + "".join(self.options)
        library = os.path.join(self.directory, stem + ".so")
        if not os.path.exists(library):
            command = [self.program, path, *self.options, "-o", library]
            subprocess.run(command, check=True)
        getModel = ctypes.CDLL(library).bn_get_model
        getModel.restype = ctypes.POINTER(Model)
        model = getModel().contents
        if model.abi_version != self.abiVersion:
            raise RuntimeError(f"expected C interface 1, got {model.abi_version}")

        batch = input.shape[0]
        size = (
            model.workspace_bytes
            + batch * model.workspace_bytes_per_row
            + self.threads.threads * model.workspace_bytes_per_thread
        )
        self.operations = batch * model.operations_per_row
        memory = ctypes.create_string_buffer(size + self.alignment)
        aligned = -(-ctypes.addressof(memory) // self.alignment) * self.alignment
        pointers = ctypes.c_void_p * 1
        arguments = (
            pointers(input.ctypes.data),
            pointers(output.ctypes.data),
            ctypes.c_int64(batch),
            ctypes.c_void_p(aligned),
            ctypes.byref(self.threads),
        )
        # Arguments that are ctypes objects already are passed without a check.
        run = ctypes.CFUNCTYPE(ctypes.c_int32)(model.run)

        if run(*arguments) != 0:
            raise RuntimeError(f"a batch of {batch} was refused")
        self.memory.append(memory)
        return functools.partial(run, *arguments)


class BnOptWithoutFold(BnOpt):
    name = "bn-opt, no fold"
    options = ["--no-fold"]


class OnnxRuntime:
    name = "ONNX Runtime"
    smallOnly = False

    def __init__(self, threads):
        import onnxruntime

        self.threads, self.library = threads, onnxruntime
        self.version = onnxruntime.__version__

    def prepare(self, path, input, output):
        options = self.library.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.inter_op_num_threads = 1
        options.graph_optimization_level = (
            self.library.GraphOptimizationLevel.ORT_ENABLE_ALL
        )
        options.add_free_dimension_override_by_name("batch", input.shape[0])
        session = self.library.InferenceSession(
            path, options, providers=["CPUExecutionProvider"]
        )
        binding = session.io_binding()
        for bind, argument, array in [
            (binding.bind_input, session.get_inputs()[0], input),
            (binding.bind_output, session.get_outputs()[0], output),
        ]:
            bind(argument.name, "cpu", 0, array.dtype, array.shape, array.ctypes.data)
        # The Python wrapper looks at its arguments; what it calls does not.
        run, inner = session._sess.run_with_iobinding, binding._iobinding
        return functools.partial(run, inner, None)


class OpenVino:
    name = "OpenVINO"
    smallOnly = False

    def __init__(self, threads):
        import openvino

        self.threads, self.library = threads, openvino
        self.version = openvino.__version__.split("-")[0]

    def prepare(self, path, input, output):
        core = self.library.Core()
        model = core.read_model(path)
        model.reshape(list(input.shape))
        compiled = core.compile_model(
            model,
            "CPU",
            {
                "PERFORMANCE_HINT": "LATENCY",
                "INFERENCE_NUM_THREADS": self.threads,
                "INFERENCE_PRECISION_HINT": "f32",
            },
        )
        request = compiled.create_infer_request()
        request.set_input_tensor(self.library.Tensor(input, shared_memory=True))
        request.set_output_tensor(self.library.Tensor(output, shared_memory=True))

        # `infer` of the Python wrapper makes a dictionary of copied outputs.
        start, wait = super(type(request), request).start_async, request.wait

        def call():
            start({}, None)
            wait()

        return call


class Torch:
    name = "PyTorch"
    smallOnly = True

    def __init__(self, threads):
        import onnx
        import torch

        self.onnx, self.library = onnx, torch
        self.version = torch.__version__
        torch.set_num_threads(threads)

    def makeLayer(self, node, value):
        """The layer of `node`, whose constants are `value[name]`."""
        functional = self.library.nn.functional
        attributes = {
            a.name: self.onnx.helper.get_attribute_value(a) for a in node.attribute
        }
        rest = [value[name] for name in node.input[1:]]
        if node.op_type == "Conv":
            top, left, bottom, right = attributes.get("pads", [0, 0, 0, 0])
            assert (top, left) == (bottom, right)
            strides = tuple(attributes.get("strides", [1, 1]))
            return lambda x: functional.conv2d(x, *rest, strides, (top, left))
        if node.op_type == "BatchNormalization":
            scale, shift, mean, variance = rest
            epsilon = attributes.get("epsilon", 1e-5)
            return lambda x: functional.batch_norm(
                x, mean, variance, scale, shift, False, 0.1, epsilon
            )
        if node.op_type == "Gemm":
            assert attributes.get("transB") == 1
            return lambda x: functional.linear(x, *rest)
        if node.op_type == "AveragePool":
            kernel, strides = attributes["kernel_shape"], attributes["strides"]
            return lambda x: functional.avg_pool2d(x, kernel, strides)
        simple = {
            "Sigmoid": self.library.sigmoid,
            "Relu": self.library.relu,
            "Flatten": lambda x: self.library.flatten(x, 1),
        }
        return simple[node.op_type]

    def prepare(self, path, input, output):
        graph = self.onnx.load(path).graph
        value = {
            tensor.name: self.library.from_numpy(
                self.onnx.numpy_helper.to_array(tensor).copy()
            )
            for tensor in graph.initializer
        }
        layers = [self.makeLayer(node, value) for node in graph.node]
        source = self.library.from_numpy(input)
        target = self.library.from_numpy(output)
        inference = self.library.inference_mode

        def call():
            with inference():
                x = source
                for layer in layers:
                    x = layer(x)
                target.copy_(x)

        return call


PEERS = [OnnxRuntime, OpenVino, Torch]
# Ratios are to the faster one of these.
RIVALS = {OnnxRuntime.name, OpenVino.name}
