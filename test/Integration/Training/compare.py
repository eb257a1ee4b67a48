# ===- compare.py - Trainings beside PyTorch's -----------------*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===---------------------------------------------------------------------===//

"""Repeats trainings of cases.py with bn-run and compares them with what
goldens.py recorded. Usage: compare.py BN_RUN ELEMENT CASE... [-- OPTION...], the
options being more of bn-run's. Works in the current directory.

A gradient is what one step of plain gradient descent at a rate of 1024 moved a
parameter by: a power of two, and so large that little of it is rounded away."""

import json
import os
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime

import dataset
import fingerprint
from cases import CASES, FIRST_BARS, get_initial_values

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "goldens")
GRADIENT_RATE = 1024.0
# Gradients below this part of the largest of all, in double, are zero: those of
# biases in front of a batch norm. Ours are to be below this part of the bar of
# the largest.
ZERO, SMALL = 1e-12, 1e-2
# Of a test accuracy.
ROUNDING = 1e-6
# Names of written-out batch norms, and of the node's.
SCRATCH = {"gamma": "weight", "beta": "bias", "moving_mean": "running_mean",
           "moving_var": "running_var", "running_variance": "running_var"}


class Differences:
    """Collects the largest difference of each kind in parts of what is
    allowed."""

    def __init__(self):
        self.worst = {}

    def add(self, kind, name, difference, bar):
        # NaN is worse than all.
        part = difference / bar if difference <= np.inf else np.inf
        if kind not in self.worst or part > self.worst[kind][0]:
            self.worst[kind] = part, name, difference, bar

    def add_tensor(self, kind, name, got, wanted, relative, layouts, floor):
        difference = fingerprint.difference(fingerprint.take(got), wanted)
        bar = max(relative * max(fingerprint.largest(wanted), floor),
                  2 * layouts)
        self.add(kind, name, difference, bar)

    def report(self, title):
        for kind, (part, name, difference, bar) in self.worst.items():
            print(f"{title}: {kind}: largest difference {difference:.2e} of "
                  f"{bar:.2e} ({name}){' FAILED' if part > 1 else ''}")
        return all(part <= 1 for part, *_ in self.worst.values())


