"""What people import: it is the model that they took along, and a file that means harm does none."""

import io
import json
import pickle
import stat
import struct
import tracemalloc
import warnings
import zipfile
from dataclasses import replace
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest

from mnist_core import artifacts
from mnist_core.bundle_files import METRICS
from mnist_core.learning import models
from mnist_core.predictor import Predictor
from mnist_core.runs.run import Change
from mnist_core.runs.store import FINAL_STEP
from mnist_core.take_home.bundle import bundle
from mnist_core.uploads.archive import Archive, ArchiveError
from mnist_core.uploads.imported_run import A_RUN, RunImportError, read
from tests.app_pages import open_page, with_store
from tests.conftest import TINY, ended

pytestmark = pytest.mark.usefixtures("fresh_caches")

MODEL = (artifacts.MODELS_FOLDER / "dense" / artifacts.KERAS_FILE).read_bytes()
MODEL_CONFIG = zipfile.ZipFile(io.BytesIO(MODEL)).read("config.json")
L2 = keras.regularizers.L2(0.01)


def test_a_run_that_was_taken_along_comes_back_the_same(engine, store, digits):
    # Its rate ends far below the lowest that can be set.
    config = replace(TINY, schedule="cosine")
    run_id = ended(store, engine.submit(config, "#1 there and back", "Ada")).id
    changes = [Change(20, "learning_rate", 0.002)]
    # As that of a run which has kept an earlier epoch than its last.
    store.write(run_id, metrics=[("kept_accuracy", 0.5, FINAL_STEP), ("kept_val_accuracy", 0.625, FINAL_STEP)])
    store.put_changes(run_id, changes)
    store.describe(run_id, name="#1 there and back", note="Look at the 7s.", tags=["group 1"], starred=True)
    run = store.get(run_id)
    taken = bundle(run, store.curves(run.id, METRICS), store.files.folder(run))
    more = replace(run, trained_on=True, taught="best")
    later = read("run.zip", bundle(more, store.curves(run.id, METRICS), store.files.folder(run))).about
    assert later == f"{A_RUN} It was trained on after it had ended. It was taught digits drawn by hand."
    back = ended(store, engine.import_run(read("run.zip", taken), "Grace"))
    assert back.has_model and back.reason == A_RUN
    assert (back.changes, back.note, back.tags) == (changes, f"{A_RUN}\n\nLook at the 7s.", ("group 1",))
    assert (back.name, back.owner, back.config, back.progress.epoch) == (
        "#1 there and back (imported)",
        "Grace",
        run.config,
        2,
    )
    assert (back.accuracy, back.val_accuracy) == (run.accuracy, run.val_accuracy) == (0.5, 0.625)
    assert back.metrics["test_accuracy"] == run.metrics["test_accuracy"]
    images = digits.x_test[:200].astype(np.float32) / 255
    before, after = (
        Predictor(store.files.folder(r) / artifacts.LITERT_FILE).probabilities(images) for r in (run, back)
    )
    assert np.abs(before - after).max() < 1e-6
    for name, (steps, values) in store.curves(run.id, METRICS).series.items():
        again = store.curves(back.id, METRICS).series[name]
        assert again[0].tolist() == steps.tolist() and again[1] == pytest.approx(values)


def test_a_model_without_its_story_comes_back_too(engine, store):
    back = ended(store, engine.import_run(read("my net.keras", MODEL), "Grace"))
    card = artifacts.read_card(artifacts.MODELS_FOLDER / "dense")
    assert (back.name, back.metrics["test_accuracy"]) == ("my net", card.evaluation.accuracy)
    for name in ("train", "compare", "evaluate"):
        page = open_page(name, run=back.id) if name == "train" else open_page(name, model=back.id)
        page = with_store(page)
        assert not page.exception and not page.error
        # Where it comes from, once.
        said = [each.value for each in (*page.text, *page.caption) if "Imported from a file" in each.value]
        assert len(said) == (name == "train")
    assert "training_seconds" not in back.metrics


def test_a_file_that_is_refused_is_so_on_the_page():
    page = with_store(open_page("compare"))
    page.file_uploader[0].set_value(("mine.keras", b"rubbish", "application/octet-stream")).run()
    page.button(key="compare_import").click().run()
    assert not page.exception and "neither a .keras file nor the zip of a run" in page.error[0].value


def plain(*layers, shape=(28, 28)) -> keras.Sequential:
    return keras.Sequential([keras.Input(shape), *layers])


