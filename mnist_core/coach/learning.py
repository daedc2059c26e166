"""Rules for a run that does not learn, or hardly."""

from __future__ import annotations

from mnist_core.coach.advice import Advice
from mnist_core.coach.course import Course, written
from mnist_core.coach.remedies import faster_sigmoids, slower, usual_rate, with_enough_batches
from mnist_core.config import OPTIMIZERS
from mnist_core.idle_fields import has_use
from mnist_core.runs.run import FINISHED

# The loss rose: at its highest it was above this many times the first. With rates that were too low the noise
# of batches took it to 1.07 times the first; with rates that were too high to 1.2 times and far more.
_RISEN = 1.2
# ... and did not recover: since then it never was below this share of the first. Of the runs that a high rate shook,
# those that came to 79% on validation digits had been at 0.14 or less, the others at 0.34 or more: of what guessing
# costs, which is about where losses begin with pixels from 0 to 1. With raw ones they begin far higher.
_RECOVERED = 0.25
# Or it fell and rose again, by this share of the first loss. Runs that learnt ended at most 0.08 above their lowest.
_ROSE_AGAIN = 0.5

# The loss hardly moved: it is above this share of the first. ReLU networks with the usual rates ended below 0.2,
# with a hundredth of them above 0.96.
_HARDLY_MOVED = 0.9
# It learns slowly: after so many epochs it reads less than this of its training digits, at a tenth of the usual rate or
# less. The preset dense-512 on 9,000 digits with SGD came to 75% in 15 epochs at 0.001, to 89% at 0.01, to 95% at 0.1
# (`python -m mnist_core train dense-512 --set optimizer=sgd --set learning_rate=0.001 --set train_size=10000
# --set validation_split=0.1 --set epochs=15`, and so on).
_EPOCHS_TO_LEARN, _LEARNT = 3, 0.9
# A rate so many times below the usual one, or above it; not ten, as a tenth of it is rounded.
_FAR_OFF = 9.9
# It learns poorly: after so many epochs at ten times the usual rate or more it reads less than _LEARNT. Of 92 runs of
# small networks of tanh and Leaky ReLU units with such rates, for 8 epochs, 23 ended below that: they came to 9 to 86%
# of MNIST's test digits, and each of them to more with the remedy. Of the 69 others 24 did. They were the networks of
# `benchmarks/coach.py` (one of them: `python -m mnist_core train dense-512 --set dense_units=64 --set activation=tanh
# --set optimizer=adam --set learning_rate=0.1 --set train_size=3000 --set validation_split=0.2 --set batch_size=64
# --set epochs=8` comes to 74%).
_EPOCHS_TO_SETTLE = 4
# Sigmoid with SGD crawls above this share: the preset dense-sigmoid ends at 0.55. A rate of 0.5 took it to 0.18.
_CRAWLS = 0.4

# From here on, the preset `dense-20-15` with sigmoid units and SGD at 0.2 reads far fewer digits than without: 64% at
# 0.01, 81% at 0.
_STRONG_PENALTY = 0.01

# With a penalty like this or a stronger one, few of the training digits are read even after some epochs. Of six
# networks on 3,000 or 5,000 digits, after 4 to 10 epochs, five read 25 to 87% of them at 0.03 and 0.1, 88 to 91% at
# 0.01, and 90% or more with less; the sixth, with batch normalization, 97% or more with each. dense-20-15 has 0.01.
_RUINOUS_PENALTY, _EPOCHS_UNDER_PENALTY = 0.03, 4
_MILD_PENALTY = 0.001

# Share of dead ReLU units: up to 0.29 in runs that learnt, 0.42 and more in those whose rate was too high.
_DEAD = 0.4

