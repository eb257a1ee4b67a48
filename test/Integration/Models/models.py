# ===- models.py - The shipped models as executables -----------*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===---------------------------------------------------------------------===//

"""Compiles the models of models/ to executables and compares what they answer
with the reference outputs, with ONNX Runtime and with the true digits.
Usage: models.py BN_OPT MODELS [OPTION...], the options being bn-opt's. Works in
the current directory."""

import json
import os
import subprocess
import sys

import numpy as np
import onnxruntime

TOLERANCE = 1e-5
LARGEST_PROGRAM = 1_000_000
# Of each model: batch norms in all, folded, and whether its program is to stay
# below LARGEST_PROGRAM; SimpleNet has more bytes of parameters than that.
MODELS = {
    "bn-lenet": (4, 4, True),
    "bn-lenet-scratch": (4, 4, True),
    "bn-lenet-training": (4, 0, True),
    "simple-net": (1, 1, False),
}


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(command)}:\n{done.stderr}"
    return done.stdout


def compare(what, got, wanted):
    """Off by at most TOLERANCE of the largest magnitude; NaN never passes."""
    assert got.shape == wanted.shape, (what, got.shape, wanted.shape)
    error = np.abs(got - wanted).max()
    bound = TOLERANCE * np.abs(wanted).max()
    assert error <= bound, f"{what}: error {error}, allowed {bound}"


def load(path):
    """The arrays of an .npz by name."""
    with np.load(path) as file:
        return dict(file)


def check_program(name, limited):
    libraries = {line.split()[0].split(".")[0].split("/")[-1]
                 for line in run("ldd", f"./{name}").splitlines()}
    libraries -= {"linux-vdso", "ld-linux-x86-64"}
    assert libraries <= {"libc", "libm"}, f"{name} needs {libraries}"
    size = os.path.getsize(name)
    if limited:
        assert size < LARGEST_PROGRAM, f"{name} has {size} bytes"


def check_answers(name, model, reference):
    wanted = load(reference)
    x = wanted.pop("input")
    np.save(f"{name}.in.npy", x)
    run(f"./{name}", f"{name}.in.npy", "-o", f"{name}.out.npz")
    got = load(f"{name}.out.npz")
    session = onnxruntime.InferenceSession(
        model, providers=["CPUExecutionProvider"])
    outputs = [output.name for output in session.get_outputs()]
    oracle = dict(zip(outputs, session.run(None, {"input": x})))
    assert list(got) == outputs and set(wanted) == set(outputs)
    for output in outputs:
        compare(f"{name}: {output} and the reference", got[output],
                wanted[output])
        compare(f"{name}: {output} and ONNX Runtime", got[output],
                oracle[output])


def read_digits(name, models):
    """Checks the accuracy and returns the logits of all test digits."""
    digits = os.path.join(models, "digits", "t10k-")
    printed = run(f"./{name}", f"{digits}images-idx3-ubyte.gz", "--labels",
                  f"{digits}labels-idx1-ubyte.gz", "-o", f"{name}.logits.npy")
    assert "accuracy: 0.9222 (332 of 360)" in printed, printed
    return np.load(f"{name}.logits.npy")


def main():
    bn_opt, models, *options = sys.argv[1:]
    logits = {}
    for name, (total, folded, limited) in MODELS.items():
        if "-O0" in options:
            folded = 0
        model = os.path.join(models, f"{name}.onnx")
        run(bn_opt, model, "-o", name, "--report", f"{name}.json", *options)
        with open(f"{name}.json", encoding="utf-8") as file:
            report = json.load(file)
        counts = report["total"], report["folded"]
        # Without graph rewrites nobody looks for batch norms written out.
        if not ("-O0" in options and name == "bn-lenet-scratch"):
            assert counts == (total, folded), f"{name}: {counts}"
        check_program(name, limited)
        check_answers(name, model,
                      os.path.join(models, "reference", f"{name}.npz"))
        if name in ("bn-lenet", "bn-lenet-scratch"):
            logits[name] = read_digits(name, models)
    compare("batch norm written out", logits["bn-lenet-scratch"],
            logits["bn-lenet"])


if __name__ == "__main__":
    main()
