import zipfile
from contextlib import suppress
from dataclasses import replace
from io import BytesIO
from typing import Any

import numpy as np
import pytest

from mnist_core import artifacts
from mnist_core.data import split
from mnist_core.own_digits import ABOUT_VALIDATION, OwnDigits, OwnDigitsError, from_npz, lesson, mixed
from mnist_core.predictor import Predictor
from mnist_core.runs.run import FAILED
from mnist_core.runs.store_connection import StoreError
from tests.app_pages import SEVEN, draw, open_page, texts, with_store
from tests.conftest import TINY, ended

pytestmark = pytest.mark.usefixtures("fresh_caches")


def crosses(count: int) -> OwnDigits:
    """A person who writes 7 as a cross from corner to corner, which every model reads as something else."""
    cross = np.maximum(np.eye(28, dtype=np.float32), np.eye(28, dtype=np.float32)[::-1])
    own = OwnDigits()
    for shift in range(count):
        own = own.plus(np.roll(cross, shift % 3, axis=1), 7)
    return own


def test_every_fifth_is_held_out_and_a_file_brings_all_back():
    own = crosses(11)
    assert (len(own.for_training), len(own.held_out)) == (9, 2)
    again = from_npz(own.to_npz())
    assert np.array_equal(again.images, own.images) and np.array_equal(again.labels, own.labels)
    left = own.without([image.tobytes() for image in own.images[:2]])
    assert len(left) == 9
    assert np.array_equal(left.held_out.images, own.held_out.images), "What is tested on stays out of training"
    assert len(own.joined(left)) == 11, "What is there already comes in no second time"
    one_more = own.plus(np.eye(28, dtype=np.float32), 1)
    assert own.joined(one_more).labels.tolist() == [*own.labels, 1]
    in_turn = OwnDigits()
    for number in range(50):
        in_turn = in_turn.plus(np.zeros((28, 28)), number % 10)
    assert sorted(in_turn.held_out.labels) == list(range(10))
    for cycle in (2, 3, 4):
        over_and_over = OwnDigits()
        for number in range(50):
            over_and_over = over_and_over.plus(np.zeros((28, 28)), number % cycle)
        assert set(over_and_over.held_out.labels) == set(range(cycle))
    none_left = crosses(10).for_training
    for _ in range(7):
        none_left = none_left.plus(np.zeros((28, 28)), 0)
    assert (len(none_left), len(none_left.held_out)) == (15, 3), "What was removed is made up for"


def test_no_damage_to_a_file_of_digits_goes_unsaid(digits):
    whole = OwnDigits()
    for image in digits.x_test[:10] / 255:
        whole = whole.plus(image, 7)
    rng = np.random.default_rng(0)
    for _ in range(300):
        damaged = bytearray(whole.to_npz())
        for place in rng.integers(0, len(damaged), 3):
            damaged[place] = rng.integers(256)
        with suppress(OwnDigitsError):
            assert len(from_npz(bytes(damaged))) == 10


def test_what_is_no_file_of_digits_is_refused():
    wrong_shape, no_digit, many = (
        OwnDigits(np.zeros((1, 20, 28), np.uint8), np.zeros(1, np.uint8), np.zeros(1, bool)),
        OwnDigits(np.zeros((1, 28, 28), np.uint8), np.full(1, 10, np.uint8), np.zeros(1, bool)),
        OwnDigits(np.zeros((3000, 28, 28), np.uint8), np.zeros(3000, np.uint8), np.zeros(3000, bool)),
    )
    no_text = BytesIO()
    with zipfile.ZipFile(no_text, "w") as archive:
        archive.writestr("é.npy", b"")
    named_in_no_text = no_text.getvalue().replace("é".encode(), bytes([255, 255]))
    for content in (b"", b"PK rubbish", named_in_no_text, wrong_shape.to_npz(), no_digit.to_npz(), many.to_npz()):
        with pytest.raises(OwnDigitsError):
            from_npz(content)


def test_digits_kept_for_testing_are_not_enough_to_train_on():
    page = open_page("draw")
    page.session_state["draw_teach"], page.session_state["draw_tray"] = True, crosses(50).held_out
    page = with_store(page)
    assert "0 of 8 digits to train on collected." in texts(page) and page.button(key="draw_train").disabled


def test_own_digits_are_a_fifth_of_what_is_trained_on_and_the_held_out_are_not_among_it(digits):
    own = replace(crosses(10), labels=np.arange(10, dtype=np.uint8))
    plain, taught = split(digits, TINY), mixed(split(digits, TINY), own)
    assert taught.x_train.shape == plain.x_train.shape
    changed = (taught.x_train != plain.x_train).any(axis=(1, 2))
    assert changed.sum() == len(plain.y_train) / 5
    assert set(taught.y_train[changed]) == set(own.for_training.labels) == set(range(10)) - {3, 5}


