"""Results cached for each value, and dropped with it."""

from __future__ import annotations

import gc
import weakref

from flowlab.scene.base.memoise import memoise


class Value:
    """A value that is compared by identity, as bundles are."""


def test_a_value_is_asked_once_and_its_answer_goes_with_it() -> None:
    asked: list[int] = []

    @memoise
    def answer(value: Value) -> object:
        """Told."""
        asked.append(id(value))
        return Value()

    one, two = Value(), Value()
    assert answer(one) is answer(one)
    assert answer(two) is not answer(one)
    assert asked == [id(one), id(two)]
    assert (answer.__name__, answer.__doc__) == ("answer", "Told.")
    left = weakref.ref(answer(one))
    del one
    gc.collect()
    assert left() is None
    assert len(asked) == 2
