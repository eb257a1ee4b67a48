#!/usr/bin/env python3
# ===- training.py - How fast training steps are, beside PyTorch's ---------===#
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===-----------------------------------------------------------------------===#
"""Times steps of training by a trainer that bn-opt makes and by PyTorch: eager in
both of its memory layouts, and torch.compile. A step is forward, backward, and
gradient descent. What fusion gains is seen beside bn-opt's own kernels without
it, each of them a pass over the batch (`--no-fusion`).

All take turns, on the same network, values and data; each turn is some epochs
of a few steps, and what is reported is the minimum and the median of the
epochs, as time per step. bn-opt's are whole epochs of the trainer, with its
loading of data; PyTorch's are bare loops over tensors that lie in memory. Before
that the losses of the first epoch are compared. Ratios are to PyTorch's fastest.

This is no test: it needs a quiet machine and PyTorch, and nothing of it is in
check-bn.
exit status: 0 measured, 1 losses differ or something failed, 2 wrong usage.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

import numpy

ROOT = os.path.normpath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "test", "Integration", "Training"))
import dataset
import networks

# Title, batch, steps of an epoch, epochs of a turn, learning rate.
CASES = {
    "bn-lenet": ("BN-LeNet", 128, 40, 5, 0.1),
    "resnet18": ("ResNet-18, 32x32", 32, 3, 2, 0.01),
}
# Largest difference of the mean losses of the first epoch.
TOLERANCE = 1e-3
# bn-opt's rows, and what each wants besides.
OURS = {"bn-opt": [], "bn-opt, fusion off": ["--no-fusion"]}


def parseArguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--network", action="append", choices=CASES)
    parser.add_argument("--threads", action="append", type=int, metavar="N")
    parser.add_argument("--rounds", type=int, default=8, help="turns (8)")
    parser.add_argument(
        "--no-compile", action="store_true", help="leave torch.compile out"
    )
    parser.add_argument(
        "--bn-opt",
        default=os.path.join(ROOT, "build", "bin", "bn-opt"),
        metavar="PROGRAM",
    )
    parser.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="OPTION",
        help="one more for bn-opt: --option=-O0",
    )
    parser.add_argument("--json", metavar="FILE", help="write all numbers there")
    arguments = parser.parse_args()
    arguments.network = arguments.network or list(CASES)
    arguments.threads = arguments.threads or [1, 2]
    if min(arguments.threads) < 1 or arguments.rounds < 1:
        parser.error("threads and rounds are at least 1")
    return arguments


class BnOpt:
    """Epochs of a trainer, timed by itself."""

    def __init__(self, name, arguments, model, data, batch, rate, threads):
        self.name = name
        self.log = os.path.join(os.path.dirname(model), "log.jsonl")
        self.batch = batch
        trainer = os.path.splitext(model)[0] + str(list(OURS).index(name))
        command = [arguments.bn_opt, model, "--train", "--batch", str(batch)]
        command += [*OURS[name], *arguments.option, "-o", trainer]
        subprocess.run(command, check=True)
        self.command = [trainer, "--data", data]
        self.command += ["--batch", str(batch), "--lr", str(rate)]
        self.command += ["--threads", str(threads), "--no-shuffle"]
        self.command += ["--log", self.log]

    def run(self, epochs):
        """Returns the mean loss of the first epoch and, of the others, the
        seconds of a step."""
        command = [*self.command, "--epochs", str(epochs + 1)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)}:\n{done.stderr}")
        with open(self.log, encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        lines = [line for line in lines if "step" not in line]
        rates = [line["examples_per_second"] for line in lines[1:]]
        return lines[0]["train_loss"], [self.batch / rate for rate in rates]


class PyTorch:
    """Epochs of a loop in PyTorch; `compiled` is torch.compile."""

    def __init__(self, name, model, images, labels, batch, rate, layout, compiled):
        import torch
        from torch_graph import LAYOUTS, Network

        self.name, self.torch = name, torch
        images = torch.from_numpy(images)
        images = images.contiguous(memory_format=LAYOUTS[layout])
        self.batches = list(
            zip(images.split(batch), torch.from_numpy(labels).split(batch))
        )
        # Rows of a slice keep the layout that they have.
        net = Network(model, layout).train()
        self.optimizer = torch.optim.SGD(net.parameters(), lr=rate)
        self.net = torch.compile(net) if compiled else net

    def runEpoch(self):
        losses = []
        for images, labels in self.batches:
            self.optimizer.zero_grad()
            loss = self.torch.nn.functional.cross_entropy(self.net(images), labels)
            loss.backward()
            self.optimizer.step()
            losses.append(loss.detach())
        return losses

    def run(self, epochs):
        first = float(numpy.mean([loss.item() for loss in self.runEpoch()]))
        times = []
        for _ in range(epochs):
            start = time.perf_counter()
            self.runEpoch()
            times.append((time.perf_counter() - start) / len(self.batches))
        return first, times


def measure(arguments, name, threads, directory):
    """Returns a dictionary of results for one network."""
    _, batch, steps, epochs, rate = CASES[name]
    images, labels = dataset.make(networks.get_shape(name), batch * steps)
    data = os.path.join(directory, name)
    dataset.write(data, images, labels)
    model = networks.build(name)
    path = os.path.join(directory, f"{name}.onnx")
    with open(path, "wb") as file:
        file.write(model.SerializeToString())

    ours = (arguments, path, data, batch, rate, threads)
    peers = [BnOpt(name, *ours) for name in OURS]
    for layout in ["contiguous", "channels_last"]:
        for compiled in [False] if arguments.no_compile else [False, True]:
            title = f"PyTorch {'compiled' if compiled else 'eager'}, {layout}"
            settings = (images, labels, batch, rate, layout, compiled)
            peers.append(PyTorch(title, model, *settings))
    times = {peer.name: [] for peer in peers}
    # The first turn is for caches and compilers, and tells the losses.
    losses = {peer.name: peer.run(1)[0] for peer in peers}
    difference = max(losses.values()) - min(losses.values())
    if not difference <= TOLERANCE:
        raise RuntimeError(f"{name}: losses differ: {losses}")
    for _ in range(arguments.rounds):
        for peer in peers:
            times[peer.name] += peer.run(epochs)[1]

    results = {
        peer: {"min_ms": min(taken) * 1e3, "median_ms": numpy.median(taken) * 1e3}
        for peer, taken in times.items()
    }
    for key in ["min", "median"]:
        fastest = min(
            value[f"{key}_ms"] for peer, value in results.items() if peer not in OURS
        )
        for value in results.values():
            value[f"{key}_ratio"] = value[f"{key}_ms"] / fastest
    return {
        "network": name,
        "batch": batch,
        "threads": threads,
        "largest_difference": difference,
        "steps": results,
    }


def printCase(case):
    title = CASES[case["network"]][0]
    print(
        f"\n{title}, batch {case['batch']}, {case['threads']} thread(s); mean "
        f"losses differ by {case['largest_difference']:.1e}"
    )
    print(f"  {'':32}{'minimum':>11}{'ratio':>7}{'median':>11}{'ratio':>7}")
    for name, value in case["steps"].items():
        line = f"  {name:32}"
        for key in ["min", "median"]:
            line += f"{value[key + '_ms']:>8.3f} ms{value[key + '_ratio']:>7.3f}"
        print(line)
    sys.stdout.flush()


def runAlone(arguments, threads):
    """Measures with that number of threads, in a process of its own: what
    torch.compile makes is for the threads that there are then."""
    with tempfile.TemporaryDirectory() as directory:
        out = os.path.join(directory, "results.json")
        command = [sys.executable, __file__, "--threads", str(threads)]
        command += ["--rounds", str(arguments.rounds), "--json", out]
        command += ["--bn-opt", arguments.bn_opt]
        command += [f"--network={name}" for name in arguments.network]
        command += [f"--option={option}" for option in arguments.option]
        command += ["--no-compile"] if arguments.no_compile else []
        subprocess.run(command, check=True)
        with open(out, encoding="utf-8") as file:
            return json.load(file)


def main():
    arguments = parseArguments()
    if len(arguments.threads) > 1:
        cases = sum((runAlone(arguments, each) for each in arguments.threads), [])
    else:
        import torch

        torch.set_num_threads(arguments.threads[0])
        cases = []
        with tempfile.TemporaryDirectory() as directory:
            for name in arguments.network:
                cases.append(measure(arguments, name, arguments.threads[0], directory))
                printCase(cases[-1])
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(cases, file, indent=2)
            file.write("\n")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (ImportError, OSError, RuntimeError, subprocess.SubprocessError) as error:
        print(f"training: error: {error}", file=sys.stderr)
        sys.exit(1)
