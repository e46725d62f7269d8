"""The scale of a bounded number: its positions on a slider, its steps, and its text."""

from __future__ import annotations

import dataclasses
import math
import re
from dataclasses import dataclass
from typing import Any

_WHOLE = re.compile(r"(?<![\d.])\d{4,}")  # the digits before a point


@dataclass(frozen=True)
class Scale:
    """A range from low to high, linear or logarithmic, of integers or not."""

    low: float
    high: float
    log: bool = False
    whole: bool = False
    step: float | None = None
    grouped: bool = True  # whether thousands are separated where nobody types

    @classmethod
    def of(cls, spec: dataclasses.Field[Any]) -> Scale:
        """Return the scale of a field made by `limits.number`."""
        meta = spec.metadata
        low, high = float(meta["low"]), float(meta["high"])
        return cls(low, high, meta["log"] and low > 0, isinstance(spec.default, int), meta["step"])

    def share(self, value: float) -> float:
        """Return the position of `value` on the range, 0 to 1."""
        value = min(max(value, self.low), self.high)
        if self.log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def at(self, share: float) -> float:
        """Return the round value at the position `share` of the range."""
        if share <= 0.0 or share >= 1.0:
            return self.clamped(self.low if share <= 0.0 else self.high)
        if self.log:
            raw = self.low * (self.high / self.low) ** share
            return self.clamped(raw if self.whole and raw < 100 else float(f"{raw:.2g}"))
        raw, step = self.low + share * (self.high - self.low), self.stride
        return self.clamped(round(raw / step) * step)

    @property
    def stride(self) -> float:
        """The step of the arrow keys on a linear scale: 1, 2 or 5 times a power of ten."""
        if self.step is not None:
            return self.step
        raw = (self.high - self.low) / 200
        power = 10.0 ** math.floor(math.log10(raw))
        nice = next(m for m in (5, 2, 1) if m * power <= raw * (1 + 1e-9)) * power
        return max(1.0, nice) if self.whole else nice

    def stepped(self, value: float, steps: int) -> float:
        """Return `value` moved by some steps; on a logarithmic scale, by tenths of its decade."""
        if not self.log or self.step is not None:
            return self.clamped(value + steps * self.stride)
        for _ in range(abs(steps)):
            inward = value * (1 - 1e-9) if steps < 0 else value * (1 + 1e-9)
            tenth = 10.0 ** (math.floor(math.log10(inward)) - 1)
            value += math.copysign(max(1.0, tenth) if self.whole else tenth, steps)
        return self.clamped(value)

    def clamped(self, value: float) -> float:
        """Return the nearest value inside the range, rounded on a scale of integers."""
        value = min(max(value, self.low), self.high)
        return round(value) if self.whole else float(round(value, 12))

    def shown(self, value: float) -> str:
        """Return the value in short form, with thousands apart as in all figures ("20,000")."""
        return grouped(self.text(value)) if self.grouped else self.text(value)

    def text(self, value: float) -> str:
        """Return the value in short form, as it is typed."""
        if self.whole:
            return str(round(value))
        mantissa, e, exponent = f"{value:.6g}".partition("e")
        return f"{mantissa}{e}{int(exponent)}" if e else mantissa


def grouped(number: str) -> str:
    """A number in the program's notation with commas between its thousands."""
    return _WHOLE.sub(lambda digits: f"{int(digits[0]):,}", number, count=1)
