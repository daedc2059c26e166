"""Data of one's own: every kind of file gives the same digits, what is wrong is named, and networks learn from it."""

import errno
import io
import json
import pickle
import tracemalloc
import zipfile
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import streamlit as st
from PIL import Image

from mnist_core import artifacts
from mnist_core.config import TrainConfig
from mnist_core.data import DataError, Digits
from mnist_core.data_set import DataSet, Part, check
from mnist_core.predictor import Predictor
from mnist_core.presets import PRESETS
from mnist_core.runs import data_store
from mnist_core.runs.run import FINISHED
from mnist_core.take_home.script import script
from mnist_core.uploads.data_files import read
from pages.parts import learnt_from, read_digits, read_runs
from pages.parts.data import reading
from tests.app_pages import open_page, png, texts, with_store
from tests.conftest import TINY, ended

pytestmark = pytest.mark.usefixtures("fresh_caches")

PIXELS = ",".join(f"pixel{number}" for number in range(784))


def npz(**arrays: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def csv(images: np.ndarray, labels: np.ndarray | None = None) -> bytes:
    rows = images.reshape(len(images), -1)
    rows = rows if labels is None else np.column_stack([labels, rows])
    lines = [",".join(map(str, row)) for row in rows.tolist()]
    return "\n".join([PIXELS if labels is None else f"label,{PIXELS}", *lines, ""]).encode()


def test_every_kind_of_file_gives_the_same_digits(digits):
    x, y, x_test = digits.x_train[:60], digits.y_train[:60], digits.x_test[:20]
    shares = npz(x_train=x[..., None] / np.float32(255), y_train=y.astype(np.int64), x_test=255 - x_test)
    tables = {"train.csv": csv(x, y), "test.csv": csv(x_test), "sample_submission.csv": b"ImageId,Label"}
    table = zipped({f"my-submission/{name}": content for name, content in tables.items()})
    files = {"a.npz": shares, "b.zip": table}
    for name, content in files.items():
        found = read(name, content, digits).digits
        assert np.array_equal(found.x_train, x) and np.array_equal(found.y_train, y)
        assert np.array_equal(found.x_test, x_test) and not len(found.y_test)
    pictures = {f"mine/{label}/{n}.png": png(image) for n, (image, label) in enumerate(zip(x, y, strict=True))}
    extra = {"mine/.DS_Store": b"", "mine/5/a.heic": b"", "mine/5/b.HEIC": b"", "about.txt": b"", "mine/5/c.png": b"-"}
    found = read("c.zip", zipped(pictures | extra), digits)
    assert np.array_equal(found.digits.x_train, x) and np.array_equal(found.digits.y_train, y)
    others, broken = found.remarks[-2:]
    assert others == "2 files were left out, as they are no pictures of a known kind: .heic."
    assert broken.startswith("One picture was left out. The picture 'mine/5/c.png' cannot be read.")


def inks(image: np.ndarray) -> dict[str, Image.Image]:
    """A digit (28, 28) uint8 as pictures of other modes: 16 bit, and with transparency."""
    ink, opaque = Image.fromarray(image), Image.new("L", (28, 28), 255)
    black, white = (Image.new("L", (28, 28), level) for level in (0, 255))
    return {
        "16 bit": Image.fromarray(image.astype(np.uint16) * 257),
        "opaque": Image.merge("RGBA", [ink] * 3 + [opaque]),
        "white on nothing": Image.merge("LA", [white, ink]),
        "black on nothing": Image.merge("RGBA", [black] * 3 + [ink]),
    }


def test_copies_and_contradictions_are_named(digits):
    images = np.concatenate([digits.x_train[:20], digits.x_train[:10]])
    labels = np.concatenate([digits.y_train[:20], digits.y_train[:8], (digits.y_train[8:10] + 1) % 10])
    remarks = " ".join(check({"train": Part(images, labels, str)}, digits).remarks)
    assert "10 of 30 training digits are copies" in remarks and "2 of these pictures have more than one" in remarks


def test_pictures_of_28x28_keep_their_pixels_in_any_mode(digits):
    files = {}
    for kind, picture in inks(digits.x_train[0]).items():
        picture.save(buffer := io.BytesIO(), "PNG")
        files[f"5/{kind}.png"] = buffer.getvalue()
    found = read("a.zip", zipped(files), digits)
    assert (found.digits.x_train == digits.x_train[0]).all()
    assert not any("28×28" in remark for remark in found.remarks)


def test_what_is_odd_is_said(digits):
    x, y = digits.x_train[:500], digits.y_train[:500]
    odd = {"x_train": np.concatenate([255 - x[y != 3], digits.x_test[:7]]), "y_train": np.append(y[y != 3], [1] * 7)}
    blank = read("blank.npz", npz(x_train=np.concatenate([x[:9], 255 + 0 * x[:2]]), y_train=y[:11]), digits)
    assert "2 of 11 training digits are blank: there is nothing to read in them." in blank.remarks
    found = read("odd.npz", npz(**odd), digits)
    count = len(odd["x_train"])
    assert np.array_equal(found.digits.x_train[:-7], x[y != 3])
    inverted, missing, tested, learnt = found.remarks
    assert inverted == f"Dark on light, and so inverted: {count - 7} of {count} training digits."
    assert missing == "Among the training digits there is no 3."
    assert tested.startswith("7 of MNIST's 10,000 test digits are among the training digits")
    assert learnt.startswith(
        f"{count - 7} of MNIST's 60,000 training digits are among the training digits: a model that"
    )


def test_a_table_is_read_in_little_more_memory_than_it_has(digits):
    """The sign at its end takes four bytes a character in any text that it is part of."""
    content = csv(np.zeros((3000, 28, 28), np.uint8)) + "🙂".encode()
    tracemalloc.start()
    with pytest.raises(DataError, match=r"Line 3002 of 'a\.csv' is not 784 whole numbers"):
        read("a.csv", content, digits)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3 * len(content)


@pytest.mark.parametrize("kind", [np.uint8, np.int64])
def test_digits_of_0_and_1_become_black_and_white(digits, kind):
    binary = digits.x_train[:9] > 127
    found = read("a.npz", npz(x_train=binary.astype(kind), y_train=digits.y_train[:9]), digits)
    assert np.array_equal(found.digits.x_train, np.where(binary, 255, 0))
    assert "The training digits had only the numbers 0 and 1; 1 became 255, the brightest." in found.remarks


def test_fractions_that_are_hardly_above_1_are_fractions_all_the_same(digits):
    """As resizing leaves them."""
    shares = digits.x_train[:9] / np.float32(255)
    shares[0, 14, 14] = 1.02
    found = read("a.npz", npz(x_train=shares, y_train=digits.y_train[:9]), digits)
    assert np.array_equal(found.digits.x_train[1:], digits.x_train[1:9]) and found.digits.x_train[0, 14, 14] == 255
    assert "The training digits had numbers up to 1.02; what was 1 or above became 255." in found.remarks


class Harm:
    def __reduce__(self):
        return Path.touch, (Path("harm"),)


def film() -> bytes:
    buffer, frames = io.BytesIO(), [Image.new("L", (40, 40), level) for level in (0, 255)]
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:])
    return buffer.getvalue()


