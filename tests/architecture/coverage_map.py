"""Prints which journey or contract test shows which row of the requirements."""

import ast
import sys
from collections import defaultdict

from tests.architecture.rules import functions, name_of
from tests.architecture.tree import Source, sources


def shown(source: Source) -> dict[str, list[str]]:
    """Return row → the tests of one file that show it by use."""
    rows: dict[str, list[str]] = defaultdict(list)
    for function in functions(source):
        for mark in function.decorator_list:
            if isinstance(mark, ast.Call) and name_of(mark.func) == "covers":
                for row in mark.args:
                    if isinstance(row, ast.Constant):
                        rows[str(row.value)].append(f"{source.path}::{function.name}")
    return rows


def main() -> None:
    """Print the table, in the order of the rows."""
    rows: dict[str, list[str]] = defaultdict(list)
    for source in sources("tests"):
        for row, tests in shown(source).items():
            rows[row].extend(tests)
    for row in sorted(rows):
        sys.stdout.write(f"{row:10} {rows[row][0]}\n")
        sys.stdout.writelines(f"{'':10} {test}\n" for test in rows[row][1:])
    sys.stdout.write(f"{len(rows)} rows are shown by use.\n")


if __name__ == "__main__":
    main()
