"""`ringback forget member` and `people remove --forget`: counted, asked for, and only then gone."""

import json

from tests.fakes.scripted_instance import ScriptedInstance
from tests.unit.backend.cli.conftest import Ringback
from tests.unit.backend.cli.test_commands import MIA

ENDED = {"dry_run": False, "id": "f1", "stores": {"messages": 3}, "unreached": [], "undo": "No."}


def test_a_member_is_removed_with_their_memory(
    ringback: Ringback, instance: ScriptedInstance
) -> None:
    instance.answer("GET", "/v1/people", {"people": [MIA]})
    instance.answer("DELETE", "/v1/people/p1", b"", status=204)
    instance.answer("POST", "/v1/people/p1/forget", ENDED)
    looked = ringback("people", "remove", "mia", "--dry-run")
    assert "3  messages" in looked.out
    assert [asked[0] for asked in instance.asked] == ["GET", "POST"]  # nobody is removed by a look
    assert ringback("people", "remove", "mia", "--forget").status == 2  # nobody there to ask
    assert "DELETE" not in [asked[0] for asked in instance.asked]
    done = ringback("people", "remove", "mia", "--forget", "--yes")
    assert done.out.startswith("✓ Forgotten: what Mia had told.")
    assert [asked[0] for asked in instance.asked[-2:]] == ["DELETE", "POST"]


def test_who_speaks_to_the_owners_memory_leaves_none_to_forget(
    ringback: Ringback, instance: ScriptedInstance
) -> None:
    instance.answer("GET", "/v1/people", {"people": [MIA | {"role": "household"}]})
    done = ringback("people", "remove", "mia", "--forget", "--yes")
    assert "ringback forget person Mia" in done.err
    assert [asked[0] for asked in instance.asked] == ["GET"]


def test_what_removed_members_have_left_is_listed_and_forgotten(
    ringback: Ringback, instance: ScriptedInstance
) -> None:
    left = {"id": "0000-p1abcdef", "name": "Mia", "state": "kept", "stores": {"messages": 3}}
    instance.answer("GET", "/v1/people/removed", {"memories": [left]})
    instance.answer("POST", "/v1/people/0000-p1abcdef/forget", ENDED)
    assert "p1abcdef" in ringback("forget", "member").out
    assert ringback("forget", "member", "Eve", "--yes").status == 1
    done = ringback("forget", "member", "p1abcdef", "--yes", "--json")
    assert json.loads(done.out) == ENDED
