"""A measured figure with its limits."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """A figure; `at_least` and `at_most` are None if it is shown only for comparison."""

    name: str
    value: float
    unit: str
    at_least: float | None = None
    at_most: float | None = None

    @property
    def is_within_limit(self) -> bool:
        low, high = self.at_least, self.at_most
        return (low is None or self.value >= low) and (high is None or self.value <= high)

    def __str__(self) -> str:
        return f"{self.name:<52} {self.value:>12,.2f} {self.unit:<9} {self._verdict()}"

    def _verdict(self) -> str:
        if self.at_least is None and self.at_most is None:
            return "to compare"
        limit = f"≥ {self.at_least:,}" if self.at_least is not None else f"≤ {self.at_most:,}"
        return f"{limit:<12} {'ok' if self.is_within_limit else 'MISSED'}"
