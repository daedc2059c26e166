"""One look serves everybody: nobody waits for it who can do with what was found before."""

import threading

import pytest

from pages.parts.shared_look import SharedLook


def test_others_go_on_with_what_was_found_while_one_looks():
    looking, may_end = threading.Event(), threading.Event()
    found = iter(["first", "second"])

    def look() -> str:
        answer = next(found)
        if answer == "second":
            looking.set()
            may_end.wait(10)
        return answer

    shared = SharedLook(look, seconds=0)
    assert shared() == "first"
    one = threading.Thread(target=shared)
    one.start()
    assert looking.wait(10)
    # The other look is still on its way: waiting for it would never end.
    assert shared() == "first"
    may_end.set()
    one.join()
    shared._seconds = 60
    assert shared() == "second"


def test_what_failed_or_was_forgotten_is_looked_at_again():
    found = iter([OSError("busy"), 1, 2])

    def look(number: int) -> int:
        if isinstance(answer := next(found), OSError):
            raise answer
        return 10 * number + answer

    shared = SharedLook(look, seconds=60)
    with pytest.raises(OSError, match="busy"):
        shared(3)
    assert shared(3) == shared(3) == 31
    shared.clear()
    assert shared(3) == 32
