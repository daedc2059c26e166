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
    features = features.astype(np.float64)
    left, lengths, _ = np.linalg.svd(features - features.mean(axis=0), full_matrices=False)
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
    kinds, places = np.unique(features, axis=0, return_inverse=True)
    reduced, _ = pca(kinds, _COMPONENTS)
    perplexity = min(30.0, (len(kinds) - 1) / 3)
    # Its distances are float32, which neither huge nor tiny features may leave.
    points = TSNE(perplexity=perplexity, random_state=0).fit_transform(reduced / reduced.std(axis=0).max())
    return points[places.reshape(-1)]


def _check(features: np.ndarray) -> None:
    if not np.isfinite(features).all():
        raise ModelError("The last hidden layer of this model answers with numbers that are not finite.")
    if len(np.unique(features, axis=0)) < _FEWEST_KINDS:
        raise ModelError("The last hidden layer of this model answers the same to nearly every digit: it is dead.")
