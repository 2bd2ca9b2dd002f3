"""A bar, a table of bars, and the one line of JSON that ends every bench."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.markup import escape
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Bar:
    """One figure beside the limit that it must hold; without a limit it is only told."""

    name: str
    value: float | None
    limit: float | None = None
    better: str = "lower"
    unit: str = ""
    why: str = ""  # why it could not be measured

    @property
    def holds(self) -> bool:
        """Say whether the figure keeps its limit; what was not measured holds nothing."""
        if self.value is None:
            return False
        if self.limit is None:
            return True
        return self.value <= self.limit if self.better == "lower" else self.value >= self.limit

    def as_json(self) -> dict[str, object]:
        """Return the bar as the last line has it."""
        told = {name: value for name, value in asdict(self).items() if value not in ("", None)}
        return told | {"value": self.value, "holds": self.holds}


def publish(
    bench: str, bars: Sequence[Bar], *, skipped: Sequence[str] = (), missing: Sequence[str] = ()
) -> int:
    """Print the bars and return the exit status: 1 when one does not hold."""
    table = Table(title=f"bench {bench}", title_justify="left")
    for heading in ("figure", "value", "limit", ""):
        table.add_column(heading, justify="right" if heading in {"value", "limit"} else "left")
    for bar in bars:
        # Escaped: a reason may name a package with its extras, in square brackets.
        value = escape(bar.why) if bar.value is None else f"{bar.value:,.2f} {bar.unit}".strip()
        limit = "" if bar.limit is None else f"{bar.limit:,.2f}"
        table.add_row(bar.name, value, limit, "holds" if bar.holds else "does not hold")
    Console(width=100).print(table)
    line: dict[str, object] = {
        "bench": bench,
        "bars": [bar.as_json() for bar in bars],
        "machine": machine(),
        "load": round(os.getloadavg()[0], 2),
    }
    if skipped:
        line["skipped"] = list(skipped)
    if missing:
        line["peers_missing"] = list(missing)
    print(json.dumps(line))
    return 0 if all(bar.holds for bar in bars) else 1


def machine() -> str:
    """Say what these figures were measured on."""
    python = platform.python_version()
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {python}"
