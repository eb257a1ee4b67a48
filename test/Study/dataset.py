# ===- dataset.py - A small data set ----------------------------*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===---------------------------------------------------------------------===//

"""Writes images of a few classes with noise, as .npy files.

usage: dataset.py DIR CxHxW ROWS CLASSES
"""

import os
import sys

import numpy as np


def main():
    directory = sys.argv[1]
    shape = tuple(map(int, sys.argv[2].split("x")))
    rows, classes = map(int, sys.argv[3:])
    os.makedirs(directory, exist_ok=True)
    generator = np.random.default_rng(0)
    means = generator.normal(size=(classes, *shape))
    for part, count in (("train", rows), ("test", rows // 2)):
        labels = np.arange(count) % classes
        images = means[labels] + generator.normal(size=(count, *shape))
        np.save(f"{directory}/{part}-images.npy", images.astype(np.float32))
        np.save(f"{directory}/{part}-labels.npy", labels)


if __name__ == "__main__":
    main()
