"""A run as MLflow keeps it: the names of its tags, and the `Run` that they describe."""

from __future__ import annotations

import json
import math
import sys
from typing import Any

from mnist_core.config import TrainConfig
from mnist_core.runs.run import Change, Progress, Run

CONFIG, OWNER, VISITOR, PROGRESS = "digit_lab.config", "mlflow.user", "digit_lab.visitor", "digit_lab.progress"
REASON, DIVERGED, TRACEBACK = "digit_lab.reason", "digit_lab.diverged", "digit_lab.traceback"
ENVIRONMENT = "digit_lab.environment"
QUEUED, CHANGES = "digit_lab.queued", "digit_lab.changes"
BACK_TO_BEST, WENT_BACK = "digit_lab.back_to_best", "digit_lab.went_back"
TAUGHT, IMPORTED, KILLED = "digit_lab.taught", "digit_lab.brought_back", "digit_lab.killed"
TESTED_LATER, TEST_PROBLEM, TRAINED_ON = "digit_lab.tested_later", "digit_lab.test_problem", "digit_lab.trained_on"
TESTS_BEGUN, TEST_ASKED, INCOMPLETE = "digit_lab.tests_begun", "digit_lab.test_asked", "digit_lab.in_parts"
NOTE, TAGS, STARRED = "mlflow.note.content", "digit_lab.tags", "digit_lab.starred"


def run_of(run: Any) -> Run:
    """What MLflow's run says. Raises KeyError, ValueError and TypeError for what another version has written."""
    tags, info = run.data.tags, run.info
    return Run(
        id=info.run_id,
        name=info.run_name,
        owner=tags.get(OWNER, ""),
        visitor=tags.get(VISITOR, ""),
        status=info.status,
        config=TrainConfig.from_dict(json.loads(tags[CONFIG])),
        submitted=info.start_time / 1000,
        queued=float(tags.get(QUEUED, info.start_time / 1000)),
        ended=info.end_time / 1000 if info.end_time else None,
        progress=_progress_of(json.loads(tags.get(PROGRESS, "{}"))),
        killed=bool(tags.get(KILLED)),
        changes=[Change(*change) for change in json.loads(tags.get(CHANGES, "[]"))],
        back_to_best=bool(tags.get(BACK_TO_BEST)),
        went_back=tuple((step, when) for step, when in json.loads(tags.get(WENT_BACK, "[]"))),
        taught=tags.get(TAUGHT, ""),
        imported=IMPORTED in tags,
        incomplete=bool(tags.get(INCOMPLETE)),
        trained_on=TRAINED_ON in tags,
        tested_later=bool(tags.get(TESTED_LATER)),
        test_asked=bool(tags.get(TEST_ASKED)),
        test_problem=tags.get(TEST_PROBLEM, ""),
        environment=json.loads(tags.get(ENVIRONMENT, "{}")),
        metrics={name: value(stored) for name, stored in run.data.metrics.items()},
        reason=tags.get(REASON, ""),
        diverged=tags.get(DIVERGED, ""),
        traceback=tags.get(TRACEBACK, ""),
        artifact_uri=info.artifact_uri,
        note=tags.get(NOTE, ""),
        tags=tuple(json.loads(tags.get(TAGS, "[]"))),
        starred=bool(tags.get(STARRED)),
    )


def _progress_of(values: dict[str, Any]) -> Progress:
    """What another version of this program has written besides is left out."""
    return Progress(**{name: values[name] for name in Progress.__dataclass_fields__ if name in values})


def value(stored: float) -> float:
    """A metric as it was written: MLflow keeps what is infinite as the largest number that there is."""
    return math.copysign(math.inf, stored) if abs(stored) >= sys.float_info.max else stored
