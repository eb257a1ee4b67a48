#!/usr/bin/env python3
"""Writes reference/NAME.npz for each model: inputs (float32), outputs (float64).

The arrays are named as the graph's inputs and outputs; the outputs are what
reference.py computes for these inputs as one batch.
"""

import argparse
import pathlib

import numpy as np
import onnx

import data
import reference

ROWS = 8
SEED = 21
HERE = pathlib.Path(__file__).parent


def inputs_for(name, model):
    """The first test digits for BN-LeNet, seeded noise for SimpleNet."""
    if name == "simple-net":
        # Multiples of 1/32: exact in every float type, and they compress.
        noise = np.random.default_rng(SEED).normal(size=(ROWS, 3, 32, 32))
        return {"input": (np.round(noise * 32) / 32).astype(np.float32)}
    images = data.read_idx(HERE / "digits" / "t10k-images-idx3-ubyte.gz")[:ROWS]
    return {"input": data.preprocess_for(model, images)}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("-o", "--output", type=pathlib.Path, default=HERE / "reference")
    args = parser.parse_args()

    args.output.mkdir(parents=True, exist_ok=True)
    for path in sorted(HERE.glob("*.onnx")):
        model = onnx.load(path)
        inputs = inputs_for(path.stem, model)
        outputs = reference.run(model, inputs)
        np.savez_compressed(args.output / f"{path.stem}.npz", **inputs, **outputs)


if __name__ == "__main__":
    main()
