"""IDX files, and how their bytes become the input of a network. NumPy only."""

import gzip

import numpy as np

# Keys of metadata_props: comma-separated values, one per channel.
MEAN_KEY, STD_KEY = "bn.input_mean", "bn.input_std"


def read_idx(path):
    """A gzip'ed IDX file of unsigned bytes as an array."""
    with gzip.open(path, "rb") as file:
        data = file.read()
    if data[:3] != bytes([0, 0, 8]):
        raise ValueError(f"{path}: expected an IDX file of unsigned bytes")
    rank = data[3]
    shape = np.frombuffer(data, ">u4", rank, 4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * rank).reshape(shape)


def write_idx(path, array):
    """Writes unsigned bytes as gzip'ed IDX: 0, 0, type 8, rank, big-endian dimensions, data."""
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    # No time stamp and no file name, so that equal contents give equal files.
    with open(path, "wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.write(header + array.tobytes())


def preprocess(images, mean, std):
    """Bytes [N,H,W] to float32 [N,1,H,W]: bytes/255, then (x - mean)/std."""
    x = images[:, None].astype(np.float32) / np.float32(255)
    return (x - np.float32(mean)) / np.float32(std)


def preprocess_for(model, images):
    """Preprocesses for a one-channel ONNX model, as its metadata say."""
    metadata = {each.key: each.value for each in model.metadata_props}
    return preprocess(images, float(metadata[MEAN_KEY]), float(metadata[STD_KEY]))
