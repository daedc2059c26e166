import numpy as np
import pytest

from mnist_core.inside.perturb import PERTURBATIONS, perturb


@pytest.fixture(scope="module")
def some(digits):
    return digits.x_test[:5].astype(np.float32) / 255


def test_nothing_changes_at_the_neutral_amounts_and_every_other_stays_a_picture(some):
    neutral = {name: each.neutral for name, each in PERTURBATIONS.items()}
    assert np.array_equal(perturb(some, neutral), some)
    for name, each in PERTURBATIONS.items():
        assert np.allclose(each.apply(some, each.neutral), some, atol=1e-6), name
        for level in each.levels:
            changed = perturb(some, {name: float(level)})
            assert changed.shape == some.shape and changed.dtype == np.float32
            assert changed.min() >= 0 and changed.max() <= 1
            assert np.array_equal(changed, some) == (level == each.neutral), (name, level)


def test_each_does_what_it_says(some):
    assert np.allclose(perturb(some, {"shift": 2})[:, :, 2:], some[:, :, :-2], atol=1e-6)
    assert np.allclose(perturb(some, {"rotation": 90}), np.rot90(some, -1, axes=(1, 2)), atol=1e-5)
    assert np.allclose(perturb(some, {"inverted": 1.0}), 1 - some, atol=1e-6)
    assert (perturb(some, {"stroke": 1.0}) >= some).all() and (perturb(some, {"stroke": -1.0}) <= some).all()
    ink = {scale: (perturb(some, {"scale": scale}) > 0.5).sum() for scale in (0.5, 1.5)}
    assert ink[0.5] < (some > 0.5).sum() < ink[1.5]
    assert perturb(some, {"occlusion": 20})[:, 4:24, 4:24].max() == 0
    white = np.ones_like(some)
    for side in PERTURBATIONS["occlusion"].levels:
        assert (white - perturb(white, {"occlusion": side}))[0].sum() == pytest.approx(side**2, rel=1e-5)
    assert perturb(some, {"blur": 2.0}).sum() == pytest.approx(some.sum(), rel=0.02)
    assert (perturb(some, {"noise": 0.3}) - some).std() == pytest.approx(0.2, abs=0.1)
