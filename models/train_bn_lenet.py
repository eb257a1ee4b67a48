#!/usr/bin/env python3
"""Trains BN-LeNet on the shipped digits and writes it as ONNX.

Plain stochastic gradient descent, cross-entropy, on the first 1200 training
images. The last 237 training images choose the epoch and, among several
seeds, the run: highest accuracy, then lowest loss. The 360 test images are
looked at once, at the end. Beside the model lies a record of all runs
(bn-lenet-run.json).
"""

import argparse
import copy
import json
import pathlib

import torch
from torch.nn.functional import cross_entropy

import lenet

HERE = pathlib.Path(__file__).parent
VALIDATION_COUNT = 237


def evaluate(net, x, labels):
    """(accuracy, mean loss) in prediction mode."""
    net.eval()
    with torch.no_grad():
        logits = net(x)
    hits = (logits.argmax(1) == labels).double().mean().item()
    return hits, cross_entropy(logits, labels).item()


def train(seed, args, train_set, validation_set):
    """Trains once; the best epoch as (validation accuracy, -loss, epoch, network)."""
    torch.manual_seed(seed)
    net = lenet.BNLeNet()
    optimizer = torch.optim.SGD(net.parameters(), lr=args.lr)
    x, labels = train_set
    best = None
    for epoch in range(1, args.epochs + 1):
        net.train()
        for rows in torch.randperm(len(x)).split(args.batch):
            optimizer.zero_grad()
            cross_entropy(net(x[rows]), labels[rows]).backward()
            optimizer.step()
        accuracy, loss = evaluate(net, *validation_set)
        if best is None or (accuracy, -loss) > best[:2]:
            best = (accuracy, -loss, epoch, copy.deepcopy(net))
    return best


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=pathlib.Path, default=HERE / "digits")
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--seeds", type=int, default=8, help="tries the seeds 0 to this minus 1")
    parser.add_argument("-o", "--output", type=pathlib.Path, default=HERE / "bn-lenet.onnx")
    args = parser.parse_args()

    # One thread: sums in a fixed order, the same weights on every run.
    torch.set_num_threads(1)
    x, labels = lenet.read_digits(args.data, "train")
    train_set = x[:-VALIDATION_COUNT], labels[:-VALIDATION_COUNT]
    validation_set = x[-VALIDATION_COUNT:], labels[-VALIDATION_COUNT:]

    record = {
        "optimizer": "SGD",
        "lr": args.lr,
        "batch": args.batch,
        "epochs": args.epochs,
        "training_images": len(train_set[0]),
        "validation_images": VALIDATION_COUNT,
        "torch": torch.__version__,
        "runs": [],
    }
    best = None
    for seed in range(args.seeds):
        accuracy, loss, epoch, net = train(seed, args, train_set, validation_set)
        run = {
            "seed": seed,
            "best_epoch": epoch,
            "validation_accuracy": round(accuracy, 4),
            "validation_loss": round(-loss, 4),
        }
        print(run, flush=True)
        record["runs"].append(run)
        if best is None or (accuracy, loss) > best[:2]:
            best = (accuracy, loss, run, net)
    record["chosen"], net = best[2:]
    test, _ = evaluate(net, *lenet.read_digits(args.data, "t10k"))
    print(f"chosen: seed {record['chosen']['seed']}; test accuracy {test:.4f}")

    model = lenet.export(net)
    # One node per module: call it, and its result, by the module's name.
    renamed = {"input": "input", "logits": "logits"}
    for node in model.graph.node:
        module = node.name.split("/")[1]
        node.name = module
        node.output[0] = renamed.setdefault(node.output[0], module)
        node.input[:] = [renamed.get(name, name) for name in node.input]
    lenet.finish(model, "bn-lenet", "BN-LeNet for 28x28 digits", args.output)
    record_path = args.output.with_name(f"{args.output.stem}-run.json")
    record_path.write_text(json.dumps(record, indent=2) + "\n")


if __name__ == "__main__":
    main()
