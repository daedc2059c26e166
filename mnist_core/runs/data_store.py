"""Uploaded data sets in the store, each known by its digits: a configuration names them by that."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from mnist_core.data import DataError, Digits
from mnist_core.data_set import DataSet
from mnist_core.runs.store import Store
from mnist_core.runs.store_connection import StoreError

_EXPERIMENT = "Digit Lab data sets"
_ABOUT = "digit_lab.data_set"
_PATH = "data_set/digits.npz"
LONGEST_NAME = 80
_ADDING = threading.Lock()


@dataclass(frozen=True)
class Kept:
    """A data set in the store: `record` is where, `id` names it in configurations, the rest is for people.

    `train` and `test` count digits; `is_labelled` is about the test digits, `tested` as in DataSet.
    """

    record: str
    id: str
    name: str
    owner: str
    visitor: str
    train: int
    test: int
    is_labelled: bool
    remarks: tuple[str, ...]
    tested: str = ""


def add(store: Store, data_set: DataSet, name: str, owner: str, visitor: str = "") -> Kept:
    """Keep a data set, unless the same digits are there already and can be read. Raises StoreError."""
    with _ADDING:
        return _add(store, data_set, name, owner, visitor)


def _add(store: Store, data_set: DataSet, name: str, owner: str, visitor: str) -> Kept:
    id, digits = data_set.id, data_set.digits
    if found := [each for each in kept(store) if each.id == id]:
        if not any(store.files.arrays(each.record, _PATH) for each in found):
            _put(store, found[0].record, digits)
        return found[0]
    about = {
        "id": id,
        "name": name[:LONGEST_NAME],
        "owner": owner,
        "visitor": visitor,
        "train": len(digits.x_train),
        "test": len(digits.x_test),
        "is_labelled": len(digits.y_test) > 0,
        "remarks": data_set.remarks,
        "tested": data_set.tested,
    }
    record = store.create_record(_EXPERIMENT, name[:LONGEST_NAME])
    try:
        _put(store, record, digits)
        # Last: a record without it is one whose upload was cut off.
        store.tag_record(record, _ABOUT, json.dumps(about))
    except BaseException:
        with suppress(StoreError):
            store.delete(record)
        raise
    return _kept(record, json.dumps(about))


def _put(store: Store, record: str, digits: Digits) -> None:
    with TemporaryDirectory() as scratch:
        store.files.put_arrays(record, _PATH, vars(digits), Path(scratch))


def kept(store: Store) -> list[Kept]:
    """All data sets, the newest first. Raises StoreError."""
    found = []
    for record, tags in store.records(_EXPERIMENT):
        # What another version of this program wrote may be unreadable, and hides no other.
        with suppress(KeyError, ValueError, TypeError):
            found.append(_kept(record, tags[_ABOUT]))
    return found


def named(text: str, data_sets: Iterable[Kept]) -> str:
    """The text with the names of data sets in place of their ids."""
    for each in data_sets:
        # Whole words: `mnist_cnn.py` names no data set.
        text = each.name.join(re.split(rf"\b{each.id}\b", text))
    return text


def digits(store: Store, id: str) -> Digits:
    """The digits of the data set that configurations call `id`. Raises DataError and StoreError."""
    for each in kept(store):
        if each.id == id and (arrays := store.files.arrays(each.record, _PATH)):
            for array in arrays.values():
                array.setflags(write=False)
            return Digits(**arrays)
    raise DataError(f"The data set {id} is not in the store any more. Upload it again on the Data page.")


def _kept(record: str, about: str) -> Kept:
    values = json.loads(about)
    # Before it was a fact of its own, only the remarks told.
    said = [remark for remark in values["remarks"] if " of MNIST's 10,000 test digits " in remark]
    known = {name: values[name] for name in Kept.__dataclass_fields__ if name in values}
    return Kept(record, **{"tested": "".join(said), **known, "remarks": tuple(values["remarks"])})
