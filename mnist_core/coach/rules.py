"""Which rules the coach goes by, and in which order."""

from __future__ import annotations

from mnist_core.coach import generalizing, learning
from mnist_core.coach.advice import Advice
from mnist_core.coach.course import Course
from mnist_core.config import TrainConfig
from mnist_core.runs.run import RUNNING, Curves


def advise(
    config: TrainConfig,
    curves: Curves,
    status: str = RUNNING,
    reason: str = "",
    diverged: str = "",
    since: int = 0,
) -> list[Advice]:
    """At most two pieces of advice, the more important first; none for a run that does well.

    `curves` may hold the series batch_loss by step, loss, accuracy, val_loss and dead_units by epoch from 1;
    `status`, `reason` and `diverged` are the run's; it trains with this learning rate since the step `since`. Rules
    that need more than has been seen are silent.
    """
    course = Course(config, curves, status, reason, diverged, since)
    # What prevents learning comes first: a run that does not learn needs no advice on learning better.
    for rules in (
        (learning.diverged,),
        (learning.raw_pixels,),
        # First: no lower rate brings dead units back.
        (learning.dies,),
        (learning.rises,),
        (learning.crawls,),
        (learning.hardly_moves,),
        (learning.has_hardly_begun,),
        (learning.learns_slowly,),
        (learning.learns_poorly,),
        (learning.is_held_back,),
        (generalizing.overfits, generalizing.knows_by_heart, generalizing.is_unchecked, generalizing.climbs),
    ):
        if found := [advice for rule in rules if (advice := rule(course))]:
            return found
    return []
