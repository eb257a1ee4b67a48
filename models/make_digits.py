#!/usr/bin/env python3
"""Writes the shipped digits: scikit-learn's 1797 handwritten digits as IDX files.

The pictures are 8x8 with values 0..16. They are scaled to 28x28 by bilinear
interpolation with pixel centers at half integers and clamped borders, and
multiplied by 255/16. Everything is integer arithmetic, rounded once (half
up), so every machine writes the same bytes. Order is scikit-learn's: the
first 1437 are for training, the last 360 for testing.
"""

import argparse
import pathlib

import numpy as np

import data

TRAIN_COUNT = 1437
SIZE_IN, SIZE_OUT = 8, 28
# An output pixel i lies at (i + 1/2) * 8/28 - 1/2 = (4i - 5)/14 in input pixels.
WEIGHT_DENOMINATOR = 14


def interpolation_matrix():
    """Integer weights [28, 8]; each row sums to WEIGHT_DENOMINATOR."""
    matrix = np.zeros((SIZE_OUT, SIZE_IN), np.int64)
    for i in range(SIZE_OUT):
        below, fraction = divmod(4 * i - 5, WEIGHT_DENOMINATOR)
        for j, weight in ((below, WEIGHT_DENOMINATOR - fraction), (below + 1, fraction)):
            matrix[i, min(max(j, 0), SIZE_IN - 1)] += weight
    return matrix


def scale(images):
    """[N, 8, 8] in 0..16 to [N, 28, 28] bytes."""
    matrix = interpolation_matrix()
    numerator = 255 * np.einsum("ij,njk,lk->nil", matrix, images.astype(np.int64), matrix)
    denominator = 16 * WEIGHT_DENOMINATOR**2
    return ((2 * numerator + denominator) // (2 * denominator)).astype(np.uint8)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "-o",
        "--output",
        type=pathlib.Path,
        default=pathlib.Path(__file__).parent / "digits",
        help="directory to write to (default: digits/ beside this script)",
    )
    args = parser.parse_args()

    from sklearn.datasets import load_digits

    digits = load_digits()
    images, labels = scale(digits.images), digits.target.astype(np.uint8)
    args.output.mkdir(parents=True, exist_ok=True)
    for part, rows in (("train", slice(None, TRAIN_COUNT)), ("t10k", slice(TRAIN_COUNT, None))):
        data.write_idx(args.output / f"{part}-images-idx3-ubyte.gz", images[rows])
        data.write_idx(args.output / f"{part}-labels-idx1-ubyte.gz", labels[rows])


if __name__ == "__main__":
    main()
