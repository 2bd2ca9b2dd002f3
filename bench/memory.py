"""How well memory keeps, finds and forgets: `--store`, `--forget`, and `--facts` for what it reads.

make bench-memory                           all of it
make bench-memory ARGS=--facts              facts read from labelled utterances
make bench-memory ARGS=--store              a million messages of two hundred users, on SQLite
make bench-memory ARGS="--store --quick"    fifty thousand of them
make bench-memory ARGS=--forget             somebody of a hundred thousand messages is forgotten
"""

import argparse
import sys

from bench import facts
from bench.figures import publish
from bench.store import forgetting
from bench.store import measuring as store


def main() -> int:
    """Run the benches that are asked for; all of them when none is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--facts", action="store_true", help="precision and recall of reading")
    parser.add_argument("--store", action="store_true", help="keeping, the last day, a million")
    parser.add_argument("--forget", action="store_true", help="a hundred thousand messages go")
    parser.add_argument("--quick", action="store_true", help="fewer rows, and fewer times")
    parser.add_argument(
        "--database-url", default="", help="an empty PostgreSQL for --store, in place of SQLite"
    )
    asked = parser.parse_args()
    is_all = not (asked.facts or asked.store or asked.forget)
    others = facts.measure() if asked.facts or is_all else []
    if asked.forget or is_all:
        others = [*others, *forgetting.measure(is_quick=asked.quick)]
    if not (asked.store or is_all):
        named = [f"--{name}" for name in ("facts", "forget") if getattr(asked, name)]
        return publish(" ".join(["memory", *named]), others)
    return store.main(is_quick=asked.quick, url=asked.database_url, others=others)


if __name__ == "__main__":
    sys.exit(main())
