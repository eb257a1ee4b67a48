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

All run in one process, pinned to as many processors as they have threads, from
input to output arrays that are bound beforehand, in turns (A B C A B C ...), so
that a change of the clock rate meets all alike. Before that their answers are
compared. Ratios are to the faster of ONNX Runtime and OpenVINO; the last column
is the share of the machine's peak by the operations of direct convolutions, so
that Winograd's may be above 100 %. bn-opt is measured with and without folding
batch norms. `--programs` adds size, start and memory of whole programs.

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
from programs import measureProgram, printProgram
from runtimes import PEERS, RIVALS, BnOpt, BnOptWithoutFold

ROOT = os.path.normpath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "models"))
import make_image_networks as networks

# Models with their title, the shapes of a row of input and of output, and the
# batches they are measured at.
SMALL, LARGE = [1, 8, 128], [1, 8]
IMAGE, CLASSES = (3, 224, 224), (1000,)
MODELS = {
    "bn-lenet": ("BN-LeNet", (1, 28, 28), (10,), SMALL),
    "simple-net": ("SimpleNet", (3, 32, 32), (10,), SMALL),
    "resnet18": ("ResNet-18", IMAGE, CLASSES, LARGE),
    "resnet50": ("ResNet-50", IMAGE, CLASSES, LARGE),
    "mobilenet-v2": ("MobileNetV2", IMAGE, CLASSES, LARGE),
    "densenet121": ("DenseNet-121", IMAGE, CLASSES, LARGE),
    "efficientnet-b0": ("EfficientNet-B0", IMAGE, CLASSES, LARGE),
}
# Largest difference of answers, relative to the largest of all values: what
# convolutions by few products may have, and what direct ones may.
TOLERANCE, DIRECT_TOLERANCE = 1e-4, 1e-5


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
    parser.add_argument(
        "--threads", action="append", type=int, metavar="N", help="repeatable (1)"
    )
    parser.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="OPTION",
        help="one more for bn-opt: --option=--winograd=off",
    )
    parser.add_argument(
        "--programs", action="store_true", help="measure whole programs, too"
    )
    parser.add_argument(
        "--bn-opt",
        default=os.path.join(ROOT, "build", "bin", "bn-opt"),
        metavar="PROGRAM",
    )
    parser.add_argument("--json", metavar="FILE", help="write all numbers there")
    parser.add_argument("--svg", metavar="FILE", help="draw the medians there")
    arguments = parser.parse_args()
    arguments.threads = arguments.threads or [1]
    if min(arguments.batch or [1]) < 1 or arguments.rounds < 1:
        parser.error("batches and rounds are at least 1")
    processors = len(os.sched_getaffinity(0))
    if not 1 <= min(arguments.threads) <= max(arguments.threads) <= processors:
        parser.error(f"threads are from 1 to {processors}, the processors here")
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


def measurePeak(arguments, threads):
    """The machine's operations per second, as `bn-run bench` measures it."""
    bnRun = os.path.join(os.path.dirname(arguments.bn_opt), "bn-run")
    model = os.path.join(ROOT, "models", "bn-lenet.onnx")
    done = subprocess.run(
        [bnRun, "bench", model, "--json", "--min-time", "0.1"],
        check=True,
        capture_output=True,
        text=True,
    )
    bench = json.loads(done.stdout)
    return threads * bench["gflops"] * 1e9 / bench["peak_share"]


def findRuntimes(arguments, threads, directory):
    ours = (arguments.bn_opt, directory, threads, arguments.option)
    runtimes = [BnOpt(*ours), BnOptWithoutFold(*ours)]
    for peer in PEERS:
        try:
            runtimes.append(peer(threads))
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


