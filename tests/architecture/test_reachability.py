"""Nothing in the house is dead: every module is on the way from some door."""

import ast
from collections.abc import Iterator

from tests.architecture.rules import imported, name_of
from tests.architecture.tree import PRODUCT, Source, sources

DOORS = ("backend.cli", "backend.main", "mobile_api.main", "workers.main", "sync.main")


def test_every_module_is_reached_from_a_door() -> None:
    modules = {source.module: source for source in sources(*PRODUCT)}
    programs = [name for name, source in modules.items() if is_program(source)]
    reached: set[str] = set()
    waiting = [*DOORS, *programs]
    while waiting:
        name = waiting.pop()
        if name in reached or name not in modules:
            continue
        reached.add(name)
        waiting.extend(parents(name))
        waiting.extend(mentioned(modules[name]))
    assert sorted(modules.keys() - reached) == []


def test_every_engine_of_the_table_exists() -> None:
    modules = {source.module: source for source in sources(*PRODUCT)}
    missing = [
        path
        for path in engines(modules["backend.compose.engines"])
        if not is_defined(path, modules)
    ]
    assert missing == []


def is_program(source: Source) -> bool:
    """Say whether a module is run by itself: `python -m NAME` is a door too."""
    return source.path.endswith("__main__.py") or 'if __name__ == "__main__":' in source.text


def mentioned(source: Source) -> Iterator[str]:
    """Name what a module imports, and what it names in a string to load or to run it later."""
    for node in source.walk():
        yield from imported(node)
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value.split(":")[0]


def parents(name: str) -> Iterator[str]:
    """Name the packages that are imported on the way to a module."""
    while "." in name:
        name = name.rpartition(".")[0]
        yield name


def engines(compose: Source) -> list[str]:
    """The table of engines: name → "dotted.path:Class"."""
    for node in compose.tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AnnAssign):
            targets = [node.target]
        if any(name_of(target) == "ENGINES" for target in targets):
            table = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
            assert isinstance(table, ast.Dict), "ENGINES is a plain table of strings"
            values = [value.value for value in table.values if isinstance(value, ast.Constant)]
            return [str(value) for value in values]
    raise AssertionError("backend/compose/engines.py has no table ENGINES")


def is_defined(path: str, modules: dict[str, Source]) -> bool:
    """Say whether a dotted path names a class or function of ours that is really there."""
    module, _, name = path.partition(":")
    source = modules.get(module)
    kinds = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    return source is not None and any(
        isinstance(node, kinds) and node.name == name for node in source.tree.body
    )