def header(shape: tuple[int, ...]) -> bytes:
    """An `.npy` file of such a shape, without any numbers."""
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"descr": "|u1", "fortran_order": False, "shape": shape})
    return buffer.getvalue()


ZEROS = np.zeros((3, 28, 28), np.uint8)
CSV = csv(ZEROS, np.arange(3))
REFUSED = {
    "an object array": (
        "a.npz",
        lambda: npz(x_train=np.array([Harm()] * 3), y_train=np.arange(3)),
        "nor Python objects are read",
    ),
    "a pickle": ("a.npz", lambda: zipped({"x_train.npy": pickle.dumps(Harm())}), "not an array that NumPy wrote"),
    "shapes": ("a.npz", lambda: npz(x_train=np.zeros((3, 20, 28)), y_train=np.arange(3)), r"\(3, 20, 28\)"),
    "a label": (
        "a.npz",
        lambda: npz(x_train=ZEROS, y_train=np.array([0, 1, 12])),
        r"x_train\[2\] has the label 12",
    ),
    "more labels": (
        "a.npz",
        lambda: npz(x_train=ZEROS, y_train=np.array([11, 0, 12])),
        r"x_train\[0\] has the label 11; .* 1 more: x_train\[2\]$",
    ),
    "a pixel": ("a.npz", lambda: npz(x_train=ZEROS - 1.0, y_train=np.arange(3)), r"x_train\[0\] has pixels"),
    "other arrays": ("a.npz", lambda: npz(images=ZEROS, labels=np.arange(3)), "It holds: images, labels"),
    "no labels": ("a.npz", lambda: npz(x_train=ZEROS), "no labels"),
    "too few labels": ("a.npz", lambda: npz(x_train=ZEROS, y_train=np.arange(2)), "3 pictures, but 2 labels"),
    "a row": ("a.csv", lambda: CSV.replace(b"\n1,0", b"\n1,x"), "Line 3 of 'a.csv' is not 785 whole numbers: 'x'"),
    "a short row": ("a.csv", lambda: CSV.rstrip()[:-2], "Line 4 of 'a.csv' is not 785 whole numbers: there are 784"),
    "a bright row": ("a.csv", lambda: CSV.replace(b"\n1,0", b"\n1,256"), "Line 3 of 'a.csv' has pixels"),
    "one line": ("a.csv", lambda: b"label," + b"x" * 20_000, "a line of more than 15,000 characters"),
    "a header": ("a.csv", lambda: b"0,1,2\n", "first line"),
    "a path": ("a.zip", lambda: zipped({"../7/a.png": png(ZEROS[0])}), "outside of its own folder"),
    "no picture": ("a.zip", lambda: zipped({"7/a.png": b"rubbish"}), "'7/a.png' cannot be read"),
    "a huge picture": ("a.zip", lambda: zipped({"7/a.png": png(np.zeros((20_000, 20_000), bool))}), "is too large: it"),
    "PostScript": ("a.zip", lambda: zipped({"7/a.png": png(ZEROS[0], "EPS")}), "'7/a.png' cannot be read"),
    "a film": ("a.zip", lambda: zipped({"7/a.gif": film()}), "'7/a.gif' cannot be read. This picture is animated"),
    "no shape": ("a.npz", lambda: zipped({"x_train.npy": header((0, 2**70))}), "x_train is damaged"),
    "no size": ("a.npz", lambda: zipped({"x_train.npy": header((0, True, 28))}), "x_train is damaged"),
    "no folder": ("a.zip", lambda: zipped({"seven/a.png": png(ZEROS[0])}), "not in a folder called 0 to 9"),
    "nothing": ("a.zip", lambda: zipped({"a.txt": b""}), "not one digit"),
    "a bomb": ("a.npz", lambda: npz(x_train=np.zeros((50_000, 28, 28), np.uint8)), "bomb"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_is_wrong_is_refused_and_says_where(name, digits, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file, content, reason = REFUSED[name]
    with pytest.raises(DataError, match=reason):
        read(file, content(), digits)
    assert not Path("harm").exists()


def test_a_speck_on_a_scan_moves_no_digit(digits):
    scan = np.kron(digits.x_train[0], np.ones((8, 8), np.uint8))
    speck = scan.copy()
    speck[:6, :6] = 255
    clean, speckled = (read("a.zip", zipped({"5/a.png": png(each)}), digits) for each in (scan, speck))
    assert np.array_equal(clean.digits.x_train, speckled.digits.x_train) and speckled.digits.x_train.any()


def test_more_pictures_than_can_be_prepared_are_refused(digits, monkeypatch):
    monkeypatch.setattr("mnist_core.uploads.data_files._MOST_TO_PREPARE", 1)
    large = png(np.pad(digits.x_train[0], 8))
    with pytest.raises(DataError, match="More than 1 pictures are not 28×28"):
        read("a.zip", zipped({"5/a.png": large, "5/b.png": large}), digits)


def test_broken_pictures_count_as_much_as_whole_ones(digits, monkeypatch):
    monkeypatch.setattr("mnist_core.uploads.data_files._MOST_PIXELS", 1000)
    broken = png(np.random.default_rng(0).integers(0, 256, (25, 25), np.uint8))[:-100]
    with pytest.raises(DataError, match="cannot be read"):
        read("a.zip", zipped({"5/a.png": broken}), digits)
    with pytest.raises(DataError, match="too large together"):
        read("a.zip", zipped({"5/a.png": broken, "5/b.png": broken}), digits)


def test_a_network_learns_from_ones_own_digits(engine, store, digits):
    wrong = (digits.y_train[:1000] + 1) % 10
    own = Digits(digits.x_train[:1000], wrong, digits.x_test[:100], digits.y_test[:100])
    kept = data_store.add(store, DataSet(own, ("One more than they are.",)), "one more", "Ada")
    # Half a file, as a full disk leaves it.
    with TemporaryDirectory() as scratch:
        store.files.put_arrays(kept.record, "data_set/digits.npz", {}, Path(scratch))
    with pytest.raises(DataError, match="Upload it again"):
        data_store.digits(store, kept.id)
    assert data_store.add(store, DataSet(own, ()), "again", "Ada") == kept
    assert data_store.digits(store, kept.id).y_train.tolist() == wrong.tolist()
    config = replace(TINY, data_set=kept.id, epochs=5, learning_rate=0.01)
    assert (
        TrainConfig.from_json(config.to_json())
        == config
        == TINY.changed([f"{name}={text}" for name, text in config.changes_from(TINY).items()])
    )
    run = ended(store, engine.submit(config, "one more", "Ada"))
    assert run.metrics["val_accuracy"] > 0.7 and run.metrics["test_accuracy"] < 0.2, run.reason
    assert f'np.load(here / "{kept.id}.npz")' in script(config, "one more")
    lost = ended(store, engine.submit(replace(config, data_set="0" * 12), "lost", "Ada"))
    assert "is not in the store any more" in lost.reason


def test_a_test_accuracy_says_when_its_digits_were_learnt_from(store, digits):
    seen = read("a.npz", npz(x_train=digits.x_test[:120], y_train=digits.y_test[:120]), digits)
    unseen = read("b.npz", npz(x_train=digits.x_train[:120], y_train=digits.y_train[:120]), digits)
    ids = {"mnist": "No training has seen them"}
    both = ((seen, "120 of MNIST's 10,000 test digits are among"), (unseen, "None of them is, pixel for pixel, in"))
    for data_set, said in both:
        ids[data_store.add(store, data_set, "mine", "Ada").id] = said
    ids["0" * 12] = "was deleted"
    read_digits.forget_data_sets()

    def of(said: str, config: TrainConfig, **kind) -> str:
        run_id = store.create(config, "mine", "Ada", **kind)
        store.write(run_id, metrics=[("test_accuracy", 0.98, 2)])
        store.end(run_id, FINISHED)
        page = with_store(open_page("train", run=run_id))
        assert not page.exception and said in page.metric[0].help
        assert bool(learnt_from.doubt(store.get(run_id))) == (not said.startswith("No"))
        return run_id

    for id, said in ids.items():
        run_id = of(said, replace(TINY, data_set=id, train_size=100))
        # A lesson itself is learnt from MNIST; what it is taught to may not be.
        of(said, TINY, taught=run_id)
    imported = of("came from a file", TINY, imported=True)
    taught = of("No training has seen them", TINY, taught="best")
    read_runs.look_again()
    table = with_store(open_page("compare")).dataframe[0].value.set_index("Id")
    cautions = [table["Caution"][store.get(run_id).short_id] for run_id in (imported, taught)]
    assert "came from a file" in cautions[0] and not cautions[1]


def test_what_a_data_set_shares_with_mnist_is_known_of_those_that_were_kept_before_it_was_a_fact(store, digits):
    found = read("a.npz", npz(x_train=digits.x_test[:130], y_train=digits.y_test[:130]), digits)
    kept = data_store.add(store, found, "before", "Ada")
    about = json.loads(dict(store.records("Digit Lab data sets"))[kept.record]["digit_lab.data_set"])
    del about["tested"]
    store.tag_record(kept.record, "digit_lab.data_set", json.dumps(about | {"overlaps": {}}))
    before = next(each for each in data_store.kept(store) if each.id == kept.id)
    assert before.tested == found.tested and found.tested.startswith("130 of MNIST's")
    store.delete(kept.record)


def test_only_a_data_set_is_called_by_its_name():
    kept = [data_store.Kept("", each, name, "", "", 0, 0, True, ()) for each, name in (("mnist", "MNIST"), ("ab", "A"))]
    assert data_store.named("mnist, ab; mnist_cnn.py, cab", kept) == "MNIST, A; mnist_cnn.py, cab"


@pytest.fixture
def offered(monkeypatch) -> dict[str, Callable[[], str]]:
    """What the pages have offered for download so far: file name -> what gives its content."""
    found, button = {}, st.download_button

    def noted(label, data, file_name, *rest, **named):
        found[file_name] = data
        return button(label, data, file_name, *rest, **named)

    monkeypatch.setattr(st, "download_button", noted)
    return found


def test_one_can_page_through_all_digits_of_a_kind(digits):
    page = with_store(open_page("data"))
    page.get_by_key("browse_part_mnist").set_value("test").run()
    page.selectbox(key="browse_digit").set_value(7).run()
    sevens = np.flatnonzero(digits.y_test == 7)
    assert not page.exception and f"{len(sevens):,} digits." in texts(page)
    page.session_state["browse_page_mnist_test_7"] = 2
    page.run()
    shown = page.main.get("html")[-1].proto.body
    assert shown.count("<b>7</b>") == 60 and f"no. {sevens[60]:,}<" in shown and f"no. {sevens[0]:,}<" not in shown


def test_digits_are_brought_read_and_chosen_on_the_page(store, digits, monkeypatch, offered):
    monkeypatch.setattr(reading, "_MOST_UNASKED", 250)
    page = with_store(open_page("data"))
    assert "Yann LeCun" in texts(page)
    file = ("kaggle.csv", csv(digits.x_test[:300]), "text/csv")
    page.file_uploader[0].set_value(file).run()

    def full(*args: object, **arrays: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(np, "savez", full)
        page.button(key="data_keep").click().run()
    assert not page.exception and "Free some space" in page.error[0].value
    page.button(key="data_keep").click().run()
    assert not page.exception and not page.error
    kaggle = data_store.kept(store)[0].id
    assert page.selectbox(key="data_chosen").value == kaggle and "".join(page.query_params["data_set"]) == kaggle
    # A link to them, followed by somebody else.
    assert with_store(open_page("data", data_set=kaggle)).selectbox(key="data_chosen").value == kaggle
    assert "There is no data set abc" in with_store(open_page("data", data_set="abc")).warning[0].value
    page.button(key="data_read").click().run()
    labels = [button.proto.label for button in page.get("download_button")]
    assert "Download for Kaggle" in labels
    assert page.main.get("html")[-1].proto.body.count("<b>?</b>") == 60 and "300 digits." in texts(page)
    best = Predictor(artifacts.MODELS_FOLDER / "best" / artifacts.LITERT_FILE)
    answers = best.probabilities(digits.x_test[:300] / np.float32(255)).argmax(axis=1)
    rows = [f"{number},{answer}" for number, answer in enumerate(answers, 1)]
    assert offered["submission.csv"]().split() == ["ImageId,Label", *rows]
    own = npz(
        x_train=digits.x_train[:200],
        y_train=digits.y_train[:200],
        x_test=digits.x_test[:300],
        y_test=digits.y_test[:300],
    )
    page.file_uploader[0].set_value(("own.npz", own, "")).run()
    page.text_input(key="data_name_1").set_value(" Year 7 ").run()
    page.button(key="data_keep").click().run()
    page.button(key="data_read").click().run()
    shown = {metric.label: metric.value for metric in page.metric}
    assert (shown["Training digits"], shown["Accuracy on them"][-1]) == ("200", "%")
    assert float(shown["Accuracy on them"][:-1]) > 98
    known = "200 of MNIST's 60,000 training digits are among the training digits"
    assert [known in warning.value for warning in page.warning].count(True) == 1
    misread = np.flatnonzero(answers != digits.y_test[:300])
    assert [f"no. {number}," in page.main.get("html")[-2].proto.body for number in misread] == [True] * len(misread)
    assert len(misread)
    assert any("300 of the 300 test digits are in MNIST's own test set, too." in each.value for each in page.warning)
    page.segmented_control(key="data_part").set_value("train").run()
    assert [known in warning.value for warning in page.warning].count(True) == 1
    kept = [each.id for each in data_store.kept(store)]
    page.file_uploader[0].set_value(("again.npz", own, "")).run()
    page.button(key="data_keep").click().run()
    assert [toast.value for toast in page.toast] == ["The same digits are here already: Year 7."]
    page.button(key="data_delete").click().run()
    assert "Deleted: Year 7." in texts(page) and page.selectbox(key="data_chosen").value == "mnist"
    assert "data_set" not in page.query_params and not page.warning
    assert [each.id for each in data_store.kept(store)] == kept[1:]
    page.button(key="data_undo").click().run()
    page.selectbox(key="data_chosen").select(kept[0]).run()
    monkeypatch.setattr("pages.parts.services.opening_engine", Future)
    page.button(key="data_train").click().run()
    assert not page.exception and not page.error
    assert page.selectbox(key="train_data_set").value == data_store.kept(store)[0].id
    config = replace(PRESETS["fast"], train_size=200)
    assert f"{config.training_digits} digits to learn from" in texts(page)
    # In one epoch so few digits would teach next to nothing.
    assert page.slider(key="train_epochs").value > 1
    page = with_store(open_page("train", data_set=data_store.kept(store)[0].id, epochs="3"))
    page.button(key="train_reset").click().run()
    assert page.slider(key="train_epochs").value == 1 and "train_reset" not in [each.key for each in page.button]
