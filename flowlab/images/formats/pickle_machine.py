"""Reads the opcodes of a pickle into inert values: nothing is imported, called or allocated.

Python's own unpickler imports what a pickle names and calls it. Here every name is compared with a
list, and every call comes to a description of what it would have made.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable
from functools import partial
from typing import Any, BinaryIO

from flowlab.core.document.limits import Invalid
from flowlab.images.formats.harmless import check_name
from flowlab.images.formats.inert import DAMAGED, Global, Holder, key_of, made, storage_of

MOST_STEPS = 2_000_000  # opcodes of one pickle: thirty times those of a large training state
_MARK: Any = object()
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_VALUES = {
    "BININT", "BININT1", "BININT2", "LONG1", "LONG4", "INT", "LONG", "FLOAT", "BINFLOAT",
    "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8", "UNICODE", "BINBYTES", "SHORT_BINBYTES",
    "BINBYTES8", "BINSTRING", "SHORT_BINSTRING", "STRING", "BYTEARRAY8",
}  # fmt: skip


def read_pickle(file: BinaryIO) -> Any:
    """The inert value of the pickle at the file's position, which is left behind it.

    Raises `Invalid` for a damaged pickle, and for one with a name that is not on the list.
    """
    machine = _Machine()
    try:
        for count, (opcode, argument, _) in enumerate(pickletools.genops(file)):
            if count > MOST_STEPS:
                raise Invalid("it holds more parts than any network has.")
            step = machine.steps.get(opcode.name)
            if step is None:
                raise Invalid("it is pickled in a way that torch does not use.")
            step(argument)
        return machine.result()
    except Invalid:
        raise
    except (ValueError, IndexError, KeyError, AttributeError, TypeError, OverflowError):
        raise Invalid(DAMAGED) from None


class _Machine:
    """The stack and the memo of a pickle."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}  # a dictionary: an index of 2**31 takes no room
        self.protocol = 0
        self.steps = self._own_steps()

    def _own_steps(self) -> dict[str, Callable[[Any], None]]:
        """What is done for each opcode: those that put a value on the stack do that alone."""
        push = self.stack.append
        own = {
            name[4:].upper(): getattr(self, name) for name in dir(self) if name.startswith("_do_")
        }
        constants = {name: partial(self._push, value) for name, value in _CONSTANTS.items()}
        return own | constants | dict.fromkeys(_VALUES, push)

    def _push(self, value: Any, _: Any) -> None:
        self.stack.append(value)

    def result(self) -> Any:
        """What is left at the end; raises `Invalid` for a protocol that torch does not read."""
        if self.protocol > 2:
            words = (
                f"it was written with pickle protocol {self.protocol}, which torch does not read"
            )
            raise Invalid(f"{words} safely; save it with torch.save as it is by default.")
        (value,) = self.stack
        return value

    def _after_mark(self) -> list[Any]:
        stack, items = self.stack, []
        while (item := stack.pop()) is not _MARK:
            items.append(item)
        return items[::-1]

    def _do_mark(self, _: Any) -> None:
        self.stack.append(_MARK)

    def _do_pop(self, _: Any) -> None:
        self.stack.pop()

    def _do_pop_mark(self, _: Any) -> None:
        self._after_mark()

    def _do_dup(self, _: Any) -> None:
        self.stack.append(self.stack[-1])

    def _do_stop(self, _: Any) -> None:
        """The end, after which `genops` stops by itself."""

    _do_frame = _do_stop

    def _do_proto(self, protocol: int) -> None:
        self.protocol = max(self.protocol, protocol)

    def _do_binput(self, index: int) -> None:
        self.memo[index] = self.stack[-1]

    _do_long_binput = _do_put = _do_binput

    def _do_memoize(self, _: Any) -> None:
        self.memo[len(self.memo)] = self.stack[-1]

    def _do_binget(self, index: int) -> None:
        self.stack.append(self.memo[index])

    _do_long_binget = _do_get = _do_binget

    def _do_empty_dict(self, _: Any) -> None:
        self.stack.append({})

    def _do_empty_list(self, _: Any) -> None:
        self.stack.append([])

    _do_empty_set = _do_empty_list

    def _do_empty_tuple(self, _: Any) -> None:
        self.stack.append(())

    def _do_tuple(self, _: Any) -> None:
        self.stack.append(tuple(self._after_mark()))

    def _do_list(self, _: Any) -> None:
        self.stack.append(self._after_mark())

    _do_frozenset = _do_list

    def _do_dict(self, _: Any) -> None:
        items = self._after_mark()
        self.stack.append({})
        self._set(items)

    def _do_tuple1(self, _: Any) -> None:
        self.stack[-1:] = [tuple(self.stack[-1:])]

    def _do_tuple2(self, _: Any) -> None:
        self.stack[-2:] = [tuple(self.stack[-2:])]

    def _do_tuple3(self, _: Any) -> None:
        self.stack[-3:] = [tuple(self.stack[-3:])]

    def _do_append(self, _: Any) -> None:
        value = self.stack.pop()
        self._extend([value])

    def _do_appends(self, _: Any) -> None:
        self._extend(self._after_mark())

    _do_additems = _do_appends

    def _extend(self, values: list[Any]) -> None:
        if not isinstance(self.stack[-1], (list, Holder)):
            raise Invalid(DAMAGED)
        self.stack[-1].extend(values)

    def _do_setitem(self, _: Any) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        self._set([key, value])

    def _do_setitems(self, _: Any) -> None:
        self._set(self._after_mark())

    def _set(self, items: list[Any]) -> None:
        if not isinstance(self.stack[-1], (dict, Holder)):
            raise Invalid(DAMAGED)
        for key, value in zip(items[::2], items[1::2], strict=True):
            self.stack[-1][key_of(key)] = value

    def _do_global(self, argument: str) -> None:
        self._name(".".join(argument.split(" ", 1)))

    def _do_stack_global(self, _: Any) -> None:
        name, module = self.stack.pop(), self.stack.pop()
        if not isinstance(name, str) or not isinstance(module, str):
            raise Invalid(DAMAGED)
        self._name(f"{module}.{name}")

    def _name(self, name: str) -> None:
        check_name(name)
        self.stack.append(Global(name))

    def _do_reduce(self, _: Any) -> None:
        args, function = self.stack.pop(), self.stack.pop()
        self.stack.append(made(function, args))

    _do_newobj = _do_reduce

    def _do_build(self, _: Any) -> None:
        state = self.stack.pop()
        if isinstance(self.stack[-1], Holder):
            self.stack[-1].__setstate__(state)

    def _do_binpersid(self, _: Any) -> None:
        self.stack.append(storage_of(self.stack.pop()))