# With raw pixels, to read half of the training digits. Of 16 small runs the 8 that did not after 12 epochs, at 10 to
# 35%, came to 74 to 89% with pixels from 0 to 1; Leaky ReLU and a lower rate took them to 25 to 75%. The preset
# dense-20-15, on 42,000 digits, is at 50 to 57% after five.
_EPOCHS_TO_READ_HALF = 10
# Once a run has ended it is told so if it reads less than _READS_WELL. Of the six networks of `benchmarks/coach.py`
# without batch normalization, each on 500, 1,000 and 3,000 digits for 3, 8 and 20 epochs, all 54 runs ended below that,
# and all read more of MNIST's test digits with pixels from 0 to 1 (`python -m mnist_core train dense-512
# --set dense_units=64 --set optimizer=adam --set input_scaling=0-255 --set train_size=3000 --set validation_split=0.2
# --set batch_size=64 --set epochs=8`: 83%, and 91% without the scaling; and so on).

# A run of so few batches has hardly begun (see `remedies` for how many are enough), unless it reads so much of the
# validation digits by then. More of them at a rate far below the usual one do not help: 200 batches of 16 digits took
# SGD at 0.00001 to 12% of MNIST's test digits, at 0.1 to 87% (`python -m mnist_core train dense-512 --set optimizer=sgd
# --set learning_rate=0.1 --set train_size=1000 --set validation_split=0.2 --set batch_size=16 --set epochs=4`).
_FEW_BATCHES, _READS_WELL = 30, 0.9


def diverged(course: Course) -> Advice | None:
    """The loss is no number any more."""
    if not course.diverged:
        return None
    return Advice(
        "The loss is no longer a number",
        f"It happened in {course.diverged}. Each step overshot further than the one before, until the loss was beyond "
        f"what a number can hold. A learning rate of {course.config.learning_rate:g} is too high for this network.",
        slower(course.config),
    )


def raw_pixels(course: Course) -> Advice | None:
    """What else goes wrong with pixels from 0 to 255 goes wrong because of them, and of too high a rate, if it is."""
    was_raised = course.since and course.config.learning_rate > usual_rate(course.config)
    # With a rate that somebody has set in the middle of the run, other rules say what that did.
    if course.config.input_scaling != "0-255" or was_raised:
        return None
    accuracies = course.series("accuracy")
    if dead := _dead(course):
        symptom = dead
    elif len(accuracies) >= _EPOCHS_TO_READ_HALF and accuracies[-1] < 0.5:
        symptom = f"After {len(accuracies)} epochs the network reads {accuracies[-1]:.0%} of its training digits"
    elif rises(course) or hardly_moves(course):
        symptom = f"{_began(course)} and is {written(course.now)} now"
    elif _ended_on_raw_pixels(course):
        whose = "validation" if course.config.validation_digits else "training"
        symptom = f"It ended at {course.reads:.0%} of its {whose} digits"
    else:
        return None
    rate, usual = course.config.learning_rate, usual_rate(course.config)
    activation = course.config.activation if has_use(course.config, "activation") else ""
    saturate, die = "units saturate, and hardly pass a gradient back", "units die, or the loss leaps up and down"
    follows = {"sigmoid": saturate, "tanh": saturate, "relu": die}.get(activation, "the loss leaps up and down")
    title, too_fast, changes = "Raw pixels make learning hard here", "", {"input_scaling": "0-1"}
    if rate > usual:
        title = "The learning rate is too high, for raw pixels most of all"
        too_fast = f" A rate of {rate:g} adds to that; usual for {OPTIMIZERS[course.config.optimizer]} is {usual:g}."
        changes |= slower(course.config)
    return Advice(
        title,
        f"{symptom}. Pixels from 0 to 255 make the first layer's sums 255 times as large as pixels from 0 to 1 "
        f"do, and what each step does to them at least as many times: {follows}.{too_fast}",
        changes,
    )


def _ended_on_raw_pixels(course: Course) -> bool:
    """Whether it read few digits in the end, though it had trained for long enough, and nothing evens its sums out."""
    is_evened = course.config.batch_normalization and has_use(course.config, "batch_normalization")
    has_trained = course.status == FINISHED and course.batches >= _FEW_BATCHES
    return has_trained and not is_evened and course.reads is not None and course.reads < _READS_WELL


