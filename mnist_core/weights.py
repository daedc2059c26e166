"""The weights of a trained model, read from its `.keras` file without Keras.

The file is a ZIP archive with the weights in HDF5: a group for each layer, called after its class and
numbered from the second of a class on, with the variables in the order in which Keras made them.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mnist_core.architecture import Layer
from mnist_core.artifacts import KERAS_FILE, ArtifactError

_GROUPS = {"Conv2D": "conv2d", "Dense": "dense", "BatchNormalization": "batch_normalization"}

Weights = dict[str, tuple[np.ndarray, ...]]


def read_weights(folder: Path, layers: Sequence[Layer]) -> Weights:
    """Layer name -> its arrays, float32, for the layers that have weights.

    Conv2D: kernel (height, width, channels, filters) and bias; Dense: kernel (inputs, units) and bias;
    BatchNormalization: scale, offset, mean and variance. Raises ArtifactError.
    """
    # Only when asked for: most visits to a page need no weights, and every one of them would wait.
    import h5py

    path = folder / KERAS_FILE
    try:
        with zipfile.ZipFile(path) as archive:
            content = archive.read("model.weights.h5")
        with h5py.File(io.BytesIO(content)) as file:
            weights = _read(file["layers"], layers)
    except FileNotFoundError:
        raise ArtifactError(f"{path.name} of this model is missing.") from None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise ArtifactError(f"{path.name} of this model is damaged: {error}") from None
    for layer in layers:
        if layer.parameters != sum(array.size for array in weights.get(layer.name, ())):
            raise ArtifactError(f"{path.name} of this model does not fit its card: {layer.name} has other weights.")
    return weights


def _read(groups: Any, layers: Sequence[Layer]) -> Weights:
    weights: Weights = {}
    seen: Counter[str] = Counter()
    for layer in layers:
        if group := _GROUPS.get(layer.kind):
            variables = groups[f"{group}_{seen[group]}" if seen[group] else group]["vars"]
            weights[layer.name] = tuple(np.asarray(variables[str(n)], np.float32) for n in range(len(variables)))
            seen[group] += 1
    return weights