VARIANTS = {
    "tutorial, dense": lambda: plain(
        keras.layers.Flatten(),
        keras.layers.Dense(9, activation="swish", kernel_regularizer=L2),
        keras.layers.Dense(10, activation="softmax", kernel_regularizer=L2),
    ),
    "flat input": lambda: plain(keras.layers.Dense(10, activation="softmax"), shape=(784,)),
    "Keras' own example": lambda: plain(
        keras.layers.Conv2D(4, 3, activation="relu"),
        keras.layers.MaxPooling2D(),
        keras.layers.Conv2D(5, (3, 3), padding="same", activation="relu"),
        keras.layers.Flatten(),
        keras.layers.Dropout(0.5),
        keras.layers.Dense(10),
        keras.layers.Softmax(),
        shape=(28, 28, 1),
    ),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_plain_keras_models_are_read_as_ours(name, tmp_path, digits):
    model = VARIANTS[name]()
    model.compile("adam", "categorical_crossentropy")
    model.save(tmp_path / "plain.keras")
    imported = read("plain.keras", (tmp_path / "plain.keras").read_bytes())
    images = digits.x_test[:20] / np.float32(255)
    answers = models.with_weights(imported.config, imported.weights)(images).numpy()
    assert answers == pytest.approx(model(images.reshape(-1, *model.input_shape[1:])).numpy(), abs=1e-6)


@pytest.mark.parametrize("said", ["0-1", "0-255"])
def test_a_layer_that_divides_by_255_says_which_pixels_the_others_get(said, tmp_path, digits):
    model = plain(keras.layers.Rescaling(1 / 255), keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax"))
    model.save(tmp_path / "plain.keras")
    imported = read("plain.keras", (tmp_path / "plain.keras").read_bytes(), said)
    answers = models.with_weights(imported.config, imported.weights)(digits.x_test[:20] / np.float32(255)).numpy()
    assert answers == pytest.approx(model(digits.x_test[:20].astype(np.float32)).numpy(), abs=1e-5)


def test_a_layer_that_divides_by_255_further_on_is_not_overlooked(tmp_path):
    dense = [keras.layers.Dense(units, activation=kind) for units, kind in ((9, "relu"), (10, "softmax"))]
    plain(keras.layers.Flatten(), dense[0], keras.layers.Rescaling(1 / 255), dense[1]).save(tmp_path / "plain.keras")
    with pytest.raises(RunImportError, match="is Rescaling"):
        read("plain.keras", (tmp_path / "plain.keras").read_bytes())
    twice = keras.layers.Rescaling(1 / 255), keras.layers.Rescaling(1 / 255)
    plain(*twice, keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")).save(tmp_path / "plain.keras")
    with pytest.raises(RunImportError, match="is Rescaling"):
        read("plain.keras", (tmp_path / "plain.keras").read_bytes())


def test_weights_are_read_where_the_system_refuses_to_limit_memory(tmp_path, monkeypatch):
    """As macOS does."""
    (tmp_path / "resource.py").write_text("RLIMIT_AS = 5\ndef setrlimit(*_): raise ValueError('not this limit')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert read("plain.keras", MODEL).weights


def packed(entries: dict[str, bytes], model: bytes = MODEL) -> bytes:
    """A `.keras` file with some of its entries replaced."""
    with zipfile.ZipFile(io.BytesIO(model)) as archive:
        kept = {name: archive.read(name) for name in archive.namelist()}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (kept | entries).items():
            archive.writestr(name, content)
    return buffer.getvalue()


def config_with(change) -> bytes:
    with zipfile.ZipFile(io.BytesIO(MODEL)) as archive:
        config = json.loads(archive.read("config.json"))
    change(config["config"]["layers"])
    return packed({"config.json": json.dumps(config).encode()})


def weights_with(change) -> bytes:
    """The model with something done to its HDF5 file, whose first kernel is taken out."""
    with zipfile.ZipFile(io.BytesIO(MODEL)) as archive:
        content = io.BytesIO(archive.read("model.weights.h5"))
    with h5py.File(content, "r+") as file:
        kernel = file["layers/dense/vars"]
        del kernel["0"]
        change(kernel)
    return packed({"model.weights.h5": content.getvalue()})


def lambda_layer(folder: Path) -> bytes:
    code = {"class_name": "__lambda__", "config": {"code": "4wEAAAA="}}
    layer = {"module": "keras.layers", "class_name": "Lambda", "config": {"name": "l", "function": code}}
    return config_with(lambda layers: layers.insert(2, layer | {"registered_name": None}))


def foreign_module(folder: Path) -> bytes:
    return config_with(lambda layers: layers[1].update(module="os", class_name="system", registered_name="system"))


def custom_class(folder: Path) -> bytes:
    return config_with(lambda layers: layers[1].update(registered_name="Mine>Flatten"))


def external_link(folder: Path) -> bytes:
    """The kernel is in another file, which is there."""
    with h5py.File(folder / "elsewhere.h5", "w") as file:
        file["kernel"] = np.zeros((784, 512), np.float32)
    return weights_with(lambda group: group.__setitem__("0", h5py.ExternalLink(folder / "elsewhere.h5", "/kernel")))


def external_storage(folder: Path) -> bytes:
    """The kernel's bytes are those of another file."""
    (folder / "bytes").write_bytes(bytes(784 * 512 * 4))
    where = [(str(folder / "bytes"), 0, 784 * 512 * 4)]
    return weights_with(lambda group: group.create_dataset("0", (784, 512), "f4", external=where))


def virtual(folder: Path) -> bytes:
    layout = h5py.VirtualLayout((784, 512), "f4")
    layout[:] = h5py.VirtualSource(str(folder / "elsewhere.h5"), "kernel", (784, 512))
    return weights_with(lambda group: group.create_virtual_dataset("0", layout))


def huge(folder: Path) -> bytes:
    """A dataset of 4 PB, of which not one byte is in the file."""
    return weights_with(lambda group: group.create_dataset("0", (2**50,), "f4", chunks=(2**20,)))


def not_a_number(folder: Path) -> bytes:
    return weights_with(lambda group: group.create_dataset("0", data=np.full((784, 512), np.nan, np.float32)))


def broken_hdf5(folder: Path) -> bytes:
    with zipfile.ZipFile(io.BytesIO(MODEL)) as archive:
        content = archive.read("model.weights.h5")
    return packed({"model.weights.h5": content[: len(content) // 2]})


class Harm:
    """Makes a file where it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def a_pickle(folder: Path) -> bytes:
    return pickle.dumps(Harm(folder / "harm"))


def a_pickle_inside(folder: Path) -> bytes:
    return packed({"model.weights.h5": pickle.dumps(Harm(folder / "harm"))})


HARM = {
    lambda_layer: "'Lambda' layer",
    foreign_module: "module 'os'",
    custom_class: "class of its own",
    external_link: "is not in the file itself",
    external_storage: "not stored as plain numbers",
    virtual: "not stored as plain numbers",
    huge: "other weights",
    not_a_number: "not numbers",
    broken_hdf5: "weights in this file",
    a_pickle: "neither a .keras file nor the zip",
    a_pickle_inside: "weights in this file",
    lambda _: packed({"config.json": b"[" * 100_000}): "damaged",
    lambda _: packed({"../../climbs.py": b""}): "outside of its own folder",
    lambda _: packed({"/etc/passwd": b""}): "outside of its own folder",
    lambda _: packed({"zeros": bytes(20_000_000)}): "is a bomb",
    lambda _: packed({"config.json": MODEL_CONFIG.replace(b"channels_last", b"channels_first")}): "has data_format",
    lambda _: packed({f"z{i}": bytes(90_000) for i in range(60)}): "more than 50 entries",
}


@pytest.mark.parametrize("make", HARM)
def test_a_file_that_means_harm_is_refused_and_says_why(make, tmp_path):
    content = make(tmp_path)
    with pytest.raises(RunImportError, match=HARM[make]) as refusal:
        read("model.keras", content)
    assert not (tmp_path / "harm").exists()
    assert len(str(refusal.value)) < 250 and "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("config.json", b"[" * 100_000),
        ("story.json", b'{"changes": [[1, "epochs", 5]], "note": "", "tags": []}'),
        ("story.json", b'{"changes": [[1, "learning_rate", NaN]], "note": "", "tags": []}'),
        ("story.json", b'{"changes": [[-1, "learning_rate", 0.1]], "note": "", "tags": []}'),
        ("story.json", b'{"changes": [[1, "learning_rate", 1' + b"0" * 400 + b']], "note": "", "tags": []}'),
        ("story.json", b'{"changes": 5}'),
        ("story.json", b'{"changes": [' + b"1," * 2000 + b'1], "note": "", "tags": []}'),
        ("story.json", b"[" * 100_000),
        ("card.json", b'{"epochs": ' + b"[" * 900 + b"]" * 900 + b', "seconds": 1}'),
        ("metrics.csv", b"metric,step,value\nloss,1," + b"x" * 100_000),
        ("metrics.csv", b"metric,step,value\nloss," + b"x" * 100_000 + b",1"),
    ],
)
def test_the_zip_of_a_run_that_is_wrong_is_refused_in_short(name, content):
    with pytest.raises(RunImportError) as refusal:
        read("run.zip", run_with({name: content}))
    assert len(str(refusal.value)) < 300


POINTS = {"loss": 0.5, "accuracy": 0.8, "val_loss": 0.4, "val_accuracy": 0.9, "seconds": 2.0}


def metrics(points: dict[str, float]) -> dict[str, bytes]:
    """The curves of a run of one epoch."""
    return {"metrics.csv": "\n".join(["metric,step,value", *(f"{n},1,{v}" for n, v in points.items())]).encode()}


@pytest.mark.parametrize(("name", "value"), [("accuracy", 7), ("val_accuracy", -0.1), ("seconds", -5), ("loss", 1e308)])
def test_numbers_that_no_run_can_have_are_refused(name, value):
    with pytest.raises(RunImportError, match=f"metrics.csv of this run is damaged: {name}"):
        read("run.zip", run_with(metrics(POINTS | {name: value})))


def test_signs_that_cannot_be_printed_are_left_out():
    """Some turn round what stands beside them, and some cannot be written to a store."""
    story = {"changes": [], "note": "two\nlines\ud800 \u202ebad", "tags": []}
    imported = read(
        "run.zip", run_with({"README.md": "# a\u202eb\x85".encode(), "story.json": json.dumps(story).encode()})
    )
    assert (imported.name, imported.note) == ("ab (imported)", "two\nlines bad")


@pytest.mark.parametrize("name", POINTS)
def test_curves_that_do_not_belong_together_are_refused(name):
    with pytest.raises(RunImportError, match=f"metrics.csv of this run is damaged: there is no {name} in it"):
        read("run.zip", run_with(metrics({n: value for n, value in POINTS.items() if n != name})))
    with pytest.raises(RunImportError, match="is not of the same epochs as loss"):
        read("run.zip", run_with({"metrics.csv": metrics(POINTS)["metrics.csv"] + f"\n{name},2,1".encode()}))


@pytest.mark.parametrize("loss", [np.nan, np.inf])
def test_a_validation_loss_that_is_no_finite_number_comes_back(loss):
    series = read("run.zip", run_with(metrics(POINTS | {"val_loss": float(loss)}))).curves.series
    assert np.array_equal(series["val_loss"][1], [loss], equal_nan=True)


def run_with(files: dict[str, bytes]) -> bytes:
    """The zip of a run with some of its files replaced."""
    card = json.dumps({"epochs": 2, "seconds": 1.0}).encode()
    config = artifacts.read_card(artifacts.MODELS_FOLDER / "dense").config.to_json().encode()
    whole = {"README.md": b"# a run", "config.json": config, "card.json": card, "metrics.csv": b"metric,step,value"}
    return packed({"model.keras": MODEL} | whole | files, empty_archive())


def empty_archive() -> bytes:
    buffer = io.BytesIO()
    zipfile.ZipFile(buffer, "w").close()
    return buffer.getvalue()


def test_links_duplicates_and_too_much_in_an_archive_are_refused():
    link = zipfile.ZipInfo("model.keras")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    many = [f"{number}" for number in range(11)]
    nameless = zipfile.ZipInfo("a")
    nameless.filename = ""
    for entries, reason in (
        ([link], "a link"),
        ([nameless], "without a name"),
        (["a", "a"], "same name"),
        (["a", "b"], "larger"),
        (many, "more than"),
    ):
        buffer = io.BytesIO()
        with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w") as archive:
            warnings.simplefilter("ignore")
            for entry in entries:
                archive.writestr(entry, bytes(1_000_000 if reason == "larger" else 10))
        with pytest.raises(ArchiveError, match=reason):
            Archive(buffer.getvalue(), 10, 1_000_000)


def test_an_entry_that_says_it_is_small_is_not_unpacked_beyond_that():
    buffer, true_size, said = io.BytesIO(), 50_000_000, 1000
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model.keras", bytes(true_size))
    content = buffer.getvalue().replace(struct.pack("<I", true_size), struct.pack("<I", said))
    archive = Archive(content, 10, 1_000_000)
    tracemalloc.start()
    with pytest.raises(ArchiveError, match="is damaged"):
        archive.read("model.keras")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < true_size / 10
