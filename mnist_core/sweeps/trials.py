"""The trials of a sweep under way: their runs are watched, paused and stopped, and Optuna is told what they came to."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from mnist_core.queue.engine import Engine
from mnist_core.runs.run import FAILED, FINISHED, Run
from mnist_core.runs.store_connection import NoSuchRun
from mnist_core.sweeps import studies
from mnist_core.sweeps.studies import PAUSED, RUN_ID

# Shares of hyperparameters say nothing before.
_FEWEST_FOR_IMPORTANCE = 5

# Of a trial, in Optuna's storage: its run was asked to stop because it is behind others; or because people want the
# whole sweep to, and its values are tried again.
_BEHIND, _TO_STOP = "behind", "to stop"


class Trials:
    """The trials of Optuna's `study`, of so many `epochs` each. All that is known of them is there and in the store."""

    def __init__(self, engine: Engine, study: Any, epochs: int) -> None:
        self.engine, self.store, self.study, self._epochs = engine, engine.store, study, epochs
        # By this driver: what kills a run that does not stop ends with the driver that asked.
        self._asked_to_stop: set[str] = set()
        # Perhaps tested already, by what an earlier driver asked for.
        ended = (each for each in study.get_trials(deepcopy=False) if each.state.is_finished())
        self._untested = [run_id for each in ended if (run_id := each.user_attrs.get(RUN_ID))]

    def running(self) -> list[Any]:
        """Optuna's trials that are not over, as objects that can be reported to."""
        import optuna

        frozen = self.study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.RUNNING,))
        return [optuna.Trial(self.study, each._trial_id) for each in frozen]

    def active(self) -> dict[Any, Run]:
        """Those with a run that trains, waits or is paused; what happened since is told."""
        return {trial: run for trial in self.running() if (run := self._watched(trial))}

    def _watched(self, trial: Any) -> Run | None:
        """The run of a trial while it is active; one that has none waits for it, one that is over is told."""
        run_id = trial.user_attrs.get(RUN_ID)
        if not run_id:
            return None
        try:
            run = self.store.get(run_id)
        except NoSuchRun:
            self.fail(trial, studies.DELETED, "Its run was deleted.")
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
        is_last = run.progress.epoch >= self._epochs
        if new and not is_last and run.is_active and trial.should_prune():
            self._ask_to_stop(trial, run, _BEHIND)

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
            self.fail(trial, studies.FAILED, run.reason)
        elif trial.user_attrs.get(_BEHIND):
            self._finish(trial, state=optuna.trial.TrialState.PRUNED)
        elif trial.user_attrs.get(_TO_STOP):
            self._let_wait(trial)
        else:
            self.fail(trial, studies.STOPPED, run.reason)

    def fail(self, trial: Any, outcome: str, reason: str) -> None:
        """Tell Optuna that a trial has no result; `outcome` is a trial's state in `studies`."""
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
        shares = optuna.importance.get_param_importances(self.study, evaluator=evaluator)
        self.study.set_user_attr(studies.IMPORTANCE, shares)

    def have_tested(self) -> None:
        """Have the models tested of the runs that have ended: while others are to be trained, that would hold them up.

        What a sweep learns, it learns from validation digits.
        """
        for run_id in self._untested:
            with suppress(NoSuchRun):
                if self.store.get(run_id).awaits_test:
                    self.engine.test(run_id)
        self._untested.clear()

    def pause(self, trial: Any, run: Run) -> None:
        if not trial.user_attrs.get(PAUSED):
            self.engine.pause(run.id)
            trial.set_user_attr(PAUSED, True)

    def resume(self, trial: Any, run: Run) -> None:
        """Nothing happens to one that is not paused."""
        if trial.user_attrs.get(PAUSED):
            # First: one that could not be resumed is tried again.
            self.engine.resume(run.id)
            trial.set_user_attr(PAUSED, False)

    def stop(self, trial: Any, run: Run) -> None:
        """The trial waits to be tried again once its run has ended."""
        self._ask_to_stop(trial, run, _TO_STOP)

    def _ask_to_stop(self, trial: Any, run: Run, why: str) -> None:
        if run.id not in self._asked_to_stop:
            # First: one that is killed here must not leave a run that nobody seems to have stopped.
            trial.set_user_attr(why, True)
            self._asked_to_stop.add(run.id)
            self.engine.stop(run.id)

    def withdraw(self, trial: Any, run: Run) -> None:
        """Take a trial that no worker has begun out of the queue; its values are kept for when the sweep goes on."""
        self._let_wait(trial)
        self.engine.stop(run.id)
        self.store.delete(run.id)

    def _let_wait(self, trial: Any) -> None:
        trial.set_user_attr(RUN_ID, "")
        for name in (PAUSED, _TO_STOP):
            trial.set_user_attr(name, False)
