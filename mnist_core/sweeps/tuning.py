"""One sweep as it is carried out: asks Optuna for trials, submits them as runs, watches, prunes, and tells it."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from mnist_core.engine import Engine
from mnist_core.fields import ConfigError
from mnist_core.presets import in_short
from mnist_core.runs import FAILED, FINISHED, QUEUED, Run
from mnist_core.store_connection import NoSuchRun
from mnist_core.sweeps import studies
from mnist_core.sweeps.studies import DELETE, DONE, PAUSE, PAUSED, RUN, RUN_ID, Studies
from mnist_core.sweeps.sweep import Sweep

_SECONDS_BETWEEN_NOTES = 5

# A sweep of which so many trials in a row failed will not do better.
_HOPELESS = 10
# Shares of hyperparameters say nothing before.
_FEWEST_FOR_IMPORTANCE = 5
# The median of fewer finished trials prunes nothing.
_FEWEST_TO_PRUNE = 4

# Of a trial, in Optuna's storage: its run was asked to stop because it is behind others; or because people want the
# whole sweep to, and its values are tried again.
_BEHIND, _TO_STOP = "behind", "to stop"


class Tuning:
    """One sweep under way: `step` it from time to time. All it knows is in the study and the store."""

    def __init__(self, engine: Engine, known: Studies, study_id: str) -> None:
        import optuna

        self.engine, self.store, self.studies, self.id = engine, engine.store, known, study_id
        self.study = optuna.load_study(study_name=study_id, storage=known.storage)
        attributes = self.study.user_attrs
        self.sweep = Sweep.from_dict(attributes[studies.SWEEP])
        self.seconds = self._noted = float(attributes.get(studies.SECONDS, 0.0))
        self._known = len(self.study.get_trials(deepcopy=False))
        # Not the same again after a restart: it would draw the same values once more.
        self.study.sampler = _sampler(self.sweep, seed=self._known)
        self.study.pruner = _pruner(self.sweep)
        # By this driver: what kills a run that does not stop ends with the driver that asked.
        self._asked_to_stop: set[str] = set()
        # Perhaps tested already, by what an earlier driver asked for.
        ended = (each for each in self.study.get_trials(deepcopy=False) if each.state.is_finished())
        self._untested = [run_id for each in ended if (run_id := each.user_attrs.get(RUN_ID))]
        self._reason = attributes.get(studies.REASON)

    def step(self, wish: str, elapsed: float) -> bool:
        """Do what is due; whether nothing more will be until people wish for something else."""
        active = {trial: run for trial in self._running() if (run := self._watched(trial))}
        if wish == RUN:
            has_ended = self._go_on(active, elapsed)
            if self._begins_no_more():
                self._have_tested()
            return has_ended
        for trial, run in active.items():
            if run.status == QUEUED and not run.progress.step:
                self._withdraw(trial, run)
            elif wish == PAUSE:
                self._pause(trial, run)
            else:
                self._stop(trial, run, _TO_STOP)
        self._have_tested()
        if wish == DELETE and not active:
            self.studies.delete(self.id)
        return all(run.progress.phase == "paused" and wish == PAUSE for run in active.values())

    def _running(self) -> list[Any]:
        """Optuna's trials that are not over, as objects that can be reported to."""
        import optuna

        frozen = self.study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.RUNNING,))
        return [optuna.Trial(self.study, each._trial_id) for each in frozen]

    def _watched(self, trial: Any) -> Run | None:
        """The run of a trial while it is active; one that has none waits for it, one that is over is told."""
        run_id = trial.user_attrs.get(RUN_ID)
        if not run_id:
            return None
        try:
            run = self.store.get(run_id)
        except NoSuchRun:
            self._fail(trial, studies.DELETED, "Its run was deleted.")
            return None
        self._report(trial, run)
        if run.is_active:
            return run
        self._tell(trial, run)
        return None

    def _report(self, trial: Any, run: Run) -> None:
        """Tell Optuna of the epochs that have ended since, and stop the run if it is behind others."""
        known = self._reported(trial)
        if run.progress.epoch <= max(known, default=0):
            return
        epochs, accuracies = self.store.curves(run.id, ("val_accuracy",)).series.get("val_accuracy", ([], []))
        new = [(int(epoch), float(a)) for epoch, a in zip(epochs, accuracies, strict=True) if int(epoch) not in known]
        for epoch, accuracy in new:
            trial.report(accuracy, epoch)
        is_last = run.progress.epoch >= self.sweep.plan.epochs
        if new and not is_last and run.is_active and trial.should_prune():
            self._stop(trial, run, _BEHIND)

    def _reported(self, trial: Any) -> dict[int, float]:
        """Validation accuracy by epoch, from 1."""
        return self.study.get_trials(deepcopy=False)[trial.number].intermediate_values

    def _tell(self, trial: Any, run: Run) -> None:
        """Tell Optuna how a run ended."""
        import optuna

        self._untested.append(run.id)
        accuracies = self._reported(trial)
        if run.status == FINISHED and accuracies:
            self._finish(trial, accuracies[max(accuracies)])
            self._weigh()
        elif run.status == FAILED:
            self._fail(trial, studies.FAILED, run.reason)
        elif trial.user_attrs.get(_BEHIND):
            self._finish(trial, state=optuna.trial.TrialState.PRUNED)
        elif trial.user_attrs.get(_TO_STOP):
            self._let_wait(trial)
        else:
            self._fail(trial, studies.STOPPED, run.reason)

    def _have_tested(self) -> None:
        """Have the models tested of the runs that have ended: while others are to be trained, that would hold them up.

        What a sweep learns, it learns from validation digits.
        """
        for run_id in self._untested:
            with suppress(NoSuchRun):
                if self.store.get(run_id).awaits_test:
                    self.engine.test(run_id)
        self._untested.clear()

    def _fail(self, trial: Any, outcome: str, reason: str) -> None:
        import optuna

        trial.set_user_attr(studies.OUTCOME, [outcome, reason])
        self._finish(trial, state=optuna.trial.TrialState.FAIL)

    def _finish(self, trial: Any, value: float | None = None, state: Any = None) -> None:
        # With its last value told, Optuna's grid tries to stop Optuna's own loop, which is not used here.
        with suppress(RuntimeError):
            self.study.tell(trial, value, state)

    def _weigh(self) -> None:
        """Write down how much each hyperparameter mattered: scikit-learn, which Optuna needs for it, is not for web."""
        import optuna

        finished = len(self.study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.COMPLETE,)))
        if finished < _FEWEST_FOR_IMPORTANCE:
            return
        # Its makers advise at least five trials among the good ones.
        good = min(0.5, max(0.1, 5 / finished))
        evaluator = optuna.importance.PedAnovaImportanceEvaluator(target_quantile=good)
        self._note(studies.IMPORTANCE, optuna.importance.get_param_importances(self.study, evaluator=evaluator))

    def _go_on(self, active: dict[Any, Run], elapsed: float) -> bool:
        """Resume what was paused and keep the queue fed; whether the sweep has come to its end."""
        self.seconds += elapsed
        if self.seconds - self._noted > _SECONDS_BETWEEN_NOTES:
            self._noted = self.seconds
            self._note(studies.SECONDS, self.seconds)
            self.engine.settle(list(active.values()))
        for trial, run in active.items():
            if trial.user_attrs.get(PAUSED):
                trial.set_user_attr(PAUSED, False)
                self.engine.resume(run.id)
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
        waiting = [trial for trial in self._running() if not trial.user_attrs.get(RUN_ID)]
        if waiting:
            return waiting[0]
        if self._begins_no_more():
            return None
        return self.study.ask(self.sweep.distributions())

    def _submit(self, trial: Any) -> None:
        sweep = self.sweep
        try:
            config = sweep.config(trial.params)
        except ConfigError as error:
            self._fail(trial, studies.FAILED, str(error))
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
        since = self.study.get_trials(deepcopy=False)[self._known :]
        last = [trial for trial in since if trial.state.is_finished()][-_HOPELESS:]
        return len(last) == _HOPELESS and all(trial.state.name == "FAIL" for trial in last)

    def _has_ended(self) -> bool:
        if self._running() or not self._begins_no_more():
            return False
        # A person may have wished for something else meanwhile.
        if self.studies.wishes().get(self.id) != RUN:
            return False
        self._note(studies.SECONDS, self.seconds)
        if self._is_hopeless():
            self._note(studies.REASON, f"The last {_HOPELESS} trials failed: no more were begun.")
        self._note(studies.WISH, DONE)
        return True

    def _pause(self, trial: Any, run: Run) -> None:
        if not trial.user_attrs.get(PAUSED):
            self.engine.pause(run.id)
            trial.set_user_attr(PAUSED, True)

    def _stop(self, trial: Any, run: Run, why: str) -> None:
        if run.id not in self._asked_to_stop:
            # First: one that is killed here must not leave a run that nobody seems to have stopped.
            trial.set_user_attr(why, True)
            self._asked_to_stop.add(run.id)
            self.engine.stop(run.id)

    def _withdraw(self, trial: Any, run: Run) -> None:
        """Take a trial that no worker has begun out of the queue; its values are kept for when the sweep goes on."""
        self._let_wait(trial)
        self.engine.delete(run.id)

    def _let_wait(self, trial: Any) -> None:
        trial.set_user_attr(RUN_ID, "")
        for name in (PAUSED, _TO_STOP):
            trial.set_user_attr(name, False)

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
