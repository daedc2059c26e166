import io
import zipfile

import numpy as np
import pytest

from mnist_core import artifacts, data, own_digits
from mnist_core.npz import NpzError, read_npz
from mnist_core.uploads import data_files

WHOLE = io.BytesIO()
np.savez_compressed(WHOLE, **{name: np.arange(5000) for name in ("probabilities", "images", "x_train")})


def with_header(header: bytes) -> bytes:
    """Arrays whose headers say this."""
    array = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(80)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in ("probabilities", "images", "x_train"):
            archive.writestr(f"{name}.npy", array)
    return buffer.getvalue()


DAMAGED = {
    "no archive": b"rubbish",
    "half of it": WHOLE.getvalue()[:3000],
    "packed numbers": WHOLE.getvalue().replace(WHOLE.getvalue()[60:200], bytes(140)),
    "an open bracket": with_header(b"{'descr': '<f4', 'shape': (1, "),
    "an open text": with_header(b'{\'descr\': """<f4'),
    "not Python": with_header(b"{'descr': '<f4' 'fortran_order' ? }"),
    "deep": with_header(b"(" * 9000),
    "huge": with_header(b"{'descr': '<f4', 'fortran_order': False, 'shape': (10000000000000, 10), }\n"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_arrays_are_said_to_be_so_wherever_they_are_read(name, tmp_path):
    with pytest.raises(NpzError) as refusal:
        read_npz(DAMAGED[name])
    assert 0 < len(str(refusal.value)) <= 100
    path = tmp_path / artifacts.PROBABILITIES_FILE
    path.write_bytes(DAMAGED[name])
    with pytest.raises(artifacts.ArtifactError, match="damaged"):
        artifacts.read_probabilities(tmp_path)
    with pytest.raises(data.DataError, match="damaged"):
        data.load_mnist(path)
    with pytest.raises(own_digits.OwnDigitsError):
        own_digits.from_npz(DAMAGED[name])
    with pytest.raises(data.DataError):
        data_files.read("a.npz", DAMAGED[name], np.zeros((0, 28, 28), np.uint8))