def test_a_lesson_is_taught_by_an_optimizer_that_learns_in_a_few_batches():
    card = artifacts.read_card(artifacts.MODELS_FOLDER / "dense")
    slow = replace(card, config=replace(card.config, optimizer="adadelta", learning_rate=1.0))
    assert (lesson(slow).optimizer, lesson(slow).learning_rate) == ("adam", 3e-4)


def test_test_digits_are_not_collected_nor_brought(digits):
    page = open_page("draw")
    page.session_state["draw_teach"], page.session_state["draw_way"] = True, "Test digit"
    page.run()
    page.get_by_key("draw_label").set_value(6).run()
    assert page.button(key="draw_collect").disabled and not page.exception
    theirs = OwnDigits().plus(digits.x_test[0] / 255, 7)
    page.file_uploader(key="draw_upload").set_value(("own-digits.npz", theirs.to_npz(), "application/x-npz")).run()
    assert "MNIST's test digits" in page.error[0].value and "0 of 10 digits collected." in texts(page)


def test_one_of_two_digits_that_are_alike_can_be_removed():
    two = crosses(1).plus(crosses(1).images[0] / 255, 3)
    assert len(two) == 2 and len(two.without([two.images[0].tobytes()])) == 1


def test_a_lesson_is_learnt_and_mnist_is_not_forgotten(engine, store):
    folder, own = artifacts.MODELS_FOLDER / "dense", crosses(10)
    config = replace(lesson(artifacts.read_card(folder)), train_size=3000, epochs=2)
    run = ended(store, engine.teach(own, folder / artifacts.KERAS_FILE, "dense", config, "lesson", "test"))
    assert run.has_model, run.reason
    images = own.held_out.images.astype(np.float32) / 255
    after = Predictor(store.files.folder(run) / artifacts.LITERT_FILE).probabilities(images)
    before = Predictor(folder / artifacts.LITERT_FILE).probabilities(images)
    assert (after.argmax(axis=1) == 7).all() and not (before.argmax(axis=1) == 7).any()
    assert run.metrics["test_accuracy"] > 0.95 and run.note == ABOUT_VALIDATION
    assert ABOUT_VALIDATION in texts(with_store(open_page("train", run=run.id)))
    page = open_page("draw")
    page.session_state["draw_teach"], page.session_state["draw_lesson"] = True, run.id
    rows = with_store(page).table[-1].value
    assert rows["model"].tolist() == ["before", "after"]
    assert rows["your digits kept for testing"].tolist() == ["0 of 2", "2 of 2"]


def place(block: Any, kind: str) -> tuple[int, ...]:
    """Where in a page the first element of this kind is: its index in each block around it; () if it is not there."""
    for index, child in block.children.items():
        if child.type == kind:
            return (index,)
        if inner := place(child, kind) if hasattr(child, "children") else ():
            return (index, *inner)
    return ()


def test_a_lesson_on_its_way_keeps_its_place_whatever_is_drawn_or_collected(store):
    """It looks at its run by itself: where its place moves meanwhile, a stroke takes the whole page away."""
    run_id = store.create(TINY, "lesson", "test", taught="dense")
    page = open_page("draw")
    page.session_state["draw_teach"], page.session_state["draw_lesson"] = True, run_id
    stood = place(with_store(page).main, "progress")
    assert stood
    page.session_state["draw_tray"] = crosses(10)
    assert place(page.run().main, "progress") == stood
    assert place(draw(page, "draw", SEVEN).main, "progress") == stood
    store.delete(run_id)


def test_a_lesson_whose_digits_cannot_be_kept_leaves_no_run_to_train(engine, store, monkeypatch):
    def full(*args: object) -> None:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(store.files, "put_start", full)
    before = {run.id for run in store.newest()}
    folder = artifacts.MODELS_FOLDER / "dense"
    with pytest.raises(StoreError, match="full"):
        engine.teach(crosses(10), folder / artifacts.KERAS_FILE, "dense", TINY, "lesson", "test")
    assert {run.id for run in store.newest()} == before


def test_a_lesson_without_its_digits_fails_and_says_so(engine, store):
    run_id = store.create(TINY, "lesson", "test", taught="dense")
    engine._send(run_id)
    run = ended(store, run_id)
    assert run.status == FAILED and "digits to be taught are not in the store" in run.reason
