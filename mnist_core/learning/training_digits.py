"""The digits of a run in TensorFlow's memory; the generated ones are written while it already trains."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import tensorflow as tf

from mnist_core.architecture import IMAGE_SIZE
from mnist_core.config import TrainConfig
from mnist_core.data import Split
from mnist_core.learning.handwriting import blocks


class TrainingDigits:
    """`images` (N, 28, 28) and `labels` (N,) uint8, N being `count`; generated ones last, 0 until they are fetched."""

    def __init__(self, split: Split, config: TrainConfig) -> None:
        self._seed, self._real, self._written = config.seed, len(split.y_train), len(split.y_train)
        self.count = self._real + config.generated_digits
        nothing = np.zeros((config.generated_digits, IMAGE_SIZE, IMAGE_SIZE), np.uint8)
        self.images = tf.Variable(np.concatenate([split.x_train, nothing]), trainable=False)
        self.labels = tf.Variable(np.concatenate([split.y_train, nothing[:, 0, 0]]), trainable=False)
        self._blocks = blocks(config.generated_digits, config.seed)
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="handwriting")
        self._next = self._write() if len(nothing) else None

    def order(self, epoch: int) -> np.ndarray:
        """The indices (N,) int32 of all digits as `epoch`, from 0, takes them: real ones shuffled anew, generated ones
        at places of chance too, but in the order they are written, so that training need not wait for the last."""
        order = np.random.default_rng((self._seed, epoch)).permutation(self.count).astype(np.int32)
        order[order >= self._real] = np.arange(self._real, self.count)
        return order

    def fetch(self, indices: np.ndarray) -> None:
        """Wait until the digits at `indices` are written."""
        while self._next and indices.max(initial=0) >= self._written:
            images, labels = self._next.result()
            end = self._written + len(labels)
            self.images[self._written : end].assign(images)
            self.labels[self._written : end].assign(labels)
            self._written = end
            self._next = self._write() if end < self.count else None

    def _write(self) -> Future[tuple[np.ndarray, np.ndarray]]:
        return self._writer.submit(next, self._blocks)
