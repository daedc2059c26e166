import numpy as np
import pytest

from mnist_core.architecture import ConvBlock
from mnist_core.config import TrainConfig
from mnist_core.inside import embedding
from mnist_core.inside.features import hidden_features, last_hidden
from mnist_core.predictor import ModelError
from mnist_core.presets import PRESETS

RANDOM = np.random.default_rng(0)
DEAD = np.zeros((50, 4), np.float32)
CANNOT_BE_LAID_OUT = {
    "constant": DEAD + 3,
    "two kinds": np.where(np.arange(50)[:, None] > 20, DEAD, DEAD + 1),
    "not a number": np.where(np.arange(50)[:, None] > 20, DEAD, np.nan),
    "infinite": np.where(np.arange(50)[:, None] > 20, DEAD, np.inf),
}


def test_the_last_hidden_layer_is_the_one_that_computes_not_the_dropout_after_it():
    assert last_hidden(PRESETS["cnn-3x3"].layers()).name == "dense_1"


@pytest.mark.parametrize("name", CANNOT_BE_LAID_OUT)
def test_features_without_a_map_are_refused_in_words(name):
    for lay_out in (embedding.pca, embedding.tsne):
        with pytest.raises(ModelError, match="last hidden layer"):
            lay_out(CANNOT_BE_LAID_OUT[name])


@pytest.mark.parametrize(
    "features",
    [
        np.repeat(np.eye(3, dtype=np.float32), 100, axis=0),
        RANDOM.normal(size=(100, 1)).astype(np.float32),
        1e30 * RANDOM.normal(size=(100, 5)).astype(np.float32),
        1e-30 * RANDOM.normal(size=(100, 5)).astype(np.float32),
    ],
    ids=["three kinds", "one unit", "huge", "tiny"],
)
def test_odd_features_get_a_place_each_on_a_plane(features):
    points, kept = embedding.pca(features)
    assert points.shape == (len(features), 2) and 0 < kept <= 1.000001
    points = embedding.tsne(features)
    assert points.shape == (len(features), 2) and np.isfinite(points).all()
    assert len(np.unique(points, axis=0)) == len(np.unique(features, axis=0))


def test_more_numbers_than_digits_are_laid_out_as_by_their_singular_values():
    features = RANDOM.normal(size=(40, 300)).astype(np.float32)
    points, kept = embedding.pca(features)
    left, lengths, _ = np.linalg.svd(features - features.mean(axis=0), full_matrices=False)
    assert np.abs(points) == pytest.approx(np.abs(left[:, :2] * lengths[:2]), rel=1e-3)
    assert kept == pytest.approx((lengths[:2] ** 2).sum() / (lengths**2).sum(), rel=1e-3)


def test_a_layer_too_wide_to_compare_digits_by_is_refused():
    layers = TrainConfig(conv_blocks=(ConvBlock(64, 3, "same", 1),), dense_units=()).layers()
    with pytest.raises(ModelError, match="50,176 numbers: too many"):
        hidden_features(None, layers, np.zeros((1, 28, 28), np.float32))


def test_pca_keeps_the_directions_that_vary_most():
    features = RANDOM.normal(size=(200, 3)) * [1, 10, 0.1]
    points, kept = embedding.pca(features)
    assert abs(np.corrcoef(points[:, 0], features[:, 1])[0, 1]) > 0.99 and kept > 0.999
