"""Whether a drawing is one digit at all: letters, shapes and scribbles get no answer, but the reason.

A network answers anything, and is often sure. So a second, small one judges what the first, the model `best`, finds
in the drawing, and the coarse picture: it has learnt to tell digits from other drawings, as D. Hendrycks et al.,
"Deep Anomaly Detection with Outlier Exposure" (ICLR 2019), have a network learn from what it is not for. It is
scikit-learn's MLPClassifier; `benchmarks/not_a_digit.py` trains it, measures it on kinds of drawings that it has not
seen, and says when it no longer fits.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mnist_core.architecture import IMAGE_SIZE
from mnist_core.data import DataError
from mnist_core.drawing import crop, line_width
from mnist_core.npz import NpzError, read_npz
from mnist_core.sheet import is_ruled
from mnist_core.splitting import split

# The layers of `best` whose answers are judged.
LAYERS = ("flatten", "dense_1")

JUDGE_PATH = Path(__file__).parent.parent / "data" / "not_a_digit.npz"

# What stands apart is a digit of its own when it has so much of the largest's ink and of the height.
_SHARE_OF_INK, _SHARE_OF_HEIGHT = 0.3, 0.6
# Lines this wide, as a share of the drawing's longer side, are none: of a disc it is a half, and of none of MNIST's
# test digits and first 10,000 training digits more than 0.40.
_BLOT = 0.45
# A second answer with at least this probability is worth naming.
_ALSO_POSSIBLE = 0.1


@dataclass(frozen=True)
class Judge:
    """A network with one hidden layer of ReLU units, float32: `hidden` (F, H), `bias` (H,) and `out` (H,).

    What comes out above `limit` is no digit.
    """

    hidden: np.ndarray
    bias: np.ndarray
    out: np.ndarray
    limit: float

    @classmethod
    def load(cls, path: Path = JUDGE_PATH) -> Judge:
        """Raises DataError for a missing or damaged file."""
        try:
            arrays = read_npz(path, "hidden", "bias", "out", "limit")
            return cls(arrays["hidden"], arrays["bias"], arrays["out"], float(arrays["limit"]))
        except (OSError, NpzError, TypeError) as error:
            raise DataError(f"The file {path} is missing or damaged: {error}. Fetch the project again.") from None

    def strangeness(self, features: np.ndarray) -> np.ndarray:
        """(N, F) `features` -> (N,), above 0 for what does not look like a digit."""
        return np.maximum(features @ self.hidden + self.bias, 0) @ self.out - self.limit


def features(image: np.ndarray, answers: dict[str, np.ndarray]) -> np.ndarray:
    """What is judged of a (28, 28) image in [0, 1] and of the layers' answers to it: (F,) float32."""
    parts = [answers[name].ravel() for name in LAYERS] + [_coarse(image)]
    return np.concatenate([part * np.sqrt(len(part)) / max(np.linalg.norm(part), 1e-9) for part in parts])


def several(ink: np.ndarray) -> str | None:
    """That ink (H, W), without specks, is several drawings, all about as tall, in a sentence; None if it is one."""
    parts = split(ink)
    most, tall = max((p.sum() for p in parts), default=0), _height(ink)
    apart = [p for p in parts if p.sum() > _SHARE_OF_INK * most and _height(p) > _SHARE_OF_HEIGHT * tall]
    return f"There seem to be {len(apart)} drawings side by side." if len(apart) > 1 else None


def told_by_ink(ink: np.ndarray) -> str | None:
    """Why ink (H, W), without specks, is not one digit, as far as one sees without any network; else None."""
    if told := several(ink):
        return told
    inked = crop(ink)
    if line_width(inked / max(inked.max(initial=0), 1e-9)) > _BLOT * max(inked.shape):
        return "It has no lines: it is a dot or a blot."
    if is_ruled(ink > 0):
        return "The paper's lines are in the way. Use blank paper, or a darker pen."
    return None


def reason(ink: np.ndarray, image: np.ndarray, answers: dict[str, np.ndarray], judge: Judge) -> str | None:
    """Why ink (H, W), prepared as `image`, is not one digit, in a sentence; None if it is one.

    `answers` are what the layers of `best` answer to the image, as `Predictor.activations` gives them.
    """
    if told := told_by_ink(ink):
        return told
    if judge.strangeness(features(image, answers)[None])[0] <= 0:
        return None
    return "It is unlike all digits that the best model here knows."


def leaning(proba: np.ndarray) -> str:
    """What a network says of a drawing that is no digit, from its probabilities (10,): it has to say something."""
    second, first = np.argsort(proba)[-2:]
    said = f"{first} or {second}" if proba[second] >= _ALSO_POSSIBLE else f"{first}"
    return (
        f"The model would say {said}: it has to choose one of ten, and its probabilities do not say whether this is a "
        "digit."
    )


def _height(ink: np.ndarray) -> int:
    return int((ink > ink.max() / 2).any(axis=1).sum())


def _coarse(image: np.ndarray) -> np.ndarray:
    """(28, 28) -> (196,) float32: each pixel mixed with its neighbours, 1:4:1 along both axes, so that a hair's
    breadth between two lines counts little, and then the mean of every 2x2."""
    padded = np.pad(image.astype(np.float32), 1)
    along = (padded[:-2] + 4 * padded[1:-1] + padded[2:]) / 6
    blurred = (along[:, :-2] + 4 * along[:, 1:-1] + along[:, 2:]) / 6
    half = IMAGE_SIZE // 2
    return blurred.reshape(half, 2, half, 2).mean(axis=(1, 3)).ravel()