def measure(runtimes, name, batch, peak, arguments, directory):
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
    direct = "--winograd=off" in arguments.option
    tolerance = DIRECT_TOLERANCE if direct else TOLERANCE
    if not difference <= tolerance:
        raise RuntimeError(
            f"{name}, batch {batch}: answers differ by {difference:.2e}, "
            f"more than {tolerance:g}"
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
    for value in results.values():
        seconds = value["min_us"] / 1e6
        value["peak_share"] = runtimes[0].operations / seconds / peak
    return {
        "model": name,
        "batch": batch,
        "threads": runtimes[0].threads.threads,
        "largest_difference": float(difference),
        "runtimes": results,
    }


def getTitle(case):
    title = f"{MODELS[case['model']][0]}, batch {case['batch']}"
    return title + (f", {case['threads']} threads" if case["threads"] > 1 else "")


def printCase(case):
    print(
        f"\n{getTitle(case)}; answers differ by "
        f"{case['largest_difference']:.1e} at most"
    )
    print(f"  {'':16}{'minimum':>10}{'ratio':>7}{'median':>12}{'ratio':>7}{'peak':>8}")
    for name, value in case["runtimes"].items():
        line = f"  {name:16}"
        for key, width in [("min", 10), ("median", 12)]:
            ratio = value[key + "_ratio"]
            line += f"{formatTime(value[key + '_us']):>{width}}"
            line += f"{'-' if ratio is None else format(ratio, '.2f'):>7}"
        print(f"{line}{value['peak_share']:>8.0%}")
    sys.stdout.flush()


def measureAll(arguments, threads):
    """Measures with that number of threads; returns the record."""
    # Before any runtime is loaded: threads that they make inherit it.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-threads:])
    with tempfile.TemporaryDirectory() as directory:
        peak = measurePeak(arguments, threads)
        runtimes = findRuntimes(arguments, threads, directory)
        versions = {
            runtime.name: runtime.version
            for runtime in runtimes
            if not isinstance(runtime, BnOptWithoutFold)
        }
        print(f"\n{threads} thread(s) of {getProcessor()}, {peak / 1e9:.0f} GFLOP/s")
        print(", ".join(f"{name} {version}" for name, version in versions.items()))
        cases, programs = [], {}
        for name in arguments.model or MODELS:
            for batch in arguments.batch or MODELS[name][-1]:
                settings = (peak, arguments, directory)
                cases.append(measure(runtimes, name, batch, *settings))
                printCase(cases[-1])
            if arguments.programs:
                path = findModel(name, directory)
                row = numpy.random.default_rng(0).standard_normal(
                    (1, *MODELS[name][1]), dtype=numpy.float32
                )
                program = measureProgram(arguments.bn_opt, path, row, directory)
                programs[name] = program
                printProgram(program)
    return {
        "processor": getProcessor(),
        "versions": versions,
        "seconds": arguments.seconds,
        "peak": {threads: peak},
        "cases": cases,
        "programs": programs,
    }


def runAlone(arguments, threads, programs):
    """Measures with that number of threads in a process of its own: runtimes
    settle on theirs when they are loaded."""
    with tempfile.TemporaryDirectory() as directory:
        out = os.path.join(directory, "results.json")
        command = [sys.executable, __file__, f"--threads={threads}", "--json", out]
        command += [f"--rounds={arguments.rounds}", f"--seconds={arguments.seconds}"]
        command += ["--bn-opt", arguments.bn_opt]
        command += [f"--model={name}" for name in arguments.model or []]
        command += [f"--batch={batch}" for batch in arguments.batch or []]
        command += [f"--option={option}" for option in arguments.option]
        command += ["--programs"] if programs else []
        subprocess.run(command, check=True)
        with open(out, encoding="utf-8") as file:
            return json.load(file)


def main():
    arguments = parseArguments()
    if len(arguments.threads) == 1:
        record = measureAll(arguments, arguments.threads[0])
    else:
        record = runAlone(arguments, arguments.threads[0], arguments.programs)
        for threads in arguments.threads[1:]:
            more = runAlone(arguments, threads, False)
            record["peak"].update(more["peak"])
            record["cases"] += more["cases"]
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(record, file, indent=2)
            file.write("\n")
    if arguments.svg:
        panels = [
            (
                getTitle(case),
                [
                    (key, value["median_us"])
                    for key, value in case["runtimes"].items()
                    if key != BnOptWithoutFold.name
                ],
            )
            for case in record["cases"]
        ]
        footnote = f"median time of one call, {getProcessor()}"
        with open(arguments.svg, "w", encoding="utf-8") as file:
            file.write(drawChart(panels, footnote))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (OSError, RuntimeError, ValueError, subprocess.SubprocessError) as error:
        print(f"compare: error: {error}", file=sys.stderr)
        sys.exit(1)
