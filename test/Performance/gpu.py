#!/usr/bin/env python3
# ===- gpu.py - How fast CUDA code is, beside its peers --------------------===#
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===-----------------------------------------------------------------------===#
"""Times inference on an NVIDIA GPU by bn-opt's CUDA code, PyTorch (eager, and
torch.compile with CUDA graphs), ONNX Runtime and TensorRT (through ONNX
Runtime), as far as they are installed; products in float32, and where a runtime
can, with factors rounded to TF32. Then training steps of BN-LeNet by a trainer
made by bn-opt. Writes a table, with the device's name.

What is timed is the same for all: input in the computer's memory to output in
the computer's memory, so that copies to and from the device count. All take
turns. Each first answers the same input, and the largest difference to ONNX
Runtime on the CPU is in the table.

--tiny runs the same on the CPU, with small networks and few calls: a test of
this script, whose times mean nothing. tools/check-gpu.sh calls it so.
exit status: 0 measured, 1 bn-opt failed or differs, 2 wrong usage.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

import numpy
import onnx
import onnxruntime

ROOT = os.path.normpath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "models"))
import make_image_networks
import runtimes

# Images of ten epochs of Fashion-MNIST.
TEN_EPOCHS = 600_000
# Of the largest value; what TF32 may differ.
TOLERANCE = {False: 1e-4, True: 2e-2}


def parseArguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--device-name", default="unnamed device", metavar="NAME")
    parser.add_argument("--cuda-arch", default="sm_90", metavar="ARCH")
    parser.add_argument("--table", default="gpu-performance.md", metavar="FILE")
    parser.add_argument("--tiny", action="store_true", help="on the CPU, to test")
    parser.add_argument("--min-time", type=float, default=1.0, metavar="S",
                        help="seconds for each row of the table (1)")
    parser.add_argument("--bn-opt", metavar="PROGRAM",
                        default=os.path.join(ROOT, "build", "bin", "bn-opt"))
    return parser.parse_args()


class NotRun(Exception):
    """Why a row of the table has no times."""


def firstLine(text):
    return (text.strip() or "no message").splitlines()[0]


class BnOptCuda(runtimes.BnOpt):
    """A library made by `bn-opt --target=cuda`."""

    def __init__(self, arguments, directory, tf32):
        super().__init__(arguments.bn_opt, directory, threads=1)
        self.flags = ["--target=cuda", f"--cuda-arch={arguments.cuda_arch}"]
        self.tf32 = tf32
        if tf32:
            self.flags.append("--tf32")

    def prepare(self, path, input, output):
        stem = os.path.splitext(os.path.basename(path))[0]
        stem += "-tf32" if self.tf32 else ""
        library = os.path.join(self.directory, stem + ".so")
        if not os.path.exists(library):
            done = subprocess.run([self.program, path, *self.flags, "-o", library],
                                  capture_output=True, text=True)
            if done.returncode == 2 and self.tf32:
                raise NotRun(firstLine(done.stderr))
            if done.returncode:
                raise RuntimeError(done.stderr)
        # The base class makes only what is not there.
        named = os.path.join(self.directory, os.path.basename(library))
        return super().prepare(named, input, output)


class OnnxRuntimeOn:
    """ONNX Runtime with one of its providers for a device."""

    def __init__(self, provider, options):
        if provider not in onnxruntime.get_available_providers():
            raise NotRun(f"this ONNX Runtime has no {provider}")
        self.provider = (provider, options)

    def prepare(self, path, input, output):
        session = onnxruntime.InferenceSession(path, providers=[self.provider])
        names = [session.get_inputs()[0].name]
        result = [session.get_outputs()[0].name]

        def call():
            output[...] = session.run(result, {names[0]: input})[0]

        return call


class Torch:
    """The graph as PyTorch functions, node by node, or compiled."""

    def __init__(self, device, isCompiled, tf32):
        try:
            import torch
        except ImportError:
            raise NotRun("PyTorch is not installed") from None
        if device == "cuda" and not torch.cuda.is_available():
            raise NotRun("this PyTorch sees no GPU")
        self.torch, self.device, self.isCompiled = torch, device, isCompiled
        self.tf32 = tf32

    def useTf32(self):
        self.torch.backends.cudnn.allow_tf32 = self.tf32
        self.torch.backends.cuda.matmul.allow_tf32 = self.tf32

    def makeNode(self, node, values):
        f = self.torch.nn.functional
        given = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        pads = given.get("pads", [0, 0, 0, 0])
        assert pads[:2] == pads[2:], "padding is the same on both sides"
        window = (given.get("strides", [1, 1]), pads[:2])
        rest = [values[name] for name in node.input[1:] if name in values]
        if node.op_type == "Conv":
            bias = rest[1] if len(rest) > 1 else None
            return lambda x: f.conv2d(x, rest[0], bias, *window)
        if node.op_type == "BatchNormalization":
            scale, shift, mean, variance = rest
            epsilon = given.get("epsilon", 1e-5)
            return lambda x: f.batch_norm(x, mean, variance, scale, shift, False,
                                          0.1, epsilon)
        if node.op_type == "Gemm":
            assert given.get("transB") == 1
            return lambda x: f.linear(x, *rest)
        kernel = given.get("kernel_shape")
        return {
            "MaxPool": lambda x: f.max_pool2d(x, kernel, *window),
            "AveragePool": lambda x: f.avg_pool2d(x, kernel, *window),
            "GlobalAveragePool": lambda x: x.mean((2, 3), keepdim=True),
            "Sigmoid": self.torch.sigmoid,
            "Relu": self.torch.relu,
            "Add": lambda x, y: x + y,
            "Flatten": lambda x: self.torch.flatten(x, 1),
        }[node.op_type]

    def prepare(self, path, input, output):
        torch, graph = self.torch, onnx.load(path).graph
        values = {
            tensor.name: torch.from_numpy(
                onnx.numpy_helper.to_array(tensor).copy()).to(self.device)
            for tensor in graph.initializer
        }
        steps = [
            (self.makeNode(node, values),
             [name for name in node.input if name not in values], node.output[0])
            for node in graph.node
        ]
        source, result = graph.input[0].name, graph.output[0].name

        def forward(x):
            at = {source: x}
            for function, inputs, name in steps:
                at[name] = function(*[at[each] for each in inputs])
            return at[result]

        if self.isCompiled:
            mode = "reduce-overhead" if self.device == "cuda" else None
            forward = torch.compile(forward, mode=mode)
        given, target = torch.from_numpy(input), torch.from_numpy(output)

        def call():
            self.useTf32()
            with torch.inference_mode():
                target.copy_(forward(given.to(self.device)))

        return call


def listRuntimes(arguments, directory):
    """(name, TF32, constructor) of every row."""
    device = "cpu" if arguments.tiny else "cuda"
    cuda = "CPUExecutionProvider" if arguments.tiny else "CUDAExecutionProvider"
    rows = []
    for tf32 in (False, True):
        options = {} if arguments.tiny else {"use_tf32": int(tf32)}
        rows += [
            ("bn-opt", tf32, lambda t=tf32: BnOptCuda(arguments, directory, t)),
            ("PyTorch, eager", tf32, lambda t=tf32: Torch(device, False, t)),
            ("PyTorch, torch.compile", tf32, lambda t=tf32: Torch(device, True, t)),
            ("ONNX Runtime", tf32, lambda o=options: OnnxRuntimeOn(cuda, o)),
        ]
    rows.append(("TensorRT", True,
                 lambda: OnnxRuntimeOn("TensorrtExecutionProvider", {})))
    return rows


def measure(call, seconds):
    """Times of single calls, in seconds, for `seconds` and at least five."""
    times, end = [], time.perf_counter() + seconds
    while len(times) < 5 or time.perf_counter() < end:
        begin = time.perf_counter()
        call()
        times.append(time.perf_counter() - begin)
    return times


def runCase(title, path, batch, shape, arguments, directory, rows):
    """Appends a row for each runtime. Returns whether bn-opt is right."""
    input = numpy.random.default_rng(batch).normal(size=(batch, *shape)).astype(
        numpy.float32)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    wanted = session.run(None, {session.get_inputs()[0].name: input})[0]
    isRight, calls = True, []
    for name, tf32, construct in listRuntimes(arguments, directory):
        output = numpy.zeros_like(wanted)
        row = {"case": title, "name": name, "tf32": tf32, "batch": batch,
               "times": [], "why": ""}
        rows.append(row)
        try:
            call = construct().prepare(path, input, output)
            for _ in range(3):
                call()
        except Exception as problem:  # a peer's are of any class
            row["why"] = firstLine(str(problem))
            isRight &= name != "bn-opt" or isinstance(problem, NotRun)
            continue
        row["difference"] = abs(output - wanted).max() / abs(wanted).max()
        if name == "bn-opt" and not row["difference"] <= TOLERANCE[tf32]:
            row["why"], isRight = "other values", False
            continue
        # The call itself may know no more of the array than its address.
        calls.append((row, call, output))
    rounds = 1 if arguments.tiny else 5
    for _ in range(rounds):
        for row, call, _ in calls:
            row["times"] += measure(call, arguments.min_time / rounds)
    return isRight


def trainRow(arguments, directory):
    """Ten epochs of BN-LeNet by a trainer that bn-opt makes for the device."""
    model = os.path.join(ROOT, "models", "bn-lenet-scratch.onnx")
    trainer = os.path.join(directory, "trainer")
    images, epochs = (256, 1) if arguments.tiny else (60_000, 10)
    row = {"case": "BN-LeNet, training", "name": "bn-opt", "tf32": False,
           "batch": 128, "times": [], "why": ""}
    done = subprocess.run(
        [arguments.bn_opt, model, "--train", "--target=cuda",
         f"--cuda-arch={arguments.cuda_arch}", "-o", trainer],
        capture_output=True, text=True)
    if done.returncode:
        row["why"] = firstLine(done.stderr)
        return row
    random = numpy.random.default_rng(5)
    for part, count in (("train", images), ("test", 256)):
        numpy.save(os.path.join(directory, f"{part}-images.npy"),
                   random.normal(size=(count, 1, 28, 28)).astype(numpy.float32))
        numpy.save(os.path.join(directory, f"{part}-labels.npy"),
                   random.integers(0, 10, count))
    begin = time.perf_counter()
    done = subprocess.run(
        [trainer, "--data", directory, "--epochs", str(epochs), "--batch", "128"],
        capture_output=True, text=True)
    seconds = time.perf_counter() - begin
    if done.returncode:
        row["why"] = firstLine(done.stderr)
        return row
    steps = epochs * -(-images // 128)
    row["times"] = [seconds / steps]
    return row


def format(row):
    head = f"| {row['case']} | {row['batch']} | {row['name']} | " + (
        "on" if row["tf32"] else "off")
    if row["why"]:
        return f"{head} | | | | | not run: {row['why']} |"
    median = statistics.median(row["times"])
    difference = row.get("difference")
    return (f"{head} | {min(row['times']) * 1e6:.1f} | {median * 1e6:.1f} | "
            f"{row['batch'] / median:.0f} | {TEN_EPOCHS / row['batch'] * median:.2f}"
            f" | {'' if difference is None else f'{difference:.1e}'} |")


def main():
    arguments = parseArguments()
    rows, isRight = [], True
    with tempfile.TemporaryDirectory() as directory:
        network = os.path.join(directory, "resnet18.onnx")
        size, divisor = (32, 16) if arguments.tiny else (224, 1)
        onnx.save(make_image_networks.build("resnet18", size=size, divisor=divisor, short=arguments.tiny),
                  network)
        lenet = os.path.join(ROOT, "models", "bn-lenet.onnx")
        batches = (1, 3) if arguments.tiny else (1, 128)
        if arguments.tiny:
            arguments.min_time = 0
        cases = [("BN-LeNet", lenet, batch, (1, 28, 28)) for batch in batches]
        cases.append(("ResNet-18", network, 2 if arguments.tiny else 32,
                      (3, size, size)))
        for case in cases:
            isRight &= runCase(*case, arguments, directory, rows)
        row = trainRow(arguments, directory)
        rows.append(row)
        isRight &= not row["why"]
    with open(arguments.table, "w", encoding="utf-8") as file:
        file.write(
            f"# {arguments.device_name}\n\nFrom the computer's memory to the "
            "computer's memory; microseconds a call.\n\n| network | batch | runtime"
            " | TF32 | minimum | median | images/s | seconds for 10 x 60,000 images"
            " | largest difference |\n|---|---|---|---|---|---|---|---|---|\n")
        file.writelines(format(row) + "\n" for row in rows)
    for row in rows:
        print(format(row))
    for row in rows:
        if row["why"] and row["name"] == "bn-opt":
            print(f"not measured: {row['case']}: {row['why']}", file=sys.stderr)
    return 0 if isRight else 1


if __name__ == "__main__":
    sys.exit(main())
