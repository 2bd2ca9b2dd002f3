"""What jobs may be told."""

import pytest

from backend.kernel.errors import Invalid
from backend.platform.jobs.payloads import IDS_MAX, PAYLOADS, Payloads, check_result
from backend.platform.jobs.types import family_of

BOOK = Payloads(PAYLOADS)


def test_every_name_has_a_family() -> None:
    assert all(family_of(name) for name in PAYLOADS)


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("memory.embed", {"message_ids": ["m"]}),
        ("delivery.watch", {"delivery_id": "d", "attempt": 1, "look": 2}),
        ("documents.project", {"document_id": "d", "cursor": 7}),
        ("upkeep.prune", {"planned_at": 1}),
        ("upkeep.prune", {}),
    ],
)
def test_what_is_right_is_let_through(name: str, payload: dict[str, object]) -> None:
    BOOK.check(name, payload)


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("memory.embed", {}),
        ("memory.embed", {"message_ids": ["m"] * (IDS_MAX + 1)}),
        ("memory.embed", {"message_ids": ["m"], "text": "what somebody said"}),
        ("delivery.watch", {"delivery_id": "d", "attempt": "1", "look": 0}),
        ("documents.project", {"document_id": "", "cursor": 7}),
        ("documents.project", {"document_id": "d", "cursor": True}),
        ("memory.unheard_of", {}),
    ],
)
def test_what_is_malformed_is_refused_and_its_values_are_not_repeated(
    name: str, payload: dict[str, object]
) -> None:
    with pytest.raises(Invalid) as refusal:
        BOOK.check(name, payload)
    assert "somebody" not in refusal.value.message


def test_without_a_table_only_bounded_json_is_asked_for() -> None:
    Payloads().check("memory.embed", {"anything": [1, None, {"deep": True}]})
    for wrong in ({"bytes": b"x"}, {"long": "x" * 100_000}, {"nan": float("inf")}):
        with pytest.raises(Invalid):
            Payloads().check("memory.embed", wrong)


def test_a_result_is_a_small_json_object_or_nothing() -> None:
    check_result("memory.embed", None)
    check_result("memory.embed", {"embedded": 3})
    with pytest.raises(Invalid):
        check_result("memory.embed", {"vector": [0.1] * 100_000})
