"""Which of the product's files run, and which handle a given text: by Python's profiling hook."""

from __future__ import annotations

import dataclasses
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from types import CodeType, FrameType
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import Model

CHECKOUT = Path(__file__).resolve().parents[2]
PRODUCT = ("config", "accounts", "profiles", "calendars")
_FOLDERS = tuple(f"{CHECKOUT / name}/" for name in PRODUCT)
_DEPTH, _LENGTH = 5, 100  # how far a text is looked for in containers


@dataclass
class Trace:
    """`ran` are files of which a function ran, `handled` those with a function that received or
    returned one of the `marks`. `within`: only below a function of that qualified name."""

    marks: tuple[str, ...] = ()
    within: str = ""
    ran: set[str] = field(default_factory=set)
    handled: set[str] = field(default_factory=set)
    _depth: int = 0

    def __call__(self, frame: FrameType, event: str, arg: Any) -> None:
        if event not in ("call", "return"):
            return
        code = frame.f_code
        if self.within:
            if code.co_qualname == self.within:
                self._depth += 1 if event == "call" else -1
            if not self._depth:
                return
        if not code.co_filename.startswith(_FOLDERS) or code.co_name == "<module>":
            return
        self.ran.add(code.co_filename)
        if code.co_filename not in self.handled:
            values = _arguments(frame) if event == "call" else [arg]
            if any(holds(value, self.marks) for value in values):
                self.handled.add(code.co_filename)

    def __or__(self, other: Trace) -> Trace:
        return Trace(ran=self.ran | other.ran, handled=self.handled | other.handled)


@contextmanager
def traced(*marks: str, within: str = "") -> Iterator[Trace]:
    """In this thread, and in those that it starts."""
    trace = Trace(marks, within)
    threading.setprofile(trace)
    sys.setprofile(trace)
    try:
        yield trace
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


def lines_of(names: Iterable[str]) -> int:
    return sum(len(Path(name).read_text().splitlines()) for name in names)


def holds(value: Any, marks: tuple[str, ...], depth: int = _DEPTH) -> bool:
    """Whether a text, bytes, a container or an object of the product's holds one of the marks."""
    match value:
        case str():
            return any(mark in value for mark in marks)
        case bytes() | msgspec.Raw():
            return any(mark.encode() in bytes(value) for mark in marks)
        case UUID():
            return str(value) in marks
    return depth > 0 and any(
        holds(part, marks, depth - 1) for part in islice(_parts(value), _LENGTH)
    )


def _parts(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping) and type(value) is dict:
        yield from list(value.values())
    elif isinstance(value, list | tuple | set | frozenset):
        yield from list(value)
    elif isinstance(value, msgspec.Struct):
        yield from (getattr(value, name) for name in value.__struct_fields__)
    elif type(value).__module__.split(".")[0] in PRODUCT and not isinstance(value, type):
        yield from _members(value)


def _members(value: Any) -> Iterator[Any]:
    """Without properties, which could ask the database."""
    if dataclasses.is_dataclass(value):
        for each in dataclasses.fields(value):
            yield getattr(value, each.name, None)
    elif isinstance(value, Model) or hasattr(value, "__dict__"):
        yield from list(vars(value).values())


def _arguments(frame: FrameType) -> Iterator[Any]:
    names = _argument_names(frame.f_code)
    yield from (frame.f_locals[name] for name in names if name in frame.f_locals)


def _argument_names(code: CodeType) -> tuple[str, ...]:
    variadic = bool(code.co_flags & 0x04) + bool(code.co_flags & 0x08)  # inspect.CO_VARARGS, ...
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount + variadic]
