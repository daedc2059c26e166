"""Rules for a run that learns, but could read digits better that it does not learn from."""

from __future__ import annotations

import numpy as np

from mnist_core.coach.advice import Advice
from mnist_core.coach.course import Course, written
from mnist_core.coach.remedies import against_overfitting
from mnist_core.config import holds
from mnist_core.runs.run import FINISHED

# Overfitting: the mean validation loss of the last so many epochs is this many times the lowest such mean. A dense
# network on 2,000 digits came to 1.25 in 20 epochs, with moved and turned digits to 1.11 at most, seed by seed. A
# single epoch says nothing: in a run that learnt well, one was 2.4 times the lowest.
_VALIDATION_RISEN = 1.15
# It knows its training digits by heart, and reads others so much worse. Of dense-512, cnn-5x5, cnn-3x3 and fast, for 12
# to 40 epochs on 800 to 4,000 digits, dense-512 alone came so far apart: by 9 to 11 points on up to 2,400 digits
# (`python -m mnist_core train dense-512 --set train_size=1000 --set validation_split=0.2 --set epochs=40`, and 3000
# for 20 epochs). So many validation digits are needed to tell that from chance.
_BY_HEART, _APART, _ENOUGH_TO_TELL = 0.98, 0.08, 200
_EPOCHS_OF_A_MEAN = 3
# Without validation digits this alone tells. The preset dense-512 ends with 0.98, 0.98 and 0.99
# (`python -m mnist_core train dense-512`).
_SURELY_BY_HEART, _USUAL_SPLIT = 0.995, 0.2

# Accuracy still climbs: so much more on training digits in the last epoch than in the one before. The preset
# dense-512 ends with steps of 0.006 and 0.004.
_CLIMB = 0.01


def overfits(course: Course) -> Advice | None:
    """The validation loss rises while the training loss falls."""
    config, losses = course.config, course.series("val_loss")
    # Early stopping keeps the best epoch's weights: the run takes care of itself.
    if config.early_stopping or len(losses) <= _EPOCHS_OF_A_MEAN:
        return None
    trained = course.series("loss")
    if len(trained) != len(losses) or not np.isfinite(losses).all():
        return None
    means = np.convolve(losses, np.full(_EPOCHS_OF_A_MEAN, 1 / _EPOCHS_OF_A_MEAN), "valid")
    best = int(losses.argmin())
    if means[-1] <= _VALIDATION_RISEN * means.min() or trained[-1] >= trained[best]:
        return None
    remedy, changes = against_overfitting(config)
    return Advice(
        "It overfits: the validation loss rises while the training loss falls",
        f"Since epoch {best + 1} the validation loss has risen from {written(losses[best])} to {written(losses[-1])}, "
        f"while the training loss went from {written(trained[best])} to {written(trained[-1])}. "
        f"The network learns its {config.training_digits:,} training digits by heart{_but_not_worse(course, best)}. "
        f"{remedy}",
        changes,
    )


def _but_not_worse(course: Course, best: int) -> str:
    """What a loss that has risen since `best` means where the accuracy has not fallen with it."""
    accuracies = course.series("val_accuracy")
    if len(accuracies) <= best or accuracies[-_EPOCHS_OF_A_MEAN:].mean() < accuracies[best]:
        return ""
    return ": it reads no fewer validation digits right than then, but is probably surer where it is wrong"


def knows_by_heart(course: Course) -> Advice | None:
    """It reads its training digits far better than others, though the validation loss does not rise."""
    config, trained, others = course.config, course.series("accuracy"), course.series("val_accuracy")
    # Of a rising validation loss the other rule tells.
    if overfits(course) or config.early_stopping or config.validation_digits < _ENOUGH_TO_TELL:
        return None
    if min(len(trained), len(others)) < _EPOCHS_OF_A_MEAN:
        return None
    remedy, changes = against_overfitting(config)
    if "early_stopping" in changes:
        # No epoch was better than the last ones.
        remedy, changes = "More digits to learn from would help.", {}
    known, read = (float(each[-_EPOCHS_OF_A_MEAN:].mean()) for each in (trained, others))
    if known < _BY_HEART or known - read < _APART:
        return None
    return Advice(
        "It overfits: it reads its training digits far better than others",
        f"In its last epochs it read {known:.1%} of its {config.training_digits:,} training digits, and {read:.1%} of "
        f"the validation digits, which it does not learn from. It knows the first by heart. {remedy}",
        changes,
    )


def is_unchecked(course: Course) -> Advice | None:
    """It reads nearly all of its training digits, and nothing shows how it reads others."""
    config, accuracies = course.config, course.series("accuracy")
    if config.validation_digits or course.status != FINISHED or len(accuracies) < _EPOCHS_OF_A_MEAN:
        return None
    known = float(accuracies[-_EPOCHS_OF_A_MEAN:].mean())
    if known < _SURELY_BY_HEART:
        return None
    return Advice(
        "It may overfit, and no digits are kept to tell",
        f"In its last epochs it read {known:.1%} of its {config.training_digits:,} training digits. How it reads "
        "others shows in the test alone, and settings that are chosen by the test suit those digits best. With a part "
        "of the training digits kept for validation, one sees it epoch by epoch.",
        {"validation_split": _USUAL_SPLIT},
    )


def climbs(course: Course) -> Advice | None:
    """It ended while its accuracy was still climbing."""
    config, accuracies, losses = course.config, course.series("accuracy"), course.series("val_loss")
    # Other schedules end with a rate near zero: more epochs would stretch them, not carry on.
    # One that has a reason ended otherwise than by coming to its last epoch.
    if (
        course.status != FINISHED
        or course.reason
        or config.schedule != "constant"
        or not 2 <= len(accuracies) == config.epochs
    ):
        return None
    if accuracies[-1] - accuracies[-2] < _CLIMB or (len(losses) and losses[-1] > losses.min()):
        return None
    most = int(holds("epochs").high)
    if config.epochs == most:
        return None
    return Advice(
        "The accuracy was still climbing at the end",
        f"On training digits it went from {accuracies[-2]:.1%} to {accuracies[-1]:.1%} in the last epoch"
        f"{', and the validation loss was the lowest so far' if len(losses) else ''}. "
        "The run ended before the network had learnt what it can: train it longer, or begin anew with more epochs.",
        {"epochs": min(2 * config.epochs, most)},
    )
