import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn import metrics

from mnist_core.evaluation import evaluate, mistakes, wilson_interval


@pytest.fixture(scope="module")
def answers():
    rng = np.random.default_rng(0)
    y_true = rng.integers(0, 10, 500)
    proba = rng.dirichlet(np.ones(10), 500).astype(np.float32)
    proba[np.arange(500), y_true] += 0.5
    return y_true, proba / proba.sum(axis=1, keepdims=True)


def test_metrics_agree_with_scikit_learn(answers):
    y_true, proba = answers
    found = evaluate(y_true, proba)
    report = metrics.classification_report(y_true, proba.argmax(axis=1), output_dict=True)
    assert found.accuracy == pytest.approx(report["accuracy"])
    assert found.loss == pytest.approx(metrics.log_loss(y_true, proba), rel=1e-5)
    for digit in range(10):
        row = report[str(digit)]
        assert (found.precision[digit], found.recall[digit], found.f1[digit], found.support[digit]) == pytest.approx(
            (row["precision"], row["recall"], row["f1-score"], row["support"])
        )
    assert np.sum(found.confusion_matrix) == 500
    assert np.trace(np.array(found.confusion_matrix)) == round(found.accuracy * 500)


@pytest.mark.parametrize(("correct", "total"), [(9920, 10_000), (0, 10), (10, 10), (1, 3)])
def test_the_interval_is_wilsons(correct, total):
    expected = binomtest(correct, total).proportion_ci(method="wilson")
    assert wilson_interval(correct, total) == pytest.approx((expected.low, expected.high))


def test_mistakes_come_most_confident_first(answers):
    y_true, proba = answers
    found = mistakes(y_true, proba)
    wrong = proba.argmax(axis=1) != y_true
    assert set(found) == set(np.flatnonzero(wrong))
    assert np.all(np.diff(proba[found].max(axis=1)) <= 0)
