# ===- goldens.py - Record trainings in PyTorch ----------------*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===---------------------------------------------------------------------===//

"""Trains the networks of cases.py in PyTorch and writes what came out to
goldens/CASE.json. Needs torch, numpy and onnx; run by hand, tests read the
files. Usage: goldens.py [CASE...]

Of each precision a file holds the losses of the steps, fingerprints of the
tensors after them, of the gradients of the first step and of the running
statistics after it, and how far PyTorch's two memory layouts are apart in each:
what no other implementation can be expected to stay below. Running variances
are PyTorch's, unbiased (`bn-run train --running-var=unbiased`)."""

import json
import os
import sys

import numpy as np
import torch
from torch.nn import functional as F

import fingerprint
from cases import CASES, get_initial_values
from torch_graph import LAYOUTS, Network

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "goldens")
PRECISIONS = {"f32": torch.float32, "f64": torch.float64}


def copy(tensors):
    return {name: each.detach().clone().contiguous().numpy()
            for name, each in tensors.items()}


def get_loss(case, logits, labels):
    kind, settings = case.loss
    if kind == "mse_loss":
        labels = F.one_hot(labels, logits.shape[1]).to(logits.dtype)
    return getattr(F, kind)(logits, labels, **settings)


def get_schedule(case, optimizer):
    kinds = torch.optim.lr_scheduler
    schedules = [getattr(kinds, kind)(optimizer, **settings)
                 for _, kind, settings in case.schedules]
    if len(schedules) < 2:
        return schedules[0] if schedules else None
    return kinds.SequentialLR(optimizer, schedules, [
        first for first, *_ in case.schedules[1:]])


def train(case, element, layout, steps):
    """Losses, tensors at the end, gradients of the first step, and statistics
    after it."""
    images, labels = map(torch.from_numpy, case.data())
    images = images.to(PRECISIONS[element]).contiguous(
        memory_format=LAYOUTS[layout])
    net = Network(case.build(element), layout, case.frozen,
                  case.cumulative).train()
    trained = net.trained()
    kind, settings = case.optimizer
    optimizer = getattr(torch.optim, kind)(trained.values(), lr=case.rate,
                                           **settings)
    schedule = get_schedule(case, optimizer)
    losses, gradients, statistics = [], None, None
    for _ in range(case.epochs):
        for first in range(0, case.rows, case.batch):
            if len(losses) == steps:
                break
            batch = slice(first, first + case.batch)
            optimizer.zero_grad()
            loss = get_loss(case, net(images[batch]), labels[batch])
            loss.backward()
            if gradients is None:
                gradients = copy({name: each.grad
                                  for name, each in trained.items()})
                statistics = copy({name: value
                                   for name, value in net.values.items()
                                   if name not in trained})
            optimizer.step()
            if schedule:
                schedule.step()
            losses.append(loss.item())
    return losses, copy(net.values), gradients, statistics


def largest_difference(a, b):
    return float(np.abs(np.subtract(a, b, dtype=np.float64)).max())


def record(case, element):
    steps = None if element in case.bars else 1
    runs = [train(case, element, layout, steps) for layout in LAYOUTS]
    (losses, *tensors), (other_losses, *other_tensors) = runs
    result = {"losses": losses,
              "layouts": {"losses": largest_difference(losses, other_losses)}}
    keys = ("last", "gradients", "statistics")
    for key, ours, others in zip(keys, tensors, other_tensors):
        if key == "last" and steps == 1:
            continue
        result[key] = {name: fingerprint.take(value)
                       for name, value in ours.items()}
        result["layouts"][key] = {
            name: largest_difference(value, others[name])
            for name, value in ours.items()}
    return result


def shorten(value, digits):
    """Numbers with as many digits as their precision has."""
    if isinstance(value, dict):
        return {key: shorten(each, digits) for key, each in value.items()}
    if isinstance(value, list):
        return [shorten(each, digits) for each in value]
    return float(f"{value:.{digits}g}")


def write(name, golden):
    """A line per tensor, so that changes can be read."""
    text = json.dumps(golden, indent=1)
    decoder = json.JSONDecoder()
    lines, at = [], 0
    while (start := text.find("[", at)) >= 0:
        values, end = decoder.raw_decode(text, start)
        lines += [text[at:start], json.dumps(values)]
        at = end
    with open(os.path.join(FOLDER, f"{name}.json"), "w",
              encoding="utf-8") as file:
        file.write("".join(lines) + text[at:] + "\n")


def main():
    # Sums in a fixed order.
    torch.set_num_threads(1)
    for name in sys.argv[1:] or CASES:
        case = CASES[name]
        if case.same_as:
            continue
        images, labels = case.data()
        golden = {
            "torch": torch.__version__,
            # Other numbers here mean another generator, not another training.
            "initial": {each: fingerprint.take(value) for each, value in
                        get_initial_values(case.build("f32")).items()},
            "images": fingerprint.take(images),
            "labels": fingerprint.take(labels)}
        for element, digits in (("f32", 9), ("f64", 17)):
            golden[element] = shorten(record(case, element), digits)
        write(name, golden)
        layouts = {element: (golden[element]["layouts"]["losses"], max(
            golden[element]["layouts"]["gradients"].values()))
            for element in PRECISIONS}
        print(name, golden["f32"]["losses"][-1], golden["f64"]["losses"][0],
              golden["f64"]["losses"][-1], layouts, flush=True)


if __name__ == "__main__":
    main()
