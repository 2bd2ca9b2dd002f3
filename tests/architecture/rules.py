"""What a file of this house may look like: each rule finds the lines that break it."""

import ast
import re
from collections.abc import Callable, Iterator

from tests.architecture.tree import Source

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "core", "base", "manager"}
CATCHERS = {
    "backend/platform/tasks.py",
    "backend/platform/web_layers.py",
    "backend/platform/jobs/runner.py",
}
# Entry points load by string.
LOADERS = ("backend/compose", "backend/main.py", "backend/cli/", "workers/main.py")
LATE = {"backend/conversation/reasoning/graph.py", "backend/cli/microphone.py"}
HEAVY = {
    "anthropic",
    "arq",
    "boto3",
    "botocore",
    "chromadb",
    "ctranslate2",
    "faster_whisper",
    "langgraph",
    "neo4j",
    "onnx",
    "onnxruntime",
    "openai",
    "piper",
    "psycopg",
    "redis",
    "sounddevice",
}
TODO = re.compile(r"#.*\b(TODO|FIXME|XXX)\b")
OWNED_TODO = re.compile(r"# TODO\([\w.-]+, \d{4}-\d{2}-\d{2}\): \S")

FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef

Finding = tuple[int, str]
Rule = Callable[[Source], Iterator[Finding]]


def long_files(source: Source) -> Iterator[Finding]:
    """At 400 lines a file becomes a folder of the same name."""
    lines = source.text.count("\n")
    if lines > FILE_LINES_MAX:
        yield lines, f"the file has {lines} lines, {FILE_LINES_MAX} are allowed"


def long_functions(source: Source) -> Iterator[Finding]:
    """A function says one thing; what it defines inside is counted for itself."""
    for node in functions(source):
        inner = [child for child in node.body if isinstance(child, FUNCTION)]
        lines = length(node) - sum(map(length, inner))
        if lines > FUNCTION_LINES_MAX:
            yield node.lineno, f"{node.name} has {lines} lines, {FUNCTION_LINES_MAX} are allowed"


def empty_names(source: Source) -> Iterator[Finding]:
    """If a thing has no home, it has no name yet."""
    parts = source.path.removesuffix(".py").split("/")
    for word in {word for part in parts for word in part.split("_")} & EMPTY_NAMES:
        yield 1, f"'{word}' in a path says nothing"
    for node in source.walk():
        if isinstance(node, ast.ClassDef):
            words = {word.lower() for word in re.findall(r"[A-Z][a-z]*", node.name)}
            for word in words & EMPTY_NAMES:
                yield node.lineno, f"'{word}' in the name {node.name} says nothing"


def missing_openings(source: Source) -> Iterator[Finding]:
    """A file opens with a sentence that says what it is for."""
    if source.path.endswith("__init__.py") and not source.is_product:
        return
    opening = (ast.get_docstring(source.tree) or "").strip()
    if not opening:
        yield 1, "the file does not say what it is for"
    elif not re.search(r"[.!?:]$", opening.split("\n\n")[0].strip()):
        yield 1, "the file's opening is not a sentence"


def late_imports(source: Source) -> Iterator[Finding]:
    """No imports inside functions: the urge for one is a design report."""
    for function in functions(source):
        for node in ast.walk(function):
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield node.lineno, f"{function.name} imports inside"


def loading_by_name(source: Source) -> Iterator[Finding]:
    """Only entry points and compose load a module by its dotted name."""
    if not source.is_product or source.path.startswith(LOADERS):
        return
    for node in source.walk():
        if isinstance(node, ast.Name | ast.Attribute) and name_of(node) in {
            "import_module",
            "__import__",
        }:
            yield node.lineno, "loads a module by name"


def type_checking_blocks(source: Source) -> Iterator[Finding]:
    """A cycle is a design report, not a typing problem."""
    for node in source.walk():
        if isinstance(node, ast.Name | ast.Attribute) and name_of(node) == "TYPE_CHECKING":
            yield node.lineno, "has a block for type checkers"


def catching_everything(source: Source) -> Iterator[Finding]:
    """Only the supervisor, the route boundary and the job runner catch what they can't name."""
    if source.path in CATCHERS or not source.is_product:
        return
    for node in source.walk():
        if isinstance(node, ast.ExceptHandler) and catches_everything(node):
            yield node.lineno, "catches everything"


def catches_everything(handler: ast.ExceptHandler) -> bool:
    """Say whether a handler would catch every error; one that raises again lets it pass."""
    caught = [handler.type] if not isinstance(handler.type, ast.Tuple) else handler.type.elts
    broad = any(kind is None or name_of(kind) in {"Exception", "BaseException"} for kind in caught)
    passes_on = any(isinstance(node, ast.Raise) and node.exc is None for node in ast.walk(handler))
    return broad and not passes_on


def ownerless_todos(source: Source) -> Iterator[Finding]:
    """What is to be done has an owner and a date."""
    if source.path == "tests/architecture/rules.py":
        return
    for number, line in enumerate(source.text.splitlines(), 1):
        if TODO.search(line) and not OWNED_TODO.search(line):
            yield number, "write '# TODO(owner, 2026-12-31): …'"


def heavy_imports(source: Source) -> Iterator[Finding]:
    """Heavy packages are imported by engines only: the base install starts in two seconds."""
    if not source.is_product or is_engine(source):
        return
    for node in source.walk():
        for name in imported(node):
            if name.split(".")[0] in HEAVY:
                yield getattr(node, "lineno", 1), f"imports {name} outside of an engine"


def is_engine(source: Source) -> bool:
    """Say whether a file is one that only compose loads."""
    parts = source.path.split("/")
    return (
        {"engines", "providers", "runners"} & set(parts[:-1]) != set()
        or source.path in LATE
        or source.path.endswith("_child.py")
    )


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """How many lines a function takes."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def functions(source: Source) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a file."""
    for node in source.walk():
        if isinstance(node, FUNCTION):
            yield node


def imported(node: ast.AST) -> Iterator[str]:
    """The dotted names that an import statement names."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        yield node.module
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def name_of(node: ast.AST) -> str:
    """The last word of a name or attribute."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


RULES: tuple[Rule, ...] = (
    long_files,
    long_functions,
    empty_names,
    missing_openings,
    late_imports,
    loading_by_name,
    type_checking_blocks,
    catching_everything,
    ownerless_todos,
    heavy_imports,
)
