"""How well memory keeps and finds: `--store` for what it takes.

make bench-memory ARGS=--store              a million messages of two hundred users, on SQLite
make bench-memory ARGS="--store --quick"    fifty thousand of them
"""

import argparse
import sys

from bench.store import measuring as store


def main() -> int:
    """Run the benches that are asked for; all of them when none is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", action="store_true", help="keeping, the last day, a million")
    parser.add_argument("--quick", action="store_true", help="fewer rows, and fewer times")
    parser.add_argument(
        "--database-url", default="", help="an empty PostgreSQL for --store, in place of SQLite"
    )
    asked = parser.parse_args()
    return store.main(is_quick=asked.quick, url=asked.database_url)


if __name__ == "__main__":
    sys.exit(main())
