"""How well memory keeps and finds: `--store` for what it takes, `--facts` for what it reads.

make bench-memory                           both
make bench-memory ARGS=--facts              facts read from labelled utterances
make bench-memory ARGS=--store              a million messages of two hundred users, on SQLite
make bench-memory ARGS="--store --quick"    fifty thousand of them
"""

import argparse
import sys

from bench import facts
from bench.figures import publish
from bench.store import measuring as store


def main() -> int:
    """Run the benches that are asked for; all of them when none is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--facts", action="store_true", help="precision and recall of reading")
    parser.add_argument("--store", action="store_true", help="keeping, the last day, a million")
    parser.add_argument("--quick", action="store_true", help="fewer rows, and fewer times")
    parser.add_argument(
        "--database-url", default="", help="an empty PostgreSQL for --store, in place of SQLite"
    )
    asked = parser.parse_args()
    if asked.facts and not asked.store:
        return publish("memory --facts", facts.measure())
    others = facts.measure() if asked.facts or not asked.store else []
    return store.main(is_quick=asked.quick, url=asked.database_url, others=others)


if __name__ == "__main__":
    sys.exit(main())
