#!/usr/bin/env python3
"""Checks this directory against manifest.json. Needs NumPy, ONNX and ONNX Runtime.

Hashes; ONNX's own checker; signatures and metadata; the stored reference
outputs against reference.py and against ONNX Runtime; the accuracy on the
test digits. Ends with "N passed, N failed"; exit status 1 when one failed.
"""

import argparse
import hashlib
import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime

import data
import make_manifest
import reference

HERE = pathlib.Path(__file__).parent
SIZE_LIMIT = 3_000_000
# reference.py on another machine: its sums may be ordered otherwise.
DOUBLE_TOLERANCE = 1e-12


class Checks:
    """Counts, and tells what fails."""

    def __init__(self):
        self.passed = self.failed = 0

    def that(self, condition, message):
        if condition:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAIL: {message}")

    def close(self, got, want, tolerance, what):
        """Equal shapes, and no element off by more than `tolerance` times the largest."""
        if got.shape != want.shape:
            self.that(False, f"{what}: expected shape {want.shape}, got {got.shape}")
            return
        difference = np.abs(got - want).max() / np.abs(want).max()
        # Written so that NaN fails.
        self.that(difference <= tolerance, f"{what}: off by {difference:.2e}, over {tolerance}")


def check_files(checks, manifest):
    listed = {}
    for part in manifest.values():
        listed |= part
    present = {p.relative_to(HERE).as_posix() for p in HERE.glob("*.onnx")}
    for folder in ("digits", "reference"):
        present |= {p.relative_to(HERE).as_posix() for p in (HERE / folder).iterdir()}
    for name in sorted(present ^ listed.keys()):
        checks.that(False, f"{name}: {'not in the manifest' if name in present else 'missing'}")
    for name in sorted(present & listed.keys()):
        digest = hashlib.sha256((HERE / name).read_bytes()).hexdigest()
        checks.that(digest == listed[name]["sha256"], f"{name}: SHA-256 differs")
        checks.that((HERE / listed[name]["source"]).exists(), f"{name}: its source is missing")
    total = sum((HERE / name).stat().st_size for name in present)
    checks.that(total < SIZE_LIMIT, f"{total} bytes in all, over {SIZE_LIMIT}")


def check_model(checks, name, facts):
    """Form, then numbers."""
    model = onnx.load(HERE / name, load_external_data=False)
    onnx.checker.check_model(model, full_check=True)
    checks.that(
        not any(t.data_location == onnx.TensorProto.EXTERNAL for t in model.graph.initializer),
        f"{name}: has external data",
    )
    found = {
        "ir_version": model.ir_version,
        "opset": model.opset_import[0].version,
        "inputs": make_manifest.signature(model.graph.input),
        "outputs": make_manifest.signature(model.graph.output),
        "batch_normalizations": sum(n.op_type == "BatchNormalization" for n in model.graph.node),
        "metadata": {each.key: each.value for each in model.metadata_props},
    }
    for key, value in found.items():
        checks.that(value == facts[key], f"{name}: {key}: expected {facts[key]}, got {value}")

    session = onnxruntime.InferenceSession(HERE / name, providers=["CPUExecutionProvider"])

    def run_session(inputs):
        return dict(zip(facts["outputs"], session.run(list(facts["outputs"]), inputs)))

    with np.load(HERE / facts["reference"]) as arrays:
        inputs = {each: arrays[each] for each in facts["inputs"]}
        doubles, singles = reference.run(model, inputs), run_session(inputs)
        for output in facts["outputs"]:
            want, what = arrays[output], f"{name}: {output}"
            checks.close(doubles[output], want, DOUBLE_TOLERANCE, f"{what}: reference.py")
            checks.close(singles[output], want, facts["tolerance"], f"{what}: ONNX Runtime")
    if "accuracy" in facts:
        check_accuracy(checks, name, model, facts, run_session)


def check_accuracy(checks, name, model, facts, run_session):
    want = facts["accuracy"]
    x = data.preprocess_for(model, data.read_idx(HERE / want["images"]))
    labels = data.read_idx(HERE / want["labels"])
    doubles = reference.run(model, {"input": x})["logits"]
    singles = run_session({"input": x})["logits"]
    checks.close(singles, doubles, facts["tolerance"], f"{name}: logits of all test digits")
    for who, logits in (("reference.py", doubles), ("ONNX Runtime", singles)):
        correct = int((logits.argmax(1) == labels).sum())
        message = f"{name}: {who}: expected {want['correct']} hits, got {correct}"
        checks.that(correct == want["correct"] and len(labels) == want["count"], message)


def main():
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    manifest = json.loads((HERE / "manifest.json").read_text())
    checks = Checks()
    check_files(checks, manifest)
    for name, facts in manifest["models"].items():
        try:
            check_model(checks, name, facts)
        except Exception as error:  # A damaged model must not keep the others from being checked.
            checks.that(False, f"{name}: {type(error).__name__}: {error}")
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
