"""What models cost, read from `catalogue.toml`."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.kernel.errors import Invalid

FILE = Path(__file__).with_name("catalogue.toml")


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars for a million tokens: as many millionths of a dollar for one."""

    input: float
    output: float

    def cost_micros(self, tokens_in: int, tokens_out: int) -> int:
        """Return the cost in millionths of a dollar, rounded up."""
        exact = tokens_in * self.input + tokens_out * self.output
        return int(exact) + (exact > int(exact))


FREE = Price(0.0, 0.0)
UNKNOWN = Price(20.0, 100.0)  # dearer than any model we know: a surprise must not cost money


class Catalogue:
    """Knows prices by the beginning of a model's name."""

    def __init__(self, file: Path = FILE) -> None:
        read: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))  # Any: TOML
        try:
            self._prices = {
                str(each["name"]): Price(float(each["input"]), float(each["output"]))
                for each in read.get("models", [])
            }
        except (KeyError, TypeError, ValueError) as wrong:
            raise Invalid(f"The catalogue {file} is not right.") from wrong

    def price(self, model: str, *, is_local: bool = False) -> Price:
        """Return a model's price; an unknown one is free on our own machine, else very dear."""
        known = [name for name in self._prices if model.startswith(name)]
        if known:
            return self._prices[max(known, key=len)]
        return FREE if is_local else UNKNOWN
