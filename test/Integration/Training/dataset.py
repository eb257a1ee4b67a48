# ===- dataset.py - Seeded images with labels ------------------*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===---------------------------------------------------------------------===//

"""Data sets from a seed, in memory or as a directory for `bn-run train --data`:
a picture per class under noise of the same strength, so that there is something
to learn. Usage: dataset.py DIRECTORY CHANNELS,HEIGHT,WIDTH ROWS [SEED]"""

import os
import sys

import numpy as np

CLASSES, TEST_ROWS = 10, 20


def make(shape, rows, seed=0):
    """Images (f32, [rows, *shape]) and labels (i64)."""
    rng = np.random.default_rng([seed, 1])
    pictures = rng.normal(size=(CLASSES, *shape))
    labels = rng.integers(CLASSES, size=rows)
    noise = rng.normal(size=(rows, *shape))
    return (pictures[labels] + noise).astype(np.float32), labels


def write(directory, images, labels):
    """As .npy pairs; the first rows are the test set too."""
    os.makedirs(directory, exist_ok=True)
    for part, rows in (("train", None), ("test", TEST_ROWS)):
        for kind, array in (("images", images), ("labels", labels)):
            np.save(os.path.join(directory, f"{part}-{kind}.npy"), array[:rows])


if __name__ == "__main__":
    folder, extents, count, *given = sys.argv[1:]
    write(folder, *make(tuple(map(int, extents.split(","))), int(count),
                        *map(int, given)))
