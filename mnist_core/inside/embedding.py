"""Features of many digits on a plane, so that what the model finds alike lies together."""

from __future__ import annotations

import numpy as np

from mnist_core.predictor import ModelError

# t-SNE works on so many principal components, as its author advises for wide features.
_COMPONENTS = 30
# Fewer points have no arrangement on a plane; all alike, they crash scikit-learn's t-SNE.
_FEWEST_KINDS = 3


def pca(features: np.ndarray, components: int = 2) -> tuple[np.ndarray, float]:
    """Principal components: (N, numbers) -> (N, 2 to `components`), and the share of the variance they keep.

    Features of a single number get a second column of zeros. Raises ModelError for features that cannot be laid
    out: not finite, or of fewer than three kinds.
    """
    _check(features)
    centred = features - features.mean(axis=0, dtype=np.float64)
    if features.shape[1] <= len(features):
        left, lengths, _ = np.linalg.svd(centred, full_matrices=False)
    else:
        # Of more numbers than digits, by the products of digits with each other, which are fewer.
        squares, left = (each[..., ::-1] for each in np.linalg.eigh(centred @ centred.T))
        lengths = np.sqrt(np.clip(squares, 0, None))
    kept = left[:, :components] * lengths[:components]
    kept = np.pad(kept, ((0, 0), (0, max(0, 2 - kept.shape[1]))))
    return kept, float((lengths[:components] ** 2).sum() / (lengths**2).sum())


def tsne(features: np.ndarray) -> np.ndarray:
    """t-SNE with its usual perplexity of 30: (N, numbers) -> (N, 2). Takes seconds; the same at every call.

    Raises ModelError as `pca` does. L. van der Maaten, G. Hinton, "Visualizing data using t-SNE", JMLR 9 (2008).
    """
    # Importing it takes a second or more, which nobody else should wait for.
    from sklearn.manifold import TSNE

    # Digits that are the same to the model get one place.
    first, places = _kinds(features)
    kinds = features[first]
    reduced, _ = pca(kinds, _COMPONENTS)
    perplexity = min(30.0, (len(kinds) - 1) / 3)
    # Its distances are float32, which neither huge nor tiny features may leave.
    points = TSNE(perplexity=perplexity, random_state=0).fit_transform(reduced / reduced.std(axis=0).max())
    return points[places]


def _kinds(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of (N, numbers): where each different row is first, and which of these each row is, (N,).

    By what rows hash to: NumPy sorts them number by number, which takes long for wide ones.
    """
    # With zero added, as there is one below zero too.
    rows = [hash(row.tobytes()) for row in features + 0.0]
    _, first, places = np.unique(rows, return_index=True, return_inverse=True)
    return first, places.reshape(-1)


def _check(features: np.ndarray) -> None:
    if not np.isfinite(features).all():
        raise ModelError("The last hidden layer of this model answers with numbers that are not finite.")
    if len(_kinds(features)[0]) < _FEWEST_KINDS:
        raise ModelError("The last hidden layer of this model answers the same to nearly every digit: it is dead.")
