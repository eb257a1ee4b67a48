# ===- cases.py - What training is compared on -----------------*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===---------------------------------------------------------------------===//

"""The trainings that goldens.py records with PyTorch and compare.py repeats."""

import dataclasses

import onnx

import dataset
import networks


@dataclasses.dataclass(frozen=True)
class Case:
    """A training from a network's first values, in the data's order."""

    network: str
    # Arguments of networks.build.
    parameters: dict = dataclasses.field(default_factory=dict)
    batch: int = 64
    rows: int = 616
    epochs: int = 10
    rate: float = 0.1
    # Largest differences of losses and of trained tensors, per precision. In
    # one that is missing, only the first step is compared.
    bars: dict = dataclasses.field(
        default_factory=lambda: {"f32": 1e-4, "f64": 1e-9})
    # For PyTorch and for bn-run.
    optimizer: tuple = ("SGD", {})
    optimizer_options: tuple = ()
    # Of the rate: the step at which each begins, its class in PyTorch, and
    # arguments; they count steps.
    schedules: tuple = ()
    loss: tuple = ("cross_entropy", {})
    loss_options: tuple = ()
    # Names of batch norms that keep their running statistics.
    frozen: tuple = ()
    # Running statistics are means over all batches.
    cumulative: bool = False
    # What says both to bn-run.
    statistics_options: tuple = ()
    # The case whose training this is in other words: it has no file of its own.
    same_as: str = None

    def build(self, element):
        return networks.build(self.network, element=element, **self.parameters)

    def data(self):
        shape = networks.get_shape(self.network, self.parameters.get("size"))
        return dataset.make(shape, self.rows)


# Of the first step: differences of gradients and running statistics, relative to
# the largest value of the tensor; and of the loss.
FIRST_BARS = {"f32": 1e-3, "f64": 1e-9}
SHORT = {"rows": 152, "epochs": 8, "bars": {"f32": 1e-3, "f64": 1e-9}}
# Steps with few values per channel: longer comparisons are chaotic.
DEEP = {"batch": 4, "rows": 20, "epochs": 1, "rate": 0.01,
        "bars": {"f64": 1e-9}}


def deep(network, **parameters):
    return Case(network, {"affine": "random", **parameters}, **DEEP)


def resnet18(**parameters):
    return deep("resnet18", width=16, **{"size": 8, **parameters})


def lenet(norm, **settings):
    return Case("bn-lenet", {"norm": norm}, **{**SHORT, **settings})


def optimizer(kind, settings, rate, *options):
    # No bias in front of a batch norm: Adam would make steps of noise.
    return Case("bn-lenet-after", {"affine": "random"}, **{
        **SHORT, "epochs": 4, "rate": rate, "optimizer": (kind, settings),
        "optimizer_options": options})


def schedule(schedules, *options):
    return dataclasses.replace(optimizer("SGD", {}, 0.1, *options),
                               schedules=schedules)


def loss(kind, settings, *options):
    return Case("bn-lenet", {"affine": "random"}, **{
        **SHORT, "epochs": 4, "loss": (kind, settings),
        "loss_options": options})


def statistics(*options, **settings):
    return Case("bn-lenet", {"affine": "random"}, **{
        **SHORT, "epochs": 4, "statistics_options": options, **settings})


CASES = {
    "bn-lenet": Case("bn-lenet"),
    "bn-lenet-after": Case("bn-lenet-after"),
    "bn-lenet-relu": Case("bn-lenet-relu"),
    "lenet": Case("lenet"),
    "ln-lenet": lenet("layer"),
    "in-lenet": lenet("instance"),
    "gn-lenet": lenet("group"),
    "rms-lenet": lenet("rms"),
    "simple-net": Case("simple-net", batch=8, **{**SHORT, "rows": 40,
                                                 "epochs": 4}, rate=0.01),
    "simple-net-batch-1": Case("simple-net", batch=1, **{
        **SHORT, "rows": 20, "epochs": 1}, rate=0.001),
    "resnet18": resnet18(),
    "ln-resnet18": resnet18(norm="layer"),
    "ln-last-resnet18": resnet18(norm="layer-last"),
    # With 8x8 images the last stage would have one value per channel.
    "in-resnet18": resnet18(norm="instance", size=16),
    "gn-resnet18": resnet18(norm="group"),
    "preact-resnet": deep("preact-resnet"),
    "conv-gap": deep("conv-gap"),
    "bn-lenet-scratch": Case("bn-lenet-scratch", same_as="bn-lenet"),
    "bn-lenet-scratch-training": Case("bn-lenet-scratch-training",
                                      same_as="bn-lenet"),
    "sgd-momentum": optimizer(
        "SGD", {"momentum": 0.9, "weight_decay": 0.01}, 0.02,
        "--momentum", "0.9", "--weight-decay", "0.01"),
    "sgd-nesterov": optimizer(
        "SGD", {"momentum": 0.9, "nesterov": True}, 0.02,
        "--momentum", "0.9", "--nesterov"),
    "adam": optimizer("Adam", {"weight_decay": 0.01}, 0.001,
                      "--optimizer=adam", "--weight-decay", "0.01"),
    "adamw": optimizer("AdamW", {"weight_decay": 0.01}, 0.001,
                       "--optimizer=adamw", "--weight-decay", "0.01"),
    # Epochs of 3 steps, 12 in all.
    "schedule-step": schedule(
        ((0, "StepLR", {"step_size": 6, "gamma": 0.1}),),
        "--schedule=step:2,0.1"),
    "schedule-cosine": schedule(
        ((0, "CosineAnnealingLR", {"T_max": 12}),), "--schedule=cosine"),
    "schedule-warmup": schedule(
        ((0, "LinearLR", {"start_factor": 0.25, "total_iters": 3}),
         (4, "CosineAnnealingLR", {"T_max": 8})),
        "--schedule=cosine", "--warmup", "4"),
    "label-smoothing": loss("cross_entropy", {"label_smoothing": 0.1},
                            "--label-smoothing", "0.1"),
    "mse": loss("mse_loss", {}, "--loss=mse"),
    "frozen-some": statistics("--freeze-bn=bn1", "--freeze-bn=bn3",
                              frozen=("bn1", "bn3")),
    "frozen-all": statistics("--bn-mode=eval",
                             frozen=("bn1", "bn2", "bn3", "bn4")),
    "cumulative": statistics("--bn-momentum", "cumulative", cumulative=True),
}


def get_initial_values(model):
    return {each.name: onnx.numpy_helper.to_array(each)
            for each in model.graph.initializer}
