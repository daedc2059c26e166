"""One sweep as it is carried out: asks Optuna for trials, submits them as runs, and ends when it has enough."""

from __future__ import annotations

from typing import Any

from mnist_core.fields import ConfigError
from mnist_core.queue.engine import Engine
from mnist_core.runs.run import QUEUED, Run
from mnist_core.runs.run_names import in_short
from mnist_core.sweeps import studies
from mnist_core.sweeps.studies import DELETE, DONE, PAUSE, RUN, RUN_ID, Studies
from mnist_core.sweeps.sweep import Sweep
from mnist_core.sweeps.trials import Trials

_SECONDS_BETWEEN_NOTES = 5

# A sweep of which so many trials in a row failed will not do better.
_HOPELESS = 10
# The median of fewer finished trials prunes nothing.
_FEWEST_TO_PRUNE = 4


class Tuning:
    """One sweep under way: `step` it from time to time. All it knows is in the study and the store."""

    def __init__(self, engine: Engine, known: Studies, study_id: str, since: int | None = None) -> None:
        """Of a sweep that goes on after a problem, `since` is how many trials it had when it was begun or resumed."""
        import optuna

        self.engine, self.studies, self.id = engine, known, study_id
        self.study = optuna.load_study(study_name=study_id, storage=known.storage)
        attributes = self.study.user_attrs
        self.sweep = Sweep.from_dict(attributes[studies.SWEEP])
        self.seconds = self._noted = float(attributes.get(studies.SECONDS, 0.0))
        count = len(self.study.get_trials(deepcopy=False))
        self.since = count if since is None else since
        # Not the same again after a restart: it would draw the same values once more.
        self.study.sampler = _sampler(self.sweep, seed=count)
        self.study.pruner = _pruner(self.sweep)
        self.trials = Trials(engine, self.study, self.sweep.plan.epochs)
        self._reason = attributes.get(studies.REASON)

    def step(self, wish: str, elapsed: float) -> bool:
        """Do what is due; whether nothing more will be until people wish for something else."""
        active = self.trials.active()
        if wish == RUN:
            has_ended = self._go_on(active, elapsed)
            if self._begins_no_more():
                self.trials.have_tested()
            return has_ended
        self._note_seconds()
        for trial, run in active.items():
            if run.status == QUEUED and not run.progress.step:
                self.trials.withdraw(trial, run)
            elif wish == PAUSE:
                self.trials.pause(trial, run)
            else:
                self.trials.stop(trial, run)
        self.trials.have_tested()
        if wish == DELETE and not active:
            self.studies.delete(self.id)
        return all(run.progress.phase == "paused" and wish == PAUSE for run in active.values())

    def _go_on(self, active: dict[Any, Run], elapsed: float) -> bool:
        """Resume what was paused and keep the queue fed; whether the sweep has come to its end."""
        self.seconds += elapsed
        if self.seconds - self._noted > _SECONDS_BETWEEN_NOTES:
            self._note_seconds()
            self.engine.settle(list(active.values()))
        for trial, run in active.items():
            self.trials.resume(trial, run)
        # One that waits for each worker, so that none is idle while the next values are drawn.
        for _ in range(2 * self.engine.workers - len(active)):
            trial = self._next()
            if trial is None:
                break
            self._submit(trial)
        if self._reason:
            self._reason = ""
            self._note(studies.REASON, "")
        return not active and self._has_ended()

    def _next(self) -> Any:
        """A trial without a run, or a new one from the sampler; None when there are to be no more."""
        waiting = [trial for trial in self.trials.running() if not trial.user_attrs.get(RUN_ID)]
        if waiting:
            return waiting[0]
        if self._begins_no_more():
            return None
        return self.study.ask(self.sweep.distributions())

    def _submit(self, trial: Any) -> None:
        sweep = self.sweep
        if trial.params.keys() != sweep.ranges.keys():
            # Optuna writes one after the other, and may have been killed, or its storage busy, before the last.
            self.trials.fail(trial, studies.FAILED, "Not all of its values could be drawn.")
            return
        try:
            config = sweep.config(trial.params)
        except ConfigError as error:
            self.trials.fail(trial, studies.FAILED, str(error))
            return
        tried = [in_short(name, getattr(config, name)) for name in trial.params]
        name = " · ".join([f"Trial {trial.number + 1}", ", ".join(tried[:2])])
        run_id = self.engine.submit(config, name, sweep.owner, sweep.visitor, tested_later=True)
        trial.set_user_attr(RUN_ID, run_id)

    def _begins_no_more(self) -> bool:
        return self._has_all() or self._is_hopeless()

    def _has_all(self) -> bool:
        most = self.sweep.most_trials
        begun = sum(trial.state.name != "WAITING" for trial in self.study.get_trials(deepcopy=False))
        return self.seconds >= self.sweep.most_seconds or (most is not None and begun >= most)

    def _is_hopeless(self) -> bool:
        since = self.study.get_trials(deepcopy=False)[self.since :]
        last = [trial for trial in since if trial.state.is_finished()][-_HOPELESS:]
        return len(last) == _HOPELESS and all(trial.state.name == "FAIL" for trial in last)

    def _has_ended(self) -> bool:
        if self.trials.running() or not self._begins_no_more():
            return False
        # A person may have wished for something else meanwhile.
        if self.studies.wishes().get(self.id) != RUN:
            return False
        self._note_seconds()
        if self._is_hopeless():
            self._note(studies.REASON, f"The last {_HOPELESS} trials failed: no more were begun.")
        self._note(studies.WISH, DONE)
        return True

    def _note_seconds(self) -> None:
        if self.seconds != self._noted:
            self._noted = self.seconds
            self._note(studies.SECONDS, self.seconds)

    def _note(self, name: str, value: Any) -> None:
        self.studies.set(self.id, name, value)


def _sampler(sweep: Sweep, seed: int) -> Any:
    from optuna import samplers

    kinds = {
        "tpe": lambda: samplers.TPESampler(seed=seed),
        "random": lambda: samplers.RandomSampler(seed=seed),
        # Its order must be the same again after a restart.
        "grid": lambda: samplers.GridSampler(sweep.grid(), seed=0),
    }
    return kinds[sweep.plan.sampler]()


def _pruner(sweep: Sweep) -> Any:
    from optuna import pruners

    kinds = {
        "none": lambda: pruners.NopPruner(),
        "median": lambda: pruners.MedianPruner(n_startup_trials=_FEWEST_TO_PRUNE),
        "hyperband": lambda: pruners.HyperbandPruner(max_resource=sweep.plan.epochs),
    }
    return kinds[sweep.plan.pruner]()
