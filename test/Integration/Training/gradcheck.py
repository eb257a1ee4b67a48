# ===- gradcheck.py - Gradients of whole networks --------------*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===---------------------------------------------------------------------===//

"""Gradients of whole networks against central differences (`bn-run gradcheck`).
Usage: gradcheck.py BN_RUN smooth|kinked [NETWORK...]. Works in the current
directory."""

import re
import subprocess
import sys

import onnx

import networks

# Names of networks, and arguments of networks.build. Images are small, so that
# many entries can be compared.
LENET = {"affine": "random", "size": 20}
KINDS = {
    # The largest error, and how many entries of each tensor are compared.
    "smooth": (1e-6, 20, {
        "bn-lenet": ("bn-lenet", LENET),
        "bn-lenet-after": ("bn-lenet-after", LENET),
        **{f"{norm}-lenet": ("bn-lenet", {**LENET, "norm": norm})
           for norm in ("layer", "layer-last", "instance", "group", "rms")}}),
    "kinked": (1e-4, 200, {
        "bn-lenet-relu": ("bn-lenet-relu", LENET),
        "preact-resnet": ("preact-resnet",
                          {"affine": "random", "width": 4}),
        "resnet18": ("resnet18",
                     {"affine": "random", "width": 4, "size": 8})})}
BATCH = 4
ROW = re.compile(r"(\S+) +(\d+) +(\d+) +(\d+) +(\S+) +(\S+)")


def check(bn_run, name, network, parameters, tolerance, samples):
    onnx.save(networks.build(network, **parameters), f"{name}.onnx")
    command = [bn_run, "gradcheck", f"{name}.onnx", "--batch", str(BATCH),
               "--samples", str(samples), "--tolerance", str(tolerance)]
    done = subprocess.run(command, capture_output=True, text=True)
    lines = done.stdout.splitlines()
    assert done.returncode in (0, 1) and lines, done.stderr
    rows = [match.groups() for match in map(ROW.fullmatch, lines) if match]
    learned = {each.name for each in onnx.load(f"{name}.onnx").graph.initializer
               if ".running_" not in each.name}
    assert {row[0] for row in rows} == learned, "a tensor was left out"
    redrawn = 0
    for tensor, *counts, _, _ in rows:
        entries, checked, kinks = map(int, counts)
        assert checked == min(samples, entries - kinks), tensor
        redrawn += kinks
    print(f"{name}: {lines[-1]}; {redrawn} entries redrawn")
    return done.returncode == 0


def main():
    bn_run, kind, *names = sys.argv[1:]
    tolerance, samples, cases = KINDS[kind]
    results = [check(bn_run, name, *cases[name], tolerance, samples)
               for name in names or cases]
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
