import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import softmax
from sklearn.calibration import calibration_curve
from sklearn.metrics import log_loss

from mnist_core.calibration import (
    BINS,
    HIGHEST,
    coverage,
    error_by_chance,
    fit_temperature,
    reliability,
    with_temperature,
)


@pytest.fixture(scope="module")
def overconfident():
    """Labels drawn from the softmax of scores, and the probabilities of three times those scores."""
    rng = np.random.default_rng(1)
    scores = rng.normal(0, 1.5, (4000, 10))
    proba = softmax(scores, axis=1)
    y_true = (proba.cumsum(axis=1) > rng.random((4000, 1))).argmax(axis=1)
    return y_true, softmax(3 * scores, axis=1).astype(np.float32)


def test_the_bins_agree_with_scikit_learn(overconfident):
    y_true, proba = overconfident
    found = reliability(y_true, proba)
    right, confidence = proba.argmax(axis=1) == y_true, proba.max(axis=1)
    accuracy, mean = calibration_curve(right, confidence, n_bins=BINS)
    some = found.counts > 0
    assert found.accuracy[some] == pytest.approx(accuracy) and found.confidence[some] == pytest.approx(mean)
    assert found.counts.sum() == 4000
    error = np.average(np.abs(accuracy - mean), weights=found.counts[some])
    assert found.error == pytest.approx(error) and found.error > 0.2


def test_chance_alone_makes_an_error_that_does_not_hide_a_real_one(overconfident):
    y_true, proba = overconfident
    # Three times less sure, the model is right as often as it is sure.
    calibrated = with_temperature(proba, 3)
    by_chance = error_by_chance(calibrated)
    assert by_chance / 2 < reliability(y_true, calibrated).error < by_chance * 2
    assert reliability(y_true, proba).error > 10 * error_by_chance(proba)


def test_the_temperature_is_that_with_the_smallest_loss(overconfident):
    y_true, proba = overconfident
    temperature = fit_temperature(y_true, proba)
    best = minimize_scalar(lambda t: log_loss(y_true, with_temperature(proba, t)), bounds=(0.05, 20), method="bounded")
    assert temperature == pytest.approx(best.x, rel=1e-3) and temperature == pytest.approx(3, rel=0.1)
    scaled = with_temperature(proba, temperature)
    assert reliability(y_true, scaled).error < 0.03
    assert np.all(scaled.argmax(axis=1) == proba.argmax(axis=1))


@pytest.mark.parametrize(("right", "highest"), [(0.5, 40), (0.1, HIGHEST)])
def test_of_a_model_that_is_far_too_sure_the_temperature_is_found(overconfident, right, highest):
    """One that is all but certain, and seldom right."""
    y_true, proba = overconfident
    sure = with_temperature(proba, 0.02)
    answers = np.where(np.arange(len(proba)) < right * len(proba), sure.argmax(axis=1), y_true[::-1])

    def loss(logarithm: float) -> float:
        return log_loss(answers, with_temperature(sure, np.exp(logarithm)), labels=range(10))

    best = np.exp(minimize_scalar(loss, bounds=(np.log(0.05), np.log(HIGHEST)), method="bounded").x)
    assert fit_temperature(answers, sure) == pytest.approx(best, rel=1e-2) and 10 < best <= highest


def test_what_knows_nothing_has_the_highest_temperature():
    assert fit_temperature(np.arange(10), np.full((10, 10), 0.1)) == pytest.approx(HIGHEST)


def test_a_temperature_of_one_changes_nothing_and_zeros_stay_numbers():
    proba = np.array([[1, 0], [0.25, 0.75]], np.float32)
    assert with_temperature(proba, 1) == pytest.approx(proba)
    assert np.isfinite(with_temperature(proba, 3)).all()


def test_coverage_counts_what_is_answered_and_what_of_it_is_right():
    proba = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.45, 0.55]])
    answered, correct = coverage(np.array([0, 1, 1, 0]), proba, np.array([0, 0.6, 0.75, 0.95]))
    assert answered.tolist() == [4, 3, 2, 0] and correct.tolist() == [2, 2, 1, 0]
