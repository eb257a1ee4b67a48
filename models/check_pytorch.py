#!/usr/bin/env python3
"""Compares reference/NAME.npz with PyTorch in double precision: a second oracle.

Chiefly for batch norm in training mode. PyTorch's momentum weighs the new
value and its running variance is unbiased, ONNX's are the other way around:
the variance is converted, the rest is compared as it is. Needs PyTorch, so
check.py, which everybody can run, does not include it.
"""

import argparse
import pathlib
import sys

import numpy as np
import onnx
import torch
from torch import nn

import lenet

HERE = pathlib.Path(__file__).parent
# Both sides are in double precision; this is rounding only.
TOLERANCE = 1e-12


def attribute(model, op, name):
    """Attribute `name` of the first node of type `op`, as the float32 of the file."""
    node = next(node for node in model.graph.node if node.op_type == op)
    return next(each.f for each in node.attribute if each.name == name)


def set_batch_norms(net, **values):
    for module in net.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d, lenet.ScratchBatchNorm)):
            for name, value in values.items():
                setattr(module, name, value)
    return net


def predict(net, x):
    return {"logits": net.eval()(x)}


def run_bn_lenet(model, x):
    net = lenet.load_parameters(lenet.BNLeNet().double(), model)
    epsilon = attribute(model, "BatchNormalization", "epsilon")
    return predict(set_batch_norms(net, eps=epsilon), x)


def run_scratch(model, x):
    net = lenet.load_parameters(lenet.BNLeNet(lenet.ScratchBatchNorm).double(), model)
    return predict(set_batch_norms(net, eps=float(np.float32(1e-5))), x)


def run_training(model, x):
    net = lenet.load_parameters(lenet.BNLeNet().double(), model)
    epsilon = attribute(model, "BatchNormalization", "epsilon")
    momentum = attribute(model, "BatchNormalization", "momentum")
    set_batch_norms(net, eps=epsilon, momentum=1 - momentum)
    counts, olds = {}, {}
    for name, module in net.named_children():
        if name.startswith("bn"):
            olds[name] = module.running_var.clone()
            module.register_forward_pre_hook(
                lambda _, inputs, name=name: counts.update({name: inputs[0][:, 0].numel()})
            )
    outputs = {"logits": net.train()(x)}
    for name, old in olds.items():
        module, m = net.get_submodule(name), counts[name]
        outputs[f"{name}.running_mean.new"] = module.running_mean
        # What was added is (1 - momentum) * var * m/(m-1); ONNX adds it without the fraction.
        added = (module.running_var - momentum * old) * (m - 1) / m
        outputs[f"{name}.running_var.new"] = momentum * old + added
    return outputs


def run_simple_net(model, x):
    net = nn.Sequential()
    for name, module in (
        ("conv", nn.Conv2d(3, 16, 3, padding=1)),
        ("bn", nn.BatchNorm2d(16, eps=attribute(model, "BatchNormalization", "epsilon"))),
        ("relu", nn.ReLU()),
        ("flatten", nn.Flatten()),
        ("fc", nn.Linear(16 * 32 * 32, 10)),
    ):
        net.add_module(name, module)
    return predict(lenet.load_parameters(net.double(), model), x)


MODELS = {
    "bn-lenet": run_bn_lenet,
    "bn-lenet-scratch": run_scratch,
    "bn-lenet-training": run_training,
    "simple-net": run_simple_net,
}


def main():
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    failed = 0
    for name, run in MODELS.items():
        model = onnx.load(HERE / f"{name}.onnx")
        with np.load(HERE / "reference" / f"{name}.npz") as arrays, torch.no_grad():
            outputs = run(model, torch.from_numpy(arrays["input"]).double())
            for output in model.graph.output:
                want, got = arrays[output.name], outputs[output.name].numpy()
                difference = np.abs(got - want).max() / np.abs(want).max()
                passed = got.shape == want.shape and difference <= TOLERANCE
                failed += not passed
                print(f"{'pass' if passed else 'FAIL'}: {name}: {output.name}: {difference:.1e}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
