"""Arrays in a `.npz` file that may be damaged, or made by a stranger. Nothing in it is unpickled."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np

_LONGEST_REASON = 100


class NpzError(ValueError):
    """A file that does not hold these arrays; the message says why in a few words."""


def read_npz(source: Path | bytes, *names: str) -> dict[str, np.ndarray]:
    """The arrays called so, or all of them, by name, from a file or its content.

    Raises NpzError, and FileNotFoundError.
    """
    try:
        with np.load(BytesIO(source) if isinstance(source, bytes) else source, allow_pickle=False) as file:
            return {name: file[name] for name in names or file.files}
    except FileNotFoundError:
        raise
    except Exception as error:
        if "pickle" in str(error):
            # NumPy would say how to read it all the same, and run what is in it.
            raise NpzError("it holds no arrays of numbers") from None
        # A ZIP archive with NumPy's headers, which are Python text, in it: damaged, it raises errors of a dozen kinds.
        reason = str(error) or type(error).__name__
        raise NpzError(reason.splitlines()[0][:_LONGEST_REASON]) from None
