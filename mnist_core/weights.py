"""The weights of a trained model, read from its `.keras` file without Keras.

The file is a ZIP archive with the weights in HDF5: a group for each layer, called after its class and
numbered from the second of a class on, with the variables in the order in which Keras made them.
Nothing is read but plain arrays of the sizes that the layers need, wherever the file may point.
"""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from collections.abc import Sequence
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from mnist_core.architecture import IMAGE_SIZE, Layer
from mnist_core.artifacts import KERAS_FILE, reading

CONFIG_ENTRY, WEIGHTS_ENTRY = "config.json", "model.weights.h5"

_GROUPS = {"Conv2D": "conv2d", "Dense": "dense", "BatchNormalization": "batch_normalization"}

Weights = dict[str, tuple[np.ndarray, ...]]


def read_weights(folder: Path, layers: Sequence[Layer]) -> Weights:
    """Layer name -> its arrays, float32, for the layers that have weights.

    Conv2D: kernel (height, width, channels, filters) and bias; Dense: kernel (inputs, units) and bias;
    BatchNormalization: scale, offset, mean and variance. Raises ArtifactError.
    """
    path = folder / KERAS_FILE
    with reading(path), zipfile.ZipFile(path) as archive:
        return from_hdf5(archive.read(WEIGHTS_ENTRY), layers)


def from_hdf5(content: bytes, layers: Sequence[Layer]) -> Weights:
    """As above, from the HDF5 file alone. Raises ValueError or OSError if it holds no such weights."""
    # Only when asked for: most visits to a page need no weights, and every one of them would wait.
    import h5py

    weights: Weights = {}
    seen: Counter[str] = Counter()
    with h5py.File(io.BytesIO(content)) as file:
        for layer, shapes in zip(layers, variable_shapes(layers), strict=True):
            if group := _GROUPS.get(layer.kind):
                variables = _inside(file, "layers", f"{group}_{seen[group]}" if seen[group] else group, "vars")
                arrays = [_array(_inside(variables, str(n)), shape, layer.name) for n, shape in enumerate(shapes)]
                weights[layer.name] = tuple(arrays)
                seen[group] += 1
    return weights


def variable_shapes(layers: Sequence[Layer]) -> list[list[tuple[int, ...]]]:
    """For each layer the shapes of its weights, in the order of `read_weights`."""
    shapes: list[list[tuple[int, ...]]] = []
    given: tuple[int, ...] = (IMAGE_SIZE, IMAGE_SIZE)
    for layer in layers:
        out = layer.output_shape[-1:]
        if layer.kind == "Conv2D":
            size = layer.options["kernel_size"]
            shapes.append([(size, size, given[-1], *out), out])
        elif layer.kind == "Dense":
            shapes.append([(given[-1], *out), out])
        else:
            shapes.append([out] * 4 if layer.kind == "BatchNormalization" else [])
        given = layer.output_shape
    return shapes


def _inside(group: Any, *path: str) -> Any:
    """What hangs in the group itself: a soft or external link could lead to any file of this machine."""
    import h5py

    for name in path:
        if not isinstance(group, h5py.Group) or not isinstance(group.get(name, getlink=True), h5py.HardLink):
            raise ValueError(f"{group.name}/{name} is not in the file itself")
        group = group[name]
    return group


def _array(variable: Any, shape: tuple[int, ...], layer: str) -> np.ndarray:
    """The array of a dataset, read only if its bytes are all in the file, plain and as many as they have to be."""
    import h5py

    if not isinstance(variable, h5py.Dataset) or variable.shape != shape or variable.dtype != np.float32:
        raise ValueError(f"{layer} has other weights than {shape} float32")
    plain = variable.chunks is None and not variable.is_virtual and not variable.external
    if not plain or variable.id.get_storage_size() != 4 * prod(shape):
        raise ValueError(f"the weights of {layer} are not stored as plain numbers")
    return variable[()]
