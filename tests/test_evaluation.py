import numpy as np
import pytest
from scipy.special import log_softmax, softmax
from scipy.stats import binomtest, fisher_exact
from sklearn import metrics

from mnist_core.evaluation import (
    confusion_shares,
    cross_entropy,
    evaluate,
    find_digits,
    may_be_chance,
    mcnemar,
    one_against_rest,
    wilson_interval,
)
from mnist_core.wording import sure_in_words


@pytest.fixture(scope="module")
def answers():
    rng = np.random.default_rng(0)
    y_true = rng.integers(0, 10, 500)
    proba = rng.dirichlet(np.ones(10), 500).astype(np.float32)
    proba[np.arange(500), y_true] += 0.5
    return y_true, proba / proba.sum(axis=1, keepdims=True)


def test_a_sure_mistake_costs_what_it_costs_in_training():
    """There the loss is that of the scores; here there are only probabilities, down to 1e-35."""
    scores = np.array([[80.0, *[0.0] * 9], [3.0, 2.0, *[0.0] * 8]], np.float32)
    y_true = np.array([1, 1])
    found = cross_entropy(y_true, softmax(scores, axis=1))
    assert found == pytest.approx(-log_softmax(scores, axis=1)[[0, 1], y_true].mean(), rel=1e-5)


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


@pytest.mark.parametrize("correct", [176, 170, 166, 160, 150, 0])
def test_what_chance_may_make_is_not_told_from_it(correct):
    table = [[177, 23], [correct, 200 - correct]]
    assert may_be_chance(correct / 200, 177 / 200, 200) == (fisher_exact(table).pvalue >= 0.05)


def test_no_answer_is_said_to_be_certain():
    said = [sure_in_words(share) for share in (0.5, 0.9994, 0.9996, 1.0)]
    assert said == ["50.0% sure", "99.9% sure", "more than 99.9% sure", "more than 99.9% sure"]


@pytest.mark.parametrize("normalize", ["true", "pred"])
def test_shares_of_the_confusion_matrix_agree_with_scikit_learn(answers, normalize):
    y_true, proba = answers
    y_pred = np.where(proba.argmax(axis=1) == 3, 4, proba.argmax(axis=1))
    counts = metrics.confusion_matrix(y_true, y_pred)
    expected = metrics.confusion_matrix(y_true, y_pred, normalize=normalize)
    assert confusion_shares(counts, normalize) == pytest.approx(expected)


@pytest.mark.parametrize("digit", [0, 7])
def test_one_against_the_rest_agrees_with_scikit_learn(answers, digit):
    y_true, proba = answers
    y_pred = proba.argmax(axis=1)
    (tn, fp), (fn, tp) = metrics.multilabel_confusion_matrix(y_true, y_pred)[digit]
    table = one_against_rest(metrics.confusion_matrix(y_true, y_pred), digit)
    assert vars(table) == {
        "true_positives": tp,
        "false_positives": fp,
        "false_negatives": fn,
        "true_negatives": tn,
    }


def test_digits_are_found_by_what_they_are_and_what_they_were_read_as(answers):
    y_true, proba = answers
    y_pred = proba.argmax(axis=1)
    pairs = list(zip(y_true, y_pred, strict=True))
    for true, read in ((None, None), (4, None), (None, 9), (4, 9), (4, 4)):
        wanted = {
            i
            for i, (t, p) in enumerate(pairs)
            if true in (None, t) and read in (None, p) and (t == p) == (true is not None and true == read)
        }
        assert set(find_digits(y_true, proba, true, read, "confidence")) == wanted


def test_digits_come_in_the_order_asked_for(answers):
    y_true, proba = answers
    by = {order: find_digits(y_true, proba, None, None, order) for order in ("confidence", "loss", "margin")}
    top = np.sort(proba, axis=1)
    assert np.all(np.diff(proba[by["confidence"]].max(axis=1)) <= 0)
    assert np.all(np.diff(-np.log(proba[by["loss"], y_true[by["loss"]]])) <= 0)
    assert np.all(np.diff((top[:, -1] - top[:, -2])[by["margin"]]) >= 0)


@pytest.mark.parametrize(
    ("first", "second"), [(27, 8), (8, 27), (5, 5), (0, 1), (0, 0), (3, 12), (40, 900), (4000, 4100)]
)
def test_mcnemars_test_is_the_binomial_test_of_a_coin(first, second):
    expected = binomtest(first, first + second).pvalue if first + second else 1
    assert mcnemar(first, second) == pytest.approx(expected)
