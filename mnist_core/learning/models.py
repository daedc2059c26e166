"""From a TrainConfig to a Keras model. Only workers and the terminal import this: it needs TensorFlow."""

from __future__ import annotations

import random
from typing import Any

import keras
import tensorflow as tf

from mnist_core import processor
from mnist_core.architecture import IMAGE_SIZE, Architecture, Layer
from mnist_core.config import OPTIMIZERS, TrainConfig
from mnist_core.weights import Weights

# keras.src.random.seed_generator.make_default_seed
_HIGHEST_SEED = 10**9


class LiveDropout(keras.layers.Dropout):
    """Keras' Dropout with a rate that can change while the traced graph goes on; the last rate set counts."""

    def __init__(self, rate: float, **options: Any) -> None:
        super().__init__(rate, **options)
        self.live_rate = tf.Variable(rate, trainable=False)

    def call(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        if not training:
            return inputs
        rate, seed = tf.cast(self.live_rate, inputs.dtype), tf.cast(self.seed_generator.next(), tf.int32)
        return tf.nn.experimental.stateless_dropout(inputs, rate, seed=seed)


class LiveBatchNormalization(keras.layers.BatchNormalization):
    """Keras' batch normalization as the one operation that TensorFlow has for images, where Keras takes a dozen."""

    def call(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        if not training or len(inputs.shape) != 4:
            return super().call(inputs, training=training)
        normalized = tf.raw_ops.FusedBatchNormV3(
            x=inputs, scale=self.gamma, offset=self.beta, mean=[], variance=[], epsilon=self.epsilon, is_training=True
        )
        count = tf.cast(tf.size(inputs) / tf.shape(inputs)[-1], tf.float32)
        # Keras takes the variance of these digits, the operation estimates that of all digits.
        variance = normalized.batch_variance * (count - 1) / count
        for moving, now in ((self.moving_mean, normalized.batch_mean), (self.moving_variance, variance)):
            moving.assign(moving * self.momentum + now * (1 - self.momentum))
        return normalized.y


def build(
    architecture: Architecture, precision: str = "float32", live: bool = False, seed: int | None = None
) -> keras.Sequential:
    """The network for (N, 28, 28) float in [0, 1]; the answer is (N, 10) probabilities, float32.

    `precision` is float32 or bfloat16 (weights stay float32, the arithmetic is bfloat16).
    A `live` one has LiveDropout, for training; any other holds nothing but Keras' own layers.
    With a `seed` its first weights are those of the plain network after `keras.utils.set_random_seed`.
    """
    dtype = "mixed_bfloat16" if precision == "bfloat16" else "float32"
    classes = {"Dropout": LiveDropout, "BatchNormalization": LiveBatchNormalization} if live else {}
    draws = None if seed is None else random.Random(seed)
    layers = [
        classes.get(layer.kind, getattr(keras.layers, layer.kind))(
            name=layer.name, **{"dtype": dtype, **layer.options, **_own_seed(layer, draws)}
        )
        for layer in architecture.layers()
    ]
    return keras.Sequential([keras.Input((IMAGE_SIZE, IMAGE_SIZE), name="digit"), *layers], name=architecture.model)


def _own_seed(layer: Layer, draws: random.Random | None) -> dict[str, Any]:
    """What Keras would draw for this layer from Python's global numbers, of which another thread may take one."""
    if draws is None:
        return {}
    if layer.kind in ("Conv2D", "Dense"):
        return {"kernel_initializer": keras.initializers.GlorotUniform(draws.randint(1, _HIGHEST_SEED))}
    return {"seed": draws.randint(1, _HIGHEST_SEED)} if layer.kind == "Dropout" else {}


class _OneOperation:
    """Adam's update as the one operation that TensorFlow has for it, where Keras traces a dozen: the same formula."""

    def update_step(self: Any, gradient: tf.Tensor, variable: Any, learning_rate: tf.Tensor) -> None:
        index, step = self._get_variable_index(variable), tf.cast(self.iterations + 1, tf.float32)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[index].handle,
            v=self._velocities[index].handle,
            beta1_power=self.beta_1**step,
            beta2_power=self.beta_2**step,
            lr=learning_rate,
            beta1=self.beta_1,
            beta2=self.beta_2,
            epsilon=self.epsilon,
            grad=gradient,
        )


class OneOperationAdam(_OneOperation, keras.optimizers.Adam):
    """Keras' Adam with an update in one operation."""


class OneOperationAdamW(_OneOperation, keras.optimizers.AdamW):
    """The same of AdamW."""


class OneOperationRMSprop(keras.optimizers.RMSprop):
    """RMSprop's update as one operation, too; it wants a place for a momentum, which stays 0 times the last step."""

    def build(self, variables: list) -> None:
        super().build(variables)
        self._steps = self.add_optimizer_variables(variables, "step")

    def update_step(self, gradient: tf.Tensor, variable: Any, learning_rate: tf.Tensor) -> None:
        index = self._get_variable_index(variable)
        tf.raw_ops.ResourceApplyRMSProp(
            var=variable.handle,
            ms=self._velocities[index].handle,
            mom=self._steps[index].handle,
            lr=learning_rate,
            rho=self.rho,
            momentum=0.0,
            epsilon=self.epsilon,
            grad=gradient,
        )


def build_optimizer(config: TrainConfig) -> keras.optimizers.Optimizer:
    """The configuration's optimizer at its learning rate: Keras' own, or one with its updates in one operation."""
    options = {"momentum": config.momentum} if config.optimizer == "sgd" else {}
    ours = {"adam": OneOperationAdam, "adamw": OneOperationAdamW, "rmsprop": OneOperationRMSprop}
    kind = ours.get(config.optimizer, getattr(keras.optimizers, OPTIMIZERS[config.optimizer]))
    optimizer = kind(learning_rate=config.learning_rate, **options)
    # One process has nothing to sum over replicas, and TensorFlow keeps the graph of every such sum for ever.
    optimizer._all_reduce_sum_gradients = lambda grads_and_vars: grads_and_vars
    return optimizer


def in_float32(model: keras.Sequential, architecture: Architecture) -> keras.Sequential:
    """The same network with the same weights in float32: what is saved, exported and evaluated."""
    copy = build(architecture)
    copy.set_weights(model.get_weights())
    return copy


def with_weights(architecture: Architecture, weights: Weights) -> keras.Sequential:
    """The network in float32 with the weights of each layer as `weights.read_weights` gives them."""
    model = build(architecture)
    for name, arrays in weights.items():
        model.get_layer(name).set_weights(arrays)
    return model


def choose_precision(config: TrainConfig) -> tuple[str, str]:
    """What `auto` means on this machine, and the reason in plain words."""
    if config.precision != "auto":
        return config.precision, "as configured"
    if config.model == "dense":
        return "float32", "dense layers gain nothing from bfloat16"
    if processor.has_bfloat16():
        return "bfloat16", "this processor has instructions for it"
    return "float32", "this processor has no bfloat16 instructions, as far as its system tells"
