"""The thread from the confusion matrix to the digits behind a cell of it; a click on one of these opens it."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from mnist_core.evaluation import ORDERS, find_digits
from mnist_core.figures import confusion
from mnist_core.figures.pictures import buttons
from mnist_core.wording import in_percent
from pages.parts import browser, clickable, download
from pages.parts.evaluate import opened_digit
from pages.parts.evaluate.evaluated import Evaluated, Listed, unreadable_said

PER_PAGE = 50
# In pixels: two choices of one digit stand in a row on a phone, and the order, read whole, under them.
_DIGIT_WIDTH, _ORDER_WIDTH = 84, 196
_ANY = "any"
_DIGITS = [_ANY, *map(str, range(10))]


def show(evaluated: Evaluated) -> None:
    """The matrix beside the misclassified digits, or beside those of the cell that was clicked."""
    left, right = st.columns([1, 1.1], gap="large")
    with right:
        heading = st.container()
        true, read, order = _filters()
        is_right = true is not None and true == read
        heading.header("Digits read right" if is_right else "Misclassified digits", anchor=False)
    with left:
        _matrix(evaluated.confusion, true, read)
    with right, unreadable_said():
        _digits(evaluated, true, read, order)


def listed(evaluated: Evaluated) -> Listed:
    """The digits that are listed, in their order. Raises ArtifactError or DataError."""
    chosen = [st.session_state.get(key, _ANY) for key in ("true", "read")]
    true, read = (None if digit == _ANY else int(digit) for digit in chosen)
    order = st.session_state.get("evaluate_order", next(iter(ORDERS)))
    return Listed(find_digits(evaluated.labels, evaluated.proba, true, read, order))


def _filters() -> tuple[int | None, int | None, str]:
    """What the digits are and were read as, and their order; the address keeps the first two."""
    with st.container(horizontal=True, gap="small"):
        true, read = (
            st.selectbox(label, _DIGITS, key=key, bind="query-params", width=_DIGIT_WIDTH)
            for key, label in (("true", "True digit"), ("read", "Read as"))
        )
        order = st.selectbox(
            "Order", list(ORDERS), format_func=ORDERS.__getitem__, key="evaluate_order", width=_ORDER_WIDTH
        )
    chosen = [None if digit == _ANY else int(digit) for digit in (true, read)]
    return chosen[0], chosen[1], order


def _matrix(counts: np.ndarray, true: int | None, read: int | None) -> None:
    st.header("Confusion matrix", anchor=False)
    with st.container(horizontal=True, vertical_alignment="center"):
        view = st.segmented_control(
            "Cells",
            list(confusion.VIEWS),
            format_func=confusion.VIEWS.__getitem__,
            default="counts",
            required=True,
            wrap=True,
            key="confusion_view",
            help="The share of a row that is on the diagonal is the recall of that digit; of a column, the precision.",
        )
        muted = st.toggle("Mute the diagonal", key="confusion_muted", help="So that errors stand out.")
    chosen = None if true is None or read is None else (true, read)
    html = confusion.table(counts, view, muted, chosen, clickable=True)
    clickable.show(html, "confusion_matrix", _choose_cell)
    where, keys = (" below", "") if browser.is_on_a_phone() else ("", " Arrow keys lead from one to the next.")
    how = f"Click a cell to see its digits{where}, and again to see all mistakes.{keys}"
    st.caption(f"{confusion.most_often(counts)} {how}")
    download.show("confusion-matrix", partial(confusion.columns, counts))


def _choose_cell(value: str) -> None:
    """A cell's `true,read` becomes the filter; the same cell again takes it away."""
    cell = value.split(",")
    same = cell == [st.session_state["true"], st.session_state["read"]]
    st.session_state["true"], st.session_state["read"] = (_ANY, _ANY) if same else cell


def _choose_all() -> None:
    st.session_state["true"] = st.session_state["read"] = _ANY


def _digits(evaluated: Evaluated, true: int | None, read: int | None, order: str) -> None:
    labels, proba = evaluated.labels, evaluated.proba
    found = find_digits(labels, proba, true, read, order)
    st.markdown(_summary(len(found), evaluated, true, is_right=true is not None and true == read))
    if not len(found):
        # What was chosen for another model may be nothing here.
        st.button("Show all mistakes", icon=":material/filter_alt_off:", on_click=_choose_all, key="show_all_mistakes")
        return
    pages = -(-len(found) // PER_PAGE)
    page = st.pagination(pages, key=f"digits_page_{true}_{read}_{order}") if pages > 1 else 1
    shown = found[(page - 1) * PER_PAGE : page * PER_PAGE]
    ranked = np.argsort(-proba[shown], axis=1)
    captions = [
        # A space that does not break keeps a digit with its probability.
        ", ".join(f"{digit}:\u00a0{in_percent(p[digit])}" for digit in best[:3] if p[digit] >= 0.001)
        for p, best in zip(proba[shown], ranked, strict=True)
    ]
    titles = [f"{labels[i]} read as {best[0]}" for i, best in zip(shown, ranked, strict=True)]
    st.caption("Click one to open it. Under each: the true digit, the model's answer, and its largest probabilities.")
    html = buttons(evaluated.images[shown], [str(i) for i in shown], titles, captions)
    clickable.show(html, "digits", opened_digit.open_digit)
    _download(evaluated, found)


def _summary(count: int, evaluated: Evaluated, true: int | None, is_right: bool) -> str:
    """How many digits the selection has, and their share: of one digit `true`, or of all."""
    wrong = len(evaluated.labels) - int(np.trace(evaluated.confusion))
    total = len(evaluated.labels) if true is None else int(evaluated.confusion[true].sum())
    whole = "test digits" if true is None else f"{true}s"
    if not count:
        return "It reads none of these right." if is_right else "This model makes no such mistake."
    kind = "read right" if is_right else f"{count / wrong:.1%} of the {wrong:,} mistakes"
    kind = "every mistake" if count == wrong and not is_right else kind
    return f"**{count:,} {'digit' if count == 1 else 'digits'}**: {kind}, {count / total:.2%} of the {total:,} {whole}."


def _download(evaluated: Evaluated, found: np.ndarray) -> None:
    proba = evaluated.proba[found]
    columns = {"test digit": found, "true": evaluated.labels[found], "read as": proba.argmax(axis=1)}
    download.show("digits", columns | {f"probability of {digit}": proba[:, digit] for digit in range(10)})
