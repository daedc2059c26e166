"""Dead units: ReLU units that answer zero to every digit.

No gradient flows back through a unit that is zero for every training digit, so that its own weights learn nothing
more; only changes in the layers before may wake it: L. Lu et al., "Dying ReLU and Initialization" (arXiv:1903.06733).
"""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from mnist_core.architecture import IMAGE_SIZE

_DIGITS_AT_ONCE = 250


class DeadUnits:
    """Counts the dead units of a model; of a convolution a unit is a filter, looked at everywhere.

    `images` is (N, 28, 28) uint8: the digits that a unit has to be zero for.
    """

    def __init__(self, model: keras.Sequential, images: np.ndarray) -> None:
        self._images = images
        self._units = [layer.output for layer in model.layers if _is_relu(layer)]
        self._answers = keras.Model(model.inputs, self._units or model.outputs)
        self._largest = tf.function(
            self._largest_outputs, input_signature=[tf.TensorSpec((None, IMAGE_SIZE, IMAGE_SIZE), tf.uint8)]
        )

    def share(self) -> float | None:
        """The dead share of all hidden units, in [0, 1]; None for a model without ReLU."""
        if not self._units:
            return None
        parts = range(0, len(self._images), _DIGITS_AT_ONCE)
        largest = [self._largest(self._images[start : start + _DIGITS_AT_ONCE]).numpy() for start in parts]
        return float((np.max(largest, axis=0) == 0).mean())

    def _largest_outputs(self, images: tf.Tensor) -> tf.Tensor:
        """The largest output of each unit of all layers, one behind the other, float32."""
        outputs = tf.nest.flatten(self._answers(tf.cast(images, tf.float32) / 255.0, training=False))
        peaks = [tf.reduce_max(output, axis=list(range(output.shape.rank - 1))) for output in outputs]
        return tf.concat([tf.cast(peak, tf.float32) for peak in peaks], axis=0)


def _is_relu(layer: keras.Layer) -> bool:
    return getattr(layer, "activation", None) is keras.activations.relu
