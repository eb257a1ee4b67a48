#!/usr/bin/env python3
# ===- compare.py - How fast compiled models are, beside other runtimes ----===#
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===-----------------------------------------------------------------------===#
"""Times inference of the models in models/, and of well-known networks that
models/make_image_networks.py makes, by bn-opt and by every other runtime that
this Python has: ONNX Runtime, OpenVINO, PyTorch (eager; the small models only).

All run in one process, on one thread pinned to one processor, from input to
output arrays that are bound beforehand, in turns (A B C A B C ...), so that a
change of the clock rate meets all alike. Before that their answers are
compared. Ratios are to the faster of ONNX Runtime and OpenVINO.

This is no test: it needs a quiet machine, and nothing of it is in check-bn.
exit status: 0 measured, 1 answers differ or something failed, 2 wrong usage.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from array import array

import numpy

from chart import drawChart, formatTime
from runtimes import PEERS, RIVALS, BnOpt

ROOT = os.path.normpath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "models"))
import make_image_networks as networks

# Models with their title, the shapes of a row of input and of output, and the
# batches they are measured at.
SMALL, IMAGE, CLASSES = [1, 128], (3, 224, 224), (1000,)
MODELS = {
    "bn-lenet": ("BN-LeNet", (1, 28, 28), (10,), SMALL),
    "simple-net": ("SimpleNet", (3, 32, 32), (10,), SMALL),
    "resnet18": ("ResNet-18", IMAGE, CLASSES, [1]),
    "resnet50": ("ResNet-50", IMAGE, CLASSES, [1]),
    "mobilenet-v2": ("MobileNetV2", IMAGE, CLASSES, [1]),
    "densenet121": ("DenseNet-121", IMAGE, CLASSES, [1]),
    "efficientnet-b0": ("EfficientNet-B0", IMAGE, CLASSES, [1]),
}
# Largest difference of answers, relative to the largest of all values: what
# convolutions by few products may have in all runtimes.
TOLERANCE = 1e-4


def parseArguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", action="append", choices=MODELS)
    parser.add_argument("--batch", action="append", type=int, metavar="N")
    parser.add_argument(
        "--seconds", type=float, default=1.5, help="for each runtime (1.5)"
    )
    parser.add_argument("--rounds", type=int, default=10, help="turns (10)")
    parser.add_argument("--cpu", type=int, help="processor to use (the last one)")
    parser.add_argument(
        "--bn-opt",
        default=os.path.join(ROOT, "build", "bin", "bn-opt"),
        metavar="PROGRAM",
    )
    parser.add_argument("--json", metavar="FILE", help="write all numbers there")
    parser.add_argument("--svg", metavar="FILE", help="draw the medians there")
    arguments = parser.parse_args()
    if min(arguments.batch or [1]) < 1 or arguments.rounds < 1:
        parser.error("batches and rounds are at least 1")
    return arguments


def getProcessor():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.machine()


def findRuntimes(program, directory):
    runtimes = [BnOpt(program, directory)]
    for peer in PEERS:
        try:
            runtimes.append(peer())
        except ImportError as error:
            print(f"{peer.name}: left out, {error}", file=sys.stderr)
    return runtimes


def compareAnswers(outputs):
    """Returns the largest difference of any two answers, relative to the
    largest value."""
    stack = numpy.stack([output.astype(numpy.float64) for output in outputs])
    spread = stack.max(axis=0) - stack.min(axis=0)
    # NaN, which is what outputs hold before they are written, stays NaN.
    return spread.max() / numpy.abs(stack).max()


def timeCalls(call, seconds, times):
    """Appends to `times` the nanoseconds of calls during `seconds`, after a few
    that bring the caches back."""
    clock = time.perf_counter_ns
    for _ in range(3):
        call()
    end = clock() + int(seconds * 1e9)
    while True:
        start = clock()
        call()
        stop = clock()
        times.append(stop - start)
        if stop >= end:
            return


def findModel(name, directory):
    """The path of a model, which is made in `directory` if it is not shipped."""
    path = os.path.join(ROOT, "models", name + ".onnx")
    if name in networks.NETWORKS:
        path = os.path.join(directory, name + ".onnx")
        if not os.path.exists(path):
            networks.onnx.save(networks.build(name), path)
    return path


def measure(runtimes, name, batch, arguments, directory):
    """Returns a dictionary of results for one model and batch."""
    _, inputRow, outputRow, _ = MODELS[name]
    path = findModel(name, directory)
    if name in networks.NETWORKS:
        runtimes = [runtime for runtime in runtimes if not runtime.smallOnly]
    random = numpy.random.default_rng(0)
    input = random.standard_normal((batch, *inputRow), dtype=numpy.float32)
    outputs = [
        numpy.full((batch, *outputRow), numpy.nan, numpy.float32) for _ in runtimes
    ]
    calls = [
        runtime.prepare(path, input, output)
        for runtime, output in zip(runtimes, outputs)
    ]
    for call in calls:
        call()
    difference = compareAnswers(outputs)
    if not difference <= TOLERANCE:
        raise RuntimeError(
            f"{name}, batch {batch}: answers differ by {difference:.2e}, "
            f"more than {TOLERANCE:g}"
        )

    times = [array("q") for _ in runtimes]
    for _ in range(arguments.rounds):
        for call, taken in zip(calls, times):
            timeCalls(call, arguments.seconds / arguments.rounds, taken)
    results = {
        runtime.name: {
            "min_us": min(taken) / 1e3,
            "median_us": float(numpy.median(taken)) / 1e3,
            "calls": len(taken),
        }
        for runtime, taken in zip(runtimes, times)
    }
    for key in ["min", "median"]:
        rivals = [results[name][key + "_us"] for name in RIVALS & results.keys()]
        for value in results.values():
            ratio = value[key + "_us"] / min(rivals) if rivals else None
            value[key + "_ratio"] = ratio
    return {
        "model": name,
        "batch": batch,
        "largest_difference": float(difference),
        "runtimes": results,
    }


def getTitle(case):
    return f"{MODELS[case['model']][0]}, batch {case['batch']}"


def printCase(case):
    print(
        f"\n{getTitle(case)}; answers differ by "
        f"{case['largest_difference']:.1e} at most"
    )
    print(f"  {'':14}{'minimum':>10}{'ratio':>7}{'median':>12}{'ratio':>7}")
    for name, value in case["runtimes"].items():
        line = f"  {name:14}"
        for key, width in [("min", 10), ("median", 12)]:
            ratio = value[key + "_ratio"]
            line += f"{formatTime(value[key + '_us']):>{width}}"
            line += f"{'-' if ratio is None else format(ratio, '.2f'):>7}"
        print(line)
    sys.stdout.flush()


def main():
    arguments = parseArguments()
    cpu = max(os.sched_getaffinity(0)) if arguments.cpu is None else arguments.cpu
    # Before any runtime is loaded: threads that they make inherit it.
    os.sched_setaffinity(0, {cpu})
    with tempfile.TemporaryDirectory() as directory:
        runtimes = findRuntimes(arguments.bn_opt, directory)
        versions = {runtime.name: runtime.version for runtime in runtimes}
        print(f"one thread of {getProcessor()}")
        print(", ".join(f"{name} {version}" for name, version in versions.items()))
        cases = []
        for name in arguments.model or MODELS:
            for batch in arguments.batch or MODELS[name][-1]:
                cases.append(measure(runtimes, name, batch, arguments, directory))
                printCase(cases[-1])

    if arguments.json:
        record = {
            "processor": getProcessor(),
            "versions": versions,
            "seconds": arguments.seconds,
            "cases": cases,
        }
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(record, file, indent=2)
            file.write("\n")
    if arguments.svg:
        panels = [
            (
                getTitle(case),
                [(key, value["median_us"]) for key, value in case["runtimes"].items()],
            )
            for case in cases
        ]
        footnote = f"median time of one call, one thread of {getProcessor()}"
        with open(arguments.svg, "w", encoding="utf-8") as file:
            file.write(drawChart(panels, footnote))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (OSError, RuntimeError, ValueError, subprocess.SubprocessError) as error:
        print(f"compare: error: {error}", file=sys.stderr)
        sys.exit(1)
