"""BN-LeNet in PyTorch, its preprocessing, and how it is exported.

Shared by the scripts that make and check the models. The normalization is a
parameter, so that one network serves both PyTorch's batch norm and the
from-scratch one.
"""

import io
import warnings

import onnx
import torch
from torch import nn

import data

# Bytes go in as (byte/255 - mean)/std.
INPUT_MEAN, INPUT_STD = 0.5, 0.5
OPSET = 17


class ScratchBatchNorm(nn.Module):
    """Prediction-mode batch norm written out, as textbooks do it.

    Parameters have the shape they broadcast with: (1,C,1,1) after a
    convolution, (1,N) after a linear layer.
    """

    def __init__(self, channels, rank, eps=1e-5):
        super().__init__()
        shape = (1, channels) + (1,) * (rank - 2)
        self.gamma = nn.Parameter(torch.ones(shape))
        self.beta = nn.Parameter(torch.zeros(shape))
        self.register_buffer("moving_mean", torch.zeros(shape))
        self.register_buffer("moving_var", torch.ones(shape))
        self.eps = eps

    def forward(self, x):
        x_hat = (x - self.moving_mean) / torch.sqrt(self.moving_var + self.eps)
        return self.gamma * x_hat + self.beta


def torch_batch_norm(channels, rank):
    return nn.BatchNorm2d(channels) if rank == 4 else nn.BatchNorm1d(channels)


class BNLeNet(nn.Sequential):
    """N x 1 x 28 x 28 to N x 10. The names of the modules become those of the nodes."""

    def __init__(self, batch_norm=torch_batch_norm):
        super().__init__()
        for name, module in (
            ("conv1", nn.Conv2d(1, 6, 5)),
            ("bn1", batch_norm(6, 4)),
            ("sigmoid1", nn.Sigmoid()),
            ("pool1", nn.AvgPool2d(2)),
            ("conv2", nn.Conv2d(6, 16, 5)),
            ("bn2", batch_norm(16, 4)),
            ("sigmoid2", nn.Sigmoid()),
            ("pool2", nn.AvgPool2d(2)),
            ("flatten", nn.Flatten()),
            ("fc1", nn.Linear(256, 120)),
            ("bn3", batch_norm(120, 2)),
            ("sigmoid3", nn.Sigmoid()),
            ("fc2", nn.Linear(120, 84)),
            ("bn4", batch_norm(84, 2)),
            ("sigmoid4", nn.Sigmoid()),
            ("fc3", nn.Linear(84, 10)),
        ):
            self.add_module(name, module)


def load_parameters(net, model):
    """Copies the initializers of an ONNX model into `net` by name.

    A from-scratch batch norm takes those of the BatchNormalization node of
    the same name. Fails when a parameter of the network is left without value.
    """
    scratch_names = {
        "weight": "gamma",
        "bias": "beta",
        "running_mean": "moving_mean",
        "running_var": "moving_var",
    }
    state = net.state_dict()
    missing = {name for name in state if not name.endswith("num_batches_tracked")}
    for initializer in model.graph.initializer:
        name = initializer.name
        if name not in state:
            module, leaf = name.rsplit(".", 1)
            name = f"{module}.{scratch_names[leaf]}"
        value = torch.from_numpy(onnx.numpy_helper.to_array(initializer).copy())
        state[name].copy_(value.reshape(state[name].shape))
        missing.discard(name)
    if missing:
        raise ValueError(f"no values for {', '.join(sorted(missing))}")
    return net


def export(net):
    """The network as ONNX with nothing folded or fused: what was written stays in the graph.

    This is PyTorch's TorchScript exporter; the newer one writes the flatten
    as seven nodes that compute a shape.
    """
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            net.eval(),
            (torch.zeros(2, 1, 28, 28),),
            buffer,
            dynamo=False,
            training=torch.onnx.TrainingMode.PRESERVE,
            do_constant_folding=False,
            opset_version=OPSET,
            input_names=["input"],
            output_names=["logits"],
            dynamic_axes={"input": {0: "batch"}, "logits": {0: "batch"}},
        )
    model = onnx.load_from_string(buffer.getvalue())
    # Intermediate shapes say nothing that shape inference does not find.
    del model.graph.value_info[:]
    return model


def finish(model, name, doc, path):
    """Names the graph, adds the preprocessing, checks the model and writes it."""
    model.graph.name = name
    model.doc_string = doc
    onnx.helper.set_model_props(
        model, {data.MEAN_KEY: str(INPUT_MEAN), data.STD_KEY: str(INPUT_STD)}
    )
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)


def read_digits(directory, part):
    """Preprocessed images [N,1,28,28] and labels [N] of "train" or "t10k"."""
    images = data.read_idx(directory / f"{part}-images-idx3-ubyte.gz")
    labels = data.read_idx(directory / f"{part}-labels-idx1-ubyte.gz")
    x = data.preprocess(images, INPUT_MEAN, INPUT_STD)
    return torch.from_numpy(x), torch.from_numpy(labels.astype("int64"))
