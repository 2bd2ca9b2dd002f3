"""Every file has the shape that the house's style asks for, and the rules do catch."""

import pytest

from tests.architecture import rules
from tests.architecture.tree import Source, sources

OPENING = '"""Says what it is for."""\n'
PLANTED = [
    (rules.long_files, "backend/kernel/x.py", OPENING + "x = 1\n" * 400),
    (rules.long_functions, "backend/kernel/x.py", OPENING + "def f():\n" + "    g()\n" * 60),
    (rules.empty_names, "backend/memory/graph_helpers.py", OPENING),
    (rules.empty_names, "backend/memory/graph.py", OPENING + "class CallManager:\n    x = 1\n"),
    (rules.missing_openings, "backend/kernel/x.py", "x = 1\n"),
    (rules.missing_openings, "backend/kernel/x.py", '"""Helpers"""\n'),
    (rules.late_imports, "backend/kernel/x.py", OPENING + "def f():\n    import os\n"),
    (rules.loading_by_name, "backend/llm/x.py", OPENING + "importlib.import_module('x')\n"),
    (rules.type_checking_blocks, "sync/x.py", OPENING + "if typing.TYPE_CHECKING:\n    x = 1\n"),
    (rules.catching_everything, "sync/x.py", OPENING + "try:\n    f()\nexcept:\n    pass\n"),
    (
        rules.catching_everything,
        "sync/x.py",
        OPENING + "try:\n    f()\nexcept (ValueError, Exception):\n    pass\n",
    ),
    (rules.ownerless_todos, "sync/x.py", OPENING + "# TO" + "DO: some day\n"),
    (rules.heavy_imports, "backend/llm/x.py", OPENING + "from openai import OpenAI\n"),
]


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_no_file_breaks_a_rule(rule: rules.Rule) -> None:
    findings = [
        f"{source.path}:{line}: {finding}" for source in sources() for line, finding in rule(source)
    ]
    assert not findings, f"{rule.__doc__}\n" + "\n".join(findings)


@pytest.mark.parametrize(
    ("rule", "path", "text"), PLANTED, ids=lambda value: getattr(value, "__name__", "")
)
def test_a_planted_violation_is_caught(rule: rules.Rule, path: str, text: str) -> None:
    assert list(rule(Source(path, text)))