class Training:
    """A run of bn-run train: `losses` and `epochs` of its log, `tensors` of the
    model that it saved."""

    def __init__(self, bn_run, name, model, images, labels, options):
        dataset.write(f"{name}.data", images, labels)
        command = [bn_run, "train", model, "--data", f"{name}.data",
                   "--no-shuffle", "--running-var=unbiased", "--log",
                   f"{name}.jsonl", "--save", f"{name}.onnx", *options]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, f"{' '.join(command)}:\n{done.stderr}"
        with open(f"{name}.jsonl", encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        steps = [line for line in lines if "step" in line]
        assert [line["step"] for line in steps] == [
            *range(1, len(steps) + 1)], "steps are numbered from 1"
        self.losses = [line["loss"] for line in steps]
        self.epochs = [line for line in lines if "step" not in line]
        for line in self.epochs:
            losses = [step["loss"] for step in steps
                      if step["epoch"] == line["epoch"]]
            mean = np.mean(losses)
            assert abs(line["train_loss"] - mean) <= 1e-6 * abs(mean), line
        self.model = onnx.load(f"{name}.onnx")
        onnx.checker.check_model(self.model, full_check=True)
        # Not the shapes of a model that was written anew.
        self.tensors = {name: value for name, value in
                        get_initial_values(self.model).items()
                        if value.dtype.kind == "f"}


def load_golden(case, name):
    with open(os.path.join(FOLDER, f"{case.same_as or name}.json"),
              encoding="utf-8") as file:
        return json.load(file)


def check_inputs(case, golden, model, images, labels):
    """The seeds must give what they gave when the golden file was written."""
    made = {"images": images, "labels": labels}
    known = {"images": golden["images"], "labels": golden["labels"]}
    for name, value in get_initial_values(model).items():
        made[name] = value
        known[name] = golden["initial"][rename(name)]
    for name, value in made.items():
        off = fingerprint.difference(fingerprint.take(value), known[name])
        assert off <= 1e-6, (
            f"{name}: this NumPy draws other numbers than the golden file has; "
            "run goldens.py")


def rename(name):
    stem, _, leaf = name.removeprefix("/").rpartition(".")
    return f"{stem}.{SCRATCH.get(leaf, leaf)}"


def compare_tensors(differences, kind, got, golden, bar, floor=0.0):
    for name, value in got.items():
        differences.add_tensor(
            kind, name, value, golden[kind][rename(name)],
            bar, golden["layouts"][kind][rename(name)], floor)


def compare_gradients(differences, got, golden, element):
    # Which gradients are zero can be seen in double only.
    sizes = {name: fingerprint.largest(value)
             for name, value in golden["f64"]["gradients"].items()}
    largest, bar = max(sizes.values()), FIRST_BARS[element]
    zeros = {name for name in got if sizes[rename(name)] <= ZERO * largest}
    for name in zeros:
        differences.add("zero gradients", name, np.abs(got[name]).max(),
                        SMALL * bar * largest)
    compare_tensors(differences, "gradients", {
        name: value for name, value in got.items() if name not in zeros},
        golden[element], bar)


def check_names(before, after):
    """The source's initializers are still there, as they were. Running statistics
    that it lacks may join them; then batch norms are nodes, with vectors."""
    joined = after.keys() - before.keys()
    assert all(".running_" in name for name in joined), joined
    for name, start in before.items():
        value = after[name]
        assert value.dtype == start.dtype, name
        assert value.shape == start.shape or (
            joined and value.shape == (start.size,)), name


def check_first_step(differences, case, golden, element, run, model, data):
    images, labels = data
    first = run("first", images[:case.batch], labels[:case.batch],
                ["--epochs", "1", "--lr", str(GRADIENT_RATE)])
    assert len(first.losses) == 1
    before = get_initial_values(model)
    check_names(before, first.tensors)
    gradients, statistics = {}, {}
    for name, value in first.tensors.items():
        if rename(name) in golden[element]["gradients"]:
            start = before[name].reshape(value.shape)
            gradients[name] = (start - value.astype(float)) / GRADIENT_RATE
        else:
            statistics[name] = value
    loss = golden[element]["losses"][0]
    differences.add("first loss", "step 1", abs(first.losses[0] - loss),
                    FIRST_BARS[element] * abs(loss))
    compare_gradients(differences, gradients, golden, element)
    compare_tensors(differences, "statistics", statistics, golden[element],
                    FIRST_BARS[element])


def check_all_steps(differences, case, golden, element, run, data):
    images, labels = data
    whole = run("whole", images, labels,
                ["--epochs", str(case.epochs), "--lr", str(case.rate),
                 *case.optimizer_options])
    assert len(whole.losses) == len(golden["losses"])
    bar = case.bars[element]
    for step, (loss, known) in enumerate(zip(whole.losses, golden["losses"])):
        differences.add("losses", f"step {step + 1}", abs(loss - known),
                        max(bar, 2 * golden["layouts"]["losses"]))
    # Values below 1 are compared as they are.
    compare_tensors(differences, "last", whole.tensors, golden, bar, floor=1.0)
    # ONNX Runtime has no convolution of doubles.
    if element == "f32":
        check_saved_model(whole, images[:dataset.TEST_ROWS],
                          labels[:dataset.TEST_ROWS])


def check_saved_model(training, images, labels):
    """What ONNX Runtime makes of it is what the training said of its test."""
    session = onnxruntime.InferenceSession(
        training.model.SerializeToString(),
        providers=["CPUExecutionProvider"])
    logits, = session.run(None, {"input": images})
    accuracy = np.mean(logits.argmax(axis=1) == labels)
    told = training.epochs[-1]["test_accuracy"]
    assert abs(told - accuracy) <= ROUNDING, (
        f"test accuracy {told}, {accuracy} by ONNX Runtime")


def compare(bn_run, element, name, options):
    case = CASES[name]
    golden, model, data = load_golden(case, name), case.build(element), case.data()
    check_inputs(case, golden, model, *data)
    path = f"{name}.{element}.onnx"
    onnx.save(model, path)
    common = ["--batch", str(case.batch), "--element-type", element,
              *case.loss_options, *case.statistics_options, *options]
    run = lambda part, images, labels, more: Training(
        bn_run, f"{name}.{element}.{part}", path, images, labels,
        [*common, *more])
    differences = Differences()
    check_first_step(differences, case, golden, element, run, model, data)
    if element in case.bars:
        check_all_steps(differences, case, golden[element], element, run, data)
    return differences.report(f"{name}, {element}")


def main():
    arguments = sys.argv[1:]
    at = arguments.index("--") if "--" in arguments else len(arguments)
    (bn_run, element, *names), options = arguments[:at], arguments[at + 1:]
    results = [compare(bn_run, element, name, options) for name in names]
    sys.exit(0 if results and all(results) else 1)


if __name__ == "__main__":
    main()