def rises(course: Course) -> Advice | None:
    """The loss rose and did not come down again: the learning rate is too high."""
    if not course.can_judge_loss:
        return None
    losses, first = course.batch_losses, course.first
    highest, lowest_since = losses.max(), losses[losses.argmax() :].min()
    if highest > _RISEN * first and lowest_since > _RECOVERED * first:
        # Of the batches not all are kept: an epoch's mean may be higher than all that are.
        peak = max(highest, course.series_since("loss").max(initial=0))
        how = f"{_began(course)}, went up to {written(peak)} and is {written(course.now)} now."
    elif course.now - losses.min() > _ROSE_AGAIN * first:
        how = f"{_began(course)}, came down to {written(losses.min())} and is {written(course.now)} now."
    else:
        return None
    return Advice(
        "The loss rose: the learning rate is too high",
        f"{how} With a rate of {course.config.learning_rate:g}, each step goes far beyond the lower loss that it is "
        "heading for.",
        slower(course.config),
    )


def _began(course: Course) -> str:
    return f"{'With this learning rate the' if course.since else 'The'} loss began at {written(course.first)}"


def dies(course: Course) -> Advice | None:
    """Many ReLU units answer zero to everything."""
    dead = _dead(course)
    if not dead:
        return None
    rate = course.config.learning_rate
    too_fast = rate > usual_rate(course.config) or bool(rises(course))
    if course.since and not too_fast:
        remedy = "They may have died at the rate before. Begin anew, or go back to its best epoch, if that was before."
        changes = {}
    else:
        cause = f"A learning rate of {rate:g} pushed them there. " if too_fast else ""
        remedy = f"{cause}Leaky ReLU always lets some gradient through."
        changes = {"activation": "leaky_relu"} | (slower(course.config) if too_fast else {})
    is_deep = len(course.config.dense_units) + len(course.config.conv_blocks) * (course.config.model == "cnn") > 1
    waking = "; only a change in a hidden layer before may wake some" if is_deep else ""
    return Advice(
        "Many ReLU units are dead",
        f"{dead}. No gradient comes through a zero, so their own weights learn nothing more{waking}. {remedy}",
        changes,
    )


def _dead(course: Course) -> str:
    """That many units are dead; empty if they are not."""
    dead = course.series("dead_units")
    if not len(dead) or dead[-1] < _DEAD:
        return ""
    return f"{dead[-1]:.0%} of the hidden units answer zero to every digit they were tried on"


def crawls(course: Course) -> Advice | None:
    """Sigmoid units learn slowly, with SGD most of all."""
    has_sigmoids = course.config.activation == "sigmoid" and has_use(course.config, "activation")
    if not has_sigmoids or not course.can_judge_loss:
        return None
    is_sgd = course.config.optimizer == "sgd"
    # Then it is the rate: 512 sigmoids with Adam came to 10% at 1e-5 and to 85% at 0.001 (`python -m mnist_core train
    # dense-512 --set activation=sigmoid optimizer=adam learning_rate=0.001 train_size=2000 epochs=3`).
    if not is_sgd and course.config.learning_rate <= usual_rate(course.config) / _FAR_OFF:
        return None
    if course.now <= (_CRAWLS if is_sgd else _HARDLY_MOVED) * course.first:
        return None
    is_plain = is_sgd and not course.config.momentum
    why = ", and plain SGD does not lengthen its steps to make up for that" if is_plain else ""
    penalty = course.config.l2
    strong = f" The L2 penalty of {penalty:g} keeps the weights small besides." if penalty >= _STRONG_PENALTY else ""
    changes = faster_sigmoids(course.config)
    faster = " It takes a far higher rate than with ReLU." if list(changes) == ["learning_rate"] else ""
    return Advice(
        "Sigmoid units learn slowly here",
        f"{_began(course)} and has come to only {written(course.now)} after {course.batches:,} batches. "
        f"A sigmoid's slope is at most a quarter, so that each hidden layer weakens the gradient{why}.{faster}{strong}",
        changes,
    )


def hardly_moves(course: Course) -> Advice | None:
    """The loss is about what it was: the learning rate is too low."""
    rate, usual = course.config.learning_rate, usual_rate(course.config)
    if not course.can_judge_loss or course.now <= _HARDLY_MOVED * course.first or rate >= usual:
        return None
    return Advice(
        "The loss hardly moves: the learning rate is too low",
        f"{_began(course)} and is {written(course.now)} after {course.batches:,} batches. "
        f"A rate of {rate:g} makes tiny steps; usual for {OPTIMIZERS[course.config.optimizer]} is {usual:g}.",
        {"learning_rate": usual},
    )


