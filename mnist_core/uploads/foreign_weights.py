"""The weights in a stranger's HDF5 file, read by a process of its own.

HDF5's library is written in C and not made for files that mean harm: what crashes it or fills its memory must not
take the server along. `python -m mnist_core.uploads.foreign_weights` is that process.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from mnist_core.config import TrainConfig
from mnist_core.npz import read_npz
from mnist_core.weights import Weights, from_hdf5

_SECONDS = 60
_MOST_MEMORY = 4 * 2**30
_REFUSED = 3


class ForeignWeightsError(ValueError):
    """Weights that are not those of the network; the message says why in a sentence."""


def read(content: bytes, config: TrainConfig) -> Weights:
    """The weights that the layers of `config` need, from a `model.weights.h5`. Raises ForeignWeightsError."""
    command = [sys.executable, "-m", "mnist_core.uploads.foreign_weights", config.to_json()]
    project = Path(__file__).parent.parent.parent
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=_SECONDS, cwd=project)
    except subprocess.TimeoutExpired:
        raise ForeignWeightsError("The weights in this file could not be read within a minute.") from None
    if done.returncode == _REFUSED:
        why = done.stderr.decode(errors="replace")
        raise ForeignWeightsError(f"The weights in this file are not used: {why:.200}.")
    if done.returncode:
        raise ForeignWeightsError("The weights in this file are damaged: reading them failed.")
    return from_arrays(read_npz(done.stdout))


def to_arrays(weights: Weights) -> dict[str, Any]:
    """As one flat mapping for `np.savez`: `layer.0`, `layer.1`, ..."""
    return {f"{layer}.{n}": array for layer, arrays in weights.items() for n, array in enumerate(arrays)}


def from_arrays(arrays: dict[str, np.ndarray]) -> Weights:
    """The inverse of `to_arrays`."""
    weights: Weights = {}
    for name in sorted(arrays):
        layer = name.rpartition(".")[0]
        weights[layer] = (*weights.get(layer, ()), arrays[name])
    return weights


def _limit_memory() -> None:
    """Where the system can: more than this no file of the size that we accept needs."""
    # Windows has no such module, and macOS refuses the limit.
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))


def _main() -> None:
    _limit_memory()
    layers = TrainConfig.from_json(sys.argv[1]).layers()
    try:
        weights = from_hdf5(sys.stdin.buffer.read(), layers)
    except (ValueError, OSError, KeyError) as error:
        sys.stderr.write(str(error).splitlines()[0])
        sys.exit(_REFUSED)
    if not all(np.isfinite(array).all() for arrays in weights.values() for array in arrays):
        sys.stderr.write("some are not numbers")
        sys.exit(_REFUSED)
    if any((weights[layer.name][-1] < 0).any() for layer in layers if layer.kind == "BatchNormalization"):
        sys.stderr.write("some variances are below zero")
        sys.exit(_REFUSED)
    np.savez(sys.stdout.buffer, **to_arrays(weights))


if __name__ == "__main__":
    _main()
