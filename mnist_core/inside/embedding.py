"""Features of many digits on a plane, so that what the model finds alike lies together."""

from __future__ import annotations

import numpy as np

# t-SNE works on so many principal components, as its author advises for wide features.
_COMPONENTS = 30


def pca(features: np.ndarray, components: int = 2) -> tuple[np.ndarray, float]:
    """Principal components: (N, numbers) -> (N, at most `components`), and the share of the variance they keep."""
    centred = features.astype(np.float64) - features.mean(axis=0)
    left, lengths, _ = np.linalg.svd(centred, full_matrices=False)
    kept = left[:, :components] * lengths[:components]
    return kept, float((lengths[:components] ** 2).sum() / max((lengths**2).sum(), 1e-12))


def tsne(features: np.ndarray) -> np.ndarray:
    """t-SNE with its usual perplexity of 30: (N, numbers) -> (N, 2). Takes seconds; the same at every call.

    L. van der Maaten, G. Hinton, "Visualizing data using t-SNE", JMLR 9 (2008).
    """
    # Importing it takes a second or more, which nobody else should wait for.
    from sklearn.manifold import TSNE

    reduced, _ = pca(features, _COMPONENTS)
    return TSNE(random_state=0).fit_transform(reduced)
