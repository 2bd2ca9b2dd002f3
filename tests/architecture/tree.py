"""The source files as the rules see them: a path, a module's name, a parsed tree."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
PRODUCT = ("backend", "mobile_api", "sync", "workers")
AROUND = ("bench", "tests")


@dataclass(frozen=True)
class Source:
    """One Python file."""

    path: str  # from the root of the repository
    text: str

    @property
    def module(self) -> str:
        """The dotted name it is imported by."""
        name = self.path.removesuffix(".py").replace("/", ".")
        return name.removesuffix(".__init__")

    @property
    def is_product(self) -> bool:
        """Whether it ships."""
        return self.path.split("/")[0] in PRODUCT

    @cached_property
    def tree(self) -> ast.Module:
        """What it says."""
        return ast.parse(self.text, self.path)

    def walk(self) -> Iterator[ast.AST]:
        """Every node of it."""
        return ast.walk(self.tree)


@cache
def sources(*folders: str) -> tuple[Source, ...]:
    """Every Python file of these folders; of the whole house when none is named."""
    return tuple(
        Source(str(path.relative_to(ROOT)), path.read_text())
        for folder in folders or PRODUCT + AROUND
        for path in sorted((ROOT / folder).rglob("*.py"))
    )
