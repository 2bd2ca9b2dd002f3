"""Who is meant by a name, whatever order things were said in."""

from itertools import permutations

import pytest

from backend.memory.facts.claims import Claim
from backend.memory.facts.naming import Named, Names
from tests.unit.backend.memory.facts.test_believing import claim

SISTER = claim("Porto", 2, name="Anna", qualifier="sister")
AT_WORK = claim("Rome", 5, name="Anna", qualifier="from work")


def meant(asked: Claim, *known: Claim) -> set[tuple[str, str]]:
    found = set()
    for order in permutations(known):
        names = Names()
        names.introduce(order)
        found.add(names.of(asked))
    return found


@pytest.mark.parametrize(
    ("day", "known", "which"),
    [
        (1, (), ""),
        (9, (SISTER,), "sister"),
        (1, (SISTER,), "sister"),  # she was introduced later
        (3, (SISTER, AT_WORK), "sister"),  # the only one by then
        (9, (SISTER, AT_WORK), ""),  # it stays open which
        (1, (SISTER, AT_WORK), "sister"),
    ],
)
def test_anna_is_the_one_that_was_known(day: int, known: tuple[Claim, ...], which: str) -> None:
    assert meant(claim("Oslo", day, name="Anna"), *known) == {("anna", which)}


def test_my_sister_is_the_one_that_is_named() -> None:
    asked = claim("Oslo", 9, name="sister", qualifier="sister")
    assert meant(asked) == {("sister", "sister")}
    is_anna = claim("Anna", 3, predicate="sister")
    is_berta = claim("Berta", 4, predicate="sister")
    assert meant(asked, is_anna) == {("anna", "sister")}
    assert meant(asked, is_anna, is_berta) == {("sister", "sister")}


def test_a_merged_name_leads_to_the_one_that_is_kept() -> None:
    names = Names(merged={("ann", ""): Named("Anna"), ("anna", ""): Named("Hanna", "sister")})
    assert names.of(claim("Oslo", 1, name="Ann")) == ("hanna", "sister")
    assert names.called(("hanna", "sister"), []) == Named("Hanna", "sister")


def test_merges_in_a_circle_end() -> None:
    names = Names(merged={("a", ""): Named("b"), ("b", ""): Named("a")})
    assert names.kept(("a", "")) in {("a", ""), ("b", "")}
