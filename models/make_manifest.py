#!/usr/bin/env python3
"""Writes manifest.json: what lies in this directory and what to expect of it.

Origin and licence are stated here; hashes, signatures and the accuracy (of
the double-precision reference) are read or computed. Run it last.
"""

import argparse
import hashlib
import json
import pathlib

import onnx

import data
import reference

HERE = pathlib.Path(__file__).parent
DIGITS_LICENCE = (
    "CC-BY-4.0: Optical Recognition of Handwritten Digits, E. Alpaydin and C. Kaynak, "
    "UCI Machine Learning Repository, as bundled with scikit-learn; scaled to 28x28"
)
OWN_LICENCE = "Apache-2.0 WITH LLVM-exception"
# Largest |got - want| of a tensor, relative to its largest |want|, in float32.
TOLERANCE = 1e-5
SOURCES = {
    "bn-lenet": "train_bn_lenet.py",
    "bn-lenet-scratch": "make_bn_lenet_scratch.py",
    "bn-lenet-training": "make_bn_lenet_training.py",
    "simple-net": "make_simple_net.py",
}
# Models that predict row by row and know the digits.
CLASSIFIERS = ("bn-lenet", "bn-lenet-scratch")


def entry(path, source, licence):
    contents = path.read_bytes()
    return {
        "source": source,
        "licence": licence,
        "bytes": len(contents),
        "sha256": hashlib.sha256(contents).hexdigest(),
    }


def signature(values):
    return {
        value.name: [dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim]
        for value in values
    }


def accuracy(model):
    """Hits on the test digits, with the model's own preprocessing and with bytes/255 alone."""
    images = data.read_idx(HERE / "digits" / "t10k-images-idx3-ubyte.gz")
    labels = data.read_idx(HERE / "digits" / "t10k-labels-idx1-ubyte.gz")

    def hits(x):
        logits = reference.run(model, {"input": x})["logits"]
        return int((logits.argmax(1) == labels).sum())

    correct = hits(data.preprocess_for(model, images))
    return {
        "images": "digits/t10k-images-idx3-ubyte.gz",
        "labels": "digits/t10k-labels-idx1-ubyte.gz",
        "count": len(labels),
        "correct": correct,
        "accuracy": round(correct / len(labels), 4),
        "correct_without_normalization": hits(data.preprocess(images, 0, 1)),
    }


def model_entry(name, source):
    path = HERE / f"{name}.onnx"
    model = onnx.load(path)
    result = entry(path, source, OWN_LICENCE)
    result |= {
        "ir_version": model.ir_version,
        "opset": model.opset_import[0].version,
        "inputs": signature(model.graph.input),
        "outputs": signature(model.graph.output),
        "batch_normalizations": sum(n.op_type == "BatchNormalization" for n in model.graph.node),
        "metadata": {each.key: each.value for each in model.metadata_props},
        "reference": f"reference/{name}.npz",
        "tolerance": TOLERANCE,
    }
    if name in CLASSIFIERS:
        result["accuracy"] = accuracy(model)
    if name == "bn-lenet":
        result["training"] = json.loads((HERE / "bn-lenet-run.json").read_text())
    return result


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("-o", "--output", type=pathlib.Path, default=HERE / "manifest.json")
    args = parser.parse_args()

    digits = sorted((HERE / "digits").iterdir())
    manifest = {
        "models": {f"{name}.onnx": model_entry(name, source) for name, source in SOURCES.items()},
        "data": {f"digits/{p.name}": entry(p, "make_digits.py", DIGITS_LICENCE) for p in digits},
        "references": {},
    }
    for name in SOURCES:
        # The inputs of SimpleNet are noise; the others show eight of the digits.
        licence = OWN_LICENCE if name == "simple-net" else DIGITS_LICENCE
        path = f"reference/{name}.npz"
        manifest["references"][path] = entry(HERE / path, "make_references.py", licence)
    args.output.write_text(json.dumps(manifest, indent=2) + "\n")


if __name__ == "__main__":
    main()
