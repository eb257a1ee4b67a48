# ===- digits_goldens.py - BN-LeNet on the digits in PyTorch ---*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===---------------------------------------------------------------------===//

"""Trains BN-LeNet on the shipped digits in PyTorch and writes the number of test
images that are read right to goldens/digits.json. Needs torch, numpy and onnx;
run by hand, digits.py reads the file."""

import json
import os
import sys

import torch
from torch.nn import functional as F

import networks
from goldens import FOLDER
from torch_graph import Network

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), *[".."] * 3)
sys.path.insert(0, os.path.join(ROOT, "models"))
import data

BATCH, RATE = 128, 0.1
SAME_SEEDS, SAME_EPOCHS = 5, 10
RANDOM_SEEDS, RANDOM_EPOCHS = 20, 60


def read(part):
    path = os.path.join(ROOT, "models", "digits", f"{part}-%s-ubyte.gz")
    images = data.preprocess(data.read_idx(path % "images-idx3"), 0.5, 0.5)
    labels = data.read_idx(path % "labels-idx1").astype("int64")
    return torch.from_numpy(images), torch.from_numpy(labels)


def train(net, epochs, shuffle):
    images, labels = read("train")
    optimizer = torch.optim.SGD(net.trained().values(), lr=RATE)
    net.train()
    for _ in range(epochs):
        order = (torch.randperm(len(images)) if shuffle
                 else torch.arange(len(images)))
        for rows in order.split(BATCH):
            optimizer.zero_grad()
            F.cross_entropy(net(images[rows]), labels[rows]).backward()
            optimizer.step()
    net.eval()
    images, labels = read("t10k")
    with torch.no_grad():
        return int((net(images).argmax(1) == labels).sum())


def initialize(net):
    """As PyTorch's layers do it, with its own generator."""
    with torch.no_grad():
        for name, value in net.trained().items():
            layer = name.rpartition(".")[0]
            if not layer.startswith("bn"):
                weight = net.values[f"{layer}.weight"]
                bound = weight[0].numel() ** -0.5
                value.uniform_(-bound, bound)
    return net


def main():
    torch.set_num_threads(1)
    same = [train(Network(networks.build("bn-lenet", seed)), SAME_EPOCHS, False)
            for seed in range(SAME_SEEDS)]
    random = []
    for seed in range(RANDOM_SEEDS):
        torch.manual_seed(seed)
        net = initialize(Network(networks.build("bn-lenet")))
        random.append(train(net, RANDOM_EPOCHS, True))
    golden = {"torch": torch.__version__, "batch": BATCH, "rate": RATE,
              "test_images": len(read("t10k")[0]),
              "same": {"epochs": SAME_EPOCHS, "hits": same},
              "random": {"epochs": RANDOM_EPOCHS, "hits": random}}
    print(golden)
    with open(os.path.join(FOLDER, "digits.json"), "w",
              encoding="utf-8") as file:
        json.dump(golden, file)
        file.write("\n")


if __name__ == "__main__":
    main()
