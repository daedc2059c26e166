"""Prediction without TensorFlow: a `.tflite` file -> probabilities and what every layer answered."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from mnist_core.architecture import IMAGE_SIZE

# Images a call: every layer's answer for these is in memory at once. More would not be faster.
_BATCH = 10
# So far from 0 to 1 may be what was computed to be within.
_ROUNDING = 1e-3


class ModelError(ValueError):
    """A model file that cannot be used; the message says which and what to do."""


class Predictor:
    """A trained model from its `.tflite` file. Threads may share one: a lock keeps their turns apart.

    Images are float32 in [0, 1], or uint8 from 0 to 255, of which only a few at a time are turned into floats.

    Raises ModelError if the file is missing, damaged or not one of this project's.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        try:
            # The bytes, not the path: the interpreter maps a file, and a replaced file would crash it.
            content = self.path.read_bytes()
            self._interpreter = Interpreter(model_content=content, num_threads=1)
            self._run = self._interpreter.get_signature_runner()
            self._outputs = sorted(self._run.get_output_details())
        except (FileNotFoundError, NotADirectoryError):
            raise ModelError(f"The model file {self.path} is missing.") from None
        except (OSError, ValueError, RuntimeError) as error:
            raise ModelError(f"The model file {self.path} is damaged or not a LiteRT model: {error}") from None
        if "probabilities" not in self._outputs:
            raise ModelError(f"The model file {self.path} is not one of this project's: it gives no probabilities.")
        self._lock = threading.Lock()

    def probabilities(self, images: np.ndarray) -> np.ndarray:
        """(N, 28, 28) -> (N, 10) float32, each row summing to 1.

        Raises ValueError for other shapes and values, and ModelError, as all of these do, if it is only now that the
        file turns out to be damaged.
        """
        parts = [answers["probabilities"] for answers in self.in_parts(images)]
        return np.concatenate(parts) if parts else np.zeros((0, 10), np.float32)

    def activations(self, image: np.ndarray) -> dict[str, np.ndarray]:
        """One (28, 28) image -> layer name -> that layer's answer, float32, without the batch axis."""
        answers = next(self.in_parts(np.asarray(image)[None]))
        return {name: answer[0] for name, answer in answers.items()}

    def in_parts(self, images: np.ndarray) -> Iterator[dict[str, np.ndarray]]:
        """(N, 28, 28) -> for some images after the other: layer name -> (n, ...) float32."""
        yield from (self._answer(part) for part in _parts(np.asarray(images)))

    def layer(self, images: np.ndarray, name: str) -> np.ndarray:
        """(N, 28, 28) images, N at least 1 -> (N, ...) what the layer called `name` answers, float32."""
        if name not in self._outputs:
            raise ModelError(f"The model file {self.path} has no layer {name}: its card is another model's.")
        return np.concatenate([answers[name] for answers in self.in_parts(images)])

    def _answer(self, images: np.ndarray) -> dict[str, np.ndarray]:
        try:
            with self._lock:
                return self._run(digit=images)
        except (RuntimeError, ValueError) as error:
            raise ModelError(f"The model file {self.path} is damaged: it cannot be computed: {error}") from None


def _parts(images: np.ndarray) -> Iterator[np.ndarray]:
    if images.ndim != 3 or images.shape[1:] != (IMAGE_SIZE, IMAGE_SIZE):
        raise ValueError(f"Images are (N, {IMAGE_SIZE}, {IMAGE_SIZE}), not {images.shape}.")
    full = np.float32(255 if images.dtype == np.uint8 else 1)
    for start in range(0, len(images), _BATCH):
        part = images[start : start + _BATCH].astype(np.float32) / full
        # NaN fails both comparisons, and is refused, too.
        if not (part.min() > -_ROUNDING and part.max() < 1 + _ROUNDING):
            raise ValueError("Images are float from 0 to 1, or uint8 from 0 to 255.")
        yield part
