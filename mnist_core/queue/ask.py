"""Gradients asked of a worker: web has no TensorFlow."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np

from mnist_core.artifacts import KERAS_FILE, ArtifactError, reading
from mnist_core.queue import remote
from mnist_core.queue.engine_connection import EngineError

_SECONDS = 60


def gradients(client: Any, folder: Path, image: np.ndarray, digit: int) -> tuple[np.ndarray, np.ndarray]:
    """`gradients.attribution` and `gradients.loss_direction` of the model in `folder`, by the engine's `client`.

    Raises EngineError, also when all workers are busy for a minute, and ArtifactError.
    """
    from distributed import KilledWorker
    from distributed.client import FutureCancelledError

    path = folder / KERAS_FILE
    with reading(path):
        content = path.read_bytes()
    future = client.submit(remote.gradients, content, image, digit, pure=False, priority=1)
    try:
        return future.result(timeout=_SECONDS)
    except ValueError as error:
        raise ArtifactError(f"{path.name} of this model is damaged: {error}") from None
    except asyncio.TimeoutError:
        future.cancel()
        raise EngineError("All workers are busy training. Try again when a run has ended.") from None
    except KilledWorker:
        raise EngineError("The worker died, most likely for want of memory.") from None
    except (OSError, FutureCancelledError) as error:
        raise EngineError(f"The training engine was lost: {error}") from None
