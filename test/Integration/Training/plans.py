# ===- plans.py - How training steps are planned ---------------*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===---------------------------------------------------------------------===//

"""usage: plans.py passes|budget|fusion BN_OPT BN_RUN

passes: how often a fused step passes over the tensors around batch norms.
budget: --memory-budget keeps what it promises, and training goes on as before.
fusion: --no-fusion trains alike, and its report says what fusion saves.
"""

import json
import subprocess
import sys

import numpy as np
import onnx

import dataset
import networks

# Forward reads and writes, backward reads and writes: for a convolution, a batch
# norm and an activation, in tensors of the convolution's output size.
LIMIT = (3, 2, 4, 1)
# BN-LeNet's sigmoid is stored, because computing it again would cost more time
# than reading it; its pooled tensor, which the next layer reads, comes on top: a
# quarter of a pass.
POOLED_SIGMOID = (3, 2.25, 4, 1)
KEYS = ("forward_reads", "forward_writes", "backward_reads", "backward_writes")
TOLERANCE = 1e-5


def write(name, **parameters):
    onnx.save(networks.build(name, **parameters), f"{name}.onnx")
    return f"{name}.onnx"


def report(bn_opt, model, *options):
    subprocess.run([bn_opt, model, "--train", "--stop-after=lower", "-o",
                    "step.mlirbc", "--report=plan.json", *options], check=True)
    with open("plan.json", encoding="utf-8") as file:
        return json.load(file)


def check(condition, message):
    if not condition:
        sys.exit(f"plans: error: {message}")


def check_limit(model, norm, limit):
    after, before = norm["passes"]["after"], norm["passes"]["before"]
    got = tuple(after[key] for key in KEYS)
    print(f"{model} {norm['name']}: {got} of {limit}, op by op "
          f"{tuple(before[key] for key in KEYS)}")
    check(all(a <= b for a, b in zip(got, limit)),
          f"{model}: {norm['name']} passes {got}, allowed {limit}")
    for key in KEYS:
        check(after[key] <= before[key], f"{model}: {norm['name']}: more {key}")
        of_tensors = sum(tensor["after"][key] for tensor in norm["tensors"])
        check(np.isclose(of_tensors, after[key]),
              f"{model}: {key} of tensors do not add up")
    check(sum(after.values()) < sum(before.values()),
          f"{model}: {norm['name']}: nothing saved")


def check_passes(bn_opt, _):
    for name, limit in (("bn-lenet", POOLED_SIGMOID), ("bn-lenet-after", LIMIT),
                        ("bn-lenet-relu", LIMIT)):
        norms = report(bn_opt, write(name))["normalizations"]
        for norm in norms[:2]:
            check_limit(name, norm, limit)
    # Those whose result an addition takes read and write its tensors too.
    for name, alone in (("resnet18", ".1"), ("preact-resnet", ".2")):
        plan = report(bn_opt, write(name))
        norms = [norm for norm in plan["normalizations"]
                 if norm["name"].endswith(alone) and
                 "add" not in "".join(t["name"] for t in norm["tensors"])]
        check(len(norms) >= 3, f"{name}: {len(norms)} layers without addition")
        for norm in norms:
            check_limit(name, norm, LIMIT)


def train(bn_run, model, data, *options, threads=1):
    subprocess.run([bn_run, "train", model, "--data", data, "--batch", "32",
                    "--epochs", "2", "--lr", "0.1", "--no-shuffle", "--threads",
                    str(threads), "--log", "log.jsonl", *options], check=True,
                   stdout=subprocess.DEVNULL)
    with open("log.jsonl", encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    return [line["loss"] for line in lines if "step" in line]


def make_data(name):
    dataset.write("data", *dataset.make(networks.get_shape(name), 100))
    return "data"


def get_places(plan, place):
    return {tensor["name"] for norm in plan["normalizations"]
            for tensor in norm["tensors"] if tensor["place"] == place}


def find_smallest(bn_opt, model):
    done = subprocess.run([bn_opt, model, "--train", "--stop-after=lower", "-o",
                           "step.mlirbc", "--batch=32", "--memory-budget=1"],
                          capture_output=True, text=True)
    check(done.returncode == 1, f"{model}: no error for a budget of 1 byte")
    words = done.stderr.split()
    check("--memory-budget: expected at least" in done.stderr and
          "bytes for a batch of 32, got 1" in done.stderr, done.stderr)
    return int(words[words.index("least") + 1])


def check_budget(bn_opt, bn_run):
    for name in ("bn-lenet", "preact-resnet"):
        model, data = write(name), make_data(name)
        fast = report(bn_opt, model, "--batch=32")
        peak = fast["training"]["peak_bytes"]
        check(fast["training"]["memory_budget"] is None, "a budget from nowhere")
        smallest = find_smallest(bn_opt, model)
        check(smallest < peak, f"{name}: {smallest} is not less than {peak}")
        losses = train(bn_run, model, data)
        half = (peak + smallest) // 2
        # The smallest plan of a deep network takes long to compile.
        trained = smallest if name == "bn-lenet" else half
        for budget in (peak, half, smallest):
            plan = report(bn_opt, model, "--batch=32",
                          f"--memory-budget={budget}")
            got = plan["training"]["peak_bytes"]
            check(got <= budget == plan["training"]["memory_budget"],
                  f"{name}: {got} bytes in a budget of {budget}")
            again = get_places(plan, "recomputed") - get_places(fast, "recomputed")
            check(bool(again) == (budget < peak),
                  f"{name}, budget {budget}: computed again are {again}")
            print(f"{name}, {budget} of {peak} bytes: {got}, again: "
                  f"{', '.join(sorted(again)) or 'nothing'}")
        other = train(bn_run, model, data, f"--memory-budget={trained}")
        np.testing.assert_allclose(other, losses, rtol=TOLERANCE)
        check(other == train(bn_run, model, data, f"--memory-budget={trained}",
                             threads=2), f"{name}: bits depend on threads")


def check_fusion(bn_opt, bn_run):
    for name in ("bn-lenet-relu", "preact-resnet"):
        model, data = write(name), make_data(name)
        plan = report(bn_opt, model, "--no-fusion")
        check(not plan["training"]["fused"] and plan["fused"] == 0,
              f"{name}: fused without fusion")
        for norm in plan["normalizations"]:
            passes = norm["passes"]
            check(passes["after"] == passes["before"], f"{name}: fewer passes")
        losses = train(bn_run, model, data)
        other = train(bn_run, model, data, "--no-fusion")
        np.testing.assert_allclose(other, losses, rtol=TOLERANCE)
        if name == "bn-lenet-relu":
            check(other == train(bn_run, model, data, "--no-fusion", threads=2),
                  f"{name}: bits depend on threads")


if __name__ == "__main__":
    {"passes": check_passes, "budget": check_budget,
     "fusion": check_fusion}[sys.argv[1]](*sys.argv[2:])