def has_hardly_begun(course: Course) -> Advice | None:
    """It has ended after a few batches."""
    config, batches = course.config, course.batches
    if course.status != FINISHED or course.reason or not 0 < batches < _FEW_BATCHES:
        return None
    if course.reads is None or course.reads >= _READS_WELL:
        return None
    better = with_enough_batches(config)
    changes = {n: getattr(better, n) for n in ("batch_size", "epochs") if getattr(better, n) != getattr(config, n)}
    rate, usual, faster = config.learning_rate, usual_rate(config), ""
    if config.input_scaling == "0-1" and rate <= usual / _FAR_OFF:
        changes["learning_rate"] = usual
        faster = f" A rate of {rate:g} makes small steps, too; usual for {OPTIMIZERS[config.optimizer]} is {usual:g}."
    some = f"{config.batch_size:,} of its" if config.batch_size < config.digits_per_epoch else "all its"
    return Advice(
        "It has hardly begun to learn",
        f"It took {some} {config.digits_per_epoch:,} training digits at a time, and so changed its weights only "
        f"{'once' if batches == 1 else f'{batches} times'}: a few hundred are needed. It may take fewer at a time, or "
        f"go over them more often.{faster}",
        changes,
    )


def learns_slowly(course: Course) -> Advice | None:
    """It still reads few of its training digits, at a rate far below the usual one."""
    rate, usual, accuracies = course.config.learning_rate, usual_rate(course.config), course.series_since("accuracy")
    # What is usual is for pixels from 0 to 1.
    if course.config.input_scaling == "0-255":
        return None
    if not course.can_judge_loss or rate > usual / _FAR_OFF or len(accuracies) < _EPOCHS_TO_LEARN:
        return None
    if accuracies[-1] >= _LEARNT:
        return None
    return Advice(
        "It learns slowly: the learning rate is low",
        f"After {len(accuracies)} epochs it reads {accuracies[-1]:.0%} of its training digits. "
        f"A rate of {rate:g} makes small steps; usual for {OPTIMIZERS[course.config.optimizer]} is {usual:g}.",
        {"learning_rate": usual},
    )


def learns_poorly(course: Course) -> Advice | None:
    """It reads few of its digits, at a rate far above the usual one."""
    config, accuracies = course.config, course.series_since("accuracy")
    rate, usual = config.learning_rate, usual_rate(config)
    # What is usual is for pixels from 0 to 1, and not for sigmoid units with SGD.
    if config.input_scaling == "0-255" or (config.activation, config.optimizer) == ("sigmoid", "sgd"):
        return None
    if rate < usual * _FAR_OFF or len(accuracies) < _EPOCHS_TO_SETTLE or course.reads is None:
        return None
    if max(accuracies[-1], course.reads) >= _LEARNT:
        return None
    return Advice(
        "It learns poorly: the learning rate is high",
        f"After {len(accuracies)} epochs it reads {accuracies[-1]:.0%} of its training digits. Each step at a rate of "
        f"{rate:g} undoes much of what others have learnt; usual for {OPTIMIZERS[config.optimizer]} is {usual:g}.",
        slower(config),
    )


def is_held_back(course: Course) -> Advice | None:
    """The penalty on its weights outweighs what it could learn."""
    penalty, accuracies = course.config.l2, course.series("accuracy")
    # What raw pixels do is told of first.
    if penalty < _RUINOUS_PENALTY or course.config.input_scaling == "0-255":
        return None
    if len(accuracies) < _EPOCHS_UNDER_PENALTY or accuracies[-1] >= _LEARNT:
        return None
    return Advice(
        "The L2 penalty holds it back",
        f"After {len(accuracies)} epochs it reads {accuracies[-1]:.0%} of its training digits. A penalty of "
        f"{penalty:g} keeps the weights so small that they hardly tell one digit from another.",
        {"l2": _MILD_PENALTY},
    )
