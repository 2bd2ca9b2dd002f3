"""What comes from elsewhere keeps its dates, and whose words they are."""

import io
import json
import zipfile
from datetime import datetime

import pytest
from sqlalchemy import select

from backend.platform.database.tables import messages
from backend.trust.identity import CredentialKind
from backend.trust.identity.types import SCOPES, NewCredential
from tests.contract.memory.porting_house import House, inside

# ── from elsewhere ───────────────────────────────────────────────────────────────────────────
JSONL = b"""{"id": "1", "speaker": "user", "text": "I live in Rome.", "timestamp": "2021-03-04T05:06:07Z", "session": "a"}
{"id": "2", "speaker": "assistant", "text": "I live in a computer.", "timestamp": 1614834400, "session": "a"}
"""  # noqa: E501 - one turn is one line
CHATGPT = [
    {
        "conversation_id": "c1",
        "create_time": 1600000000.5,
        "current_node": "n4",
        "mapping": {
            "n0": {"id": "n0", "message": None, "parent": None, "children": ["n1"]},
            "n1": {
                "parent": "n0",
                "children": ["n2", "n3"],
                "message": {
                    "id": "m1",
                    "author": {"role": "user"},
                    "create_time": 1600000001.0,
                    "content": {
                        "content_type": "multimodal_text",
                        "parts": [{"content_type": "image_asset_pointer"}, "My cat is called Mia."],
                    },
                },
            },
            "n2": {
                "parent": "n1",
                "children": [],
                "message": {
                    "id": "m2",
                    "author": {"role": "assistant"},
                    "create_time": 1600000002.0,
                    "content": {"content_type": "text", "parts": ["Thrown away."]},
                },
            },
            "n3": {
                "parent": "n1",
                "children": ["n4"],
                "message": {
                    "id": "m3",
                    "author": {"role": "system"},
                    "content": {"content_type": "text", "parts": ["hidden"]},
                },
            },
            "n4": {
                "parent": "n3",
                "children": [],
                "message": {
                    "id": "m4",
                    "author": {"role": "assistant"},
                    "create_time": None,
                    "content": {"content_type": "text", "parts": ["I am called GPT."]},
                },
            },
        },
    }
]
CLAUDE = [
    {
        "uuid": "c1",
        "created_at": "2024-01-01T00:00:00Z",
        "chat_messages": [
            {
                "uuid": "m1",
                "sender": "human",
                "text": "I live in Oslo.",
                "created_at": "2024-01-02T03:04:05.678901Z",
            },
            {
                "uuid": "m2",
                "sender": "assistant",
                "text": "",
                "created_at": "2024-01-02T03:04:06Z",
                "content": [{"type": "text", "text": "I live nowhere."}],
            },
            {
                "uuid": "m3",
                "sender": "human",
                "text": "",
                "created_at": "2024-01-02T03:05:06Z",
                "files": [{"file_name": "a.png"}],
            },
        ],
    }
]
MEM0 = {
    "relations": [{"source": "x"}],
    "results": [
        {
            "id": "a",
            "memory": "Likes strong tea",
            "created_at": "2023-05-06T07:08:09-07:00",
            "metadata": None,
        },
        {
            "id": "b",
            "memory": "Plays chess",
            "created_at": None,
            "updated_at": "2023-06-06T00:00:00Z",
        },
    ],
}


def zipped(name: str, content: object) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("chat.html", "<p>")
        archive.writestr(name, json.dumps(content))
    return out.getvalue()


FILES: dict[str, tuple[bytes, str, list[tuple[str, str, str]]]] = {
    "jsonl": (
        JSONL,
        "jsonl",
        [
            ("1", "import", "2021-03-04T05:06:07Z"),
            ("2", "companion", "2021-03-04T05:06:40Z"),
        ],
    ),
    "chatgpt": (
        json.dumps(CHATGPT).encode(),
        "chatgpt",
        [
            ("chatgpt:m1", "import", "2020-09-13T12:26:41Z"),
            ("chatgpt:m4", "companion", "2020-09-13T12:26:41Z"),
        ],
    ),
    "claude's zip": (
        zipped("conversations.json", CLAUDE),
        "claude",
        [
            ("claude:m1", "import", "2024-01-02T03:04:05Z"),
            ("claude:m2", "companion", "2024-01-02T03:04:06Z"),
            ("claude:m3", "import", "2024-01-02T03:05:06Z"),
        ],
    ),
    "mem0": (
        json.dumps(MEM0, indent=2).encode(),
        "mem0",
        [
            ("mem0:a", "import", "2023-05-06T14:08:09Z"),
            ("mem0:b", "import", "2023-06-06T00:00:00Z"),
        ],
    ),
}


@pytest.mark.parametrize("name", FILES)
async def test_a_history_keeps_its_dates_and_whose_words_they_are(house: House, name: str) -> None:
    content, kind, expected = FILES[name]
    seen = await house.ask("POST", "/v1/import", content=content, params={"dry_run": "true"})
    assert (seen.json()["kind"], seen.json()["messages"]) == (kind, len(expected))
    assert await house.count(messages) == 0
    result = await house.bring(content)
    assert result["added"]["messages"] == len(expected)
    async with house.parts.database.reading() as connection:
        rows = (await connection.execute(select(messages).order_by(messages.c.external_id))).all()
    assert [(row.external_id, row.role, row.said_at // 1_000_000) for row in rows] == [
        (external_id, role, moment(at)) for external_id, role, at in expected
    ]
    assert not [row for row in rows if row.role == "companion" and row.is_recallable]
    again = await house.bring(content)
    assert (again["added"], again["known"]) == ({}, len(expected))


def moment(written: str) -> int:
    return int(datetime.fromisoformat(written).timestamp())


async def test_facts_are_learnt_with_the_date_on_which_they_were_told(house: House) -> None:
    await house.bring(JSONL)
    (fact,) = (await house.ask("GET", "/v1/facts")).json()["facts"]
    assert (fact["object"], fact["since"], fact["said_by"]) == (
        "Rome",
        "2021-03-04T05:06:07Z",
        "import",
    )


async def test_one_id_in_other_words_is_a_conflict_and_not_here_before(house: House) -> None:
    twice = (
        b'{"id": "1", "text": "I like tea.", "timestamp": 1614834400}\n'
        b'{"id": "1", "text": "I like tea.", "timestamp": 1614834400}\n'
        b'{"id": "1", "text": "I like rum.", "timestamp": 1614834400}\n'
    )
    result = await house.bring(twice)
    assert (result["added"]["messages"], result["known"]) == (1, 1)
    assert (result["conflicts"], result["conflicts_at"]) == (1, [3])
    async with house.parts.database.reading() as connection:
        assert (await connection.execute(select(messages.c.text))).scalar_one() == "I like tea."
    later = await house.bring(twice.replace(b"tea", b"gin"), again="true")
    assert (later["added"], later["known"], later["conflicts_at"]) == ({}, 0, [1, 2, 3])


async def test_who_names_no_speaker_brings_in_words_of_their_own(house: House) -> None:
    told = (
        b'{"id": "1", "text": "I live in Rome.", "timestamp": "2021-03-04T05:06:07Z"}\n'
        b'{"id": "2", "role": "assistant", "text": "I work as a baker.", "timestamp": 1614834400}\n'
        b'{"id": "3", "speaker": "", "text": "I have a dog.", "timestamp": 1614834401}\n'
    )
    await house.bring(told)
    facts = (await house.ask("GET", "/v1/facts")).json()["facts"]
    assert {(fact["subject"], fact["object"]) for fact in facts} == {
        ("", "Rome"),
        ("", "a dog"),
    }
    assert {fact["said_by"] for fact in facts} == {"import"}


async def test_a_date_that_a_message_does_not_have_is_counted(house: House) -> None:
    bad = json.loads(json.dumps(CLAUDE))
    bad[0]["chat_messages"][0]["created_at"] = "yesterday"
    look = {"dry_run": "true"}
    seen = await house.ask("POST", "/v1/import", content=json.dumps(bad).encode(), params=look)
    assert (seen.json()["undated"], seen.json()["messages"]) == (1, 3)
    seen = await house.ask("POST", "/v1/import", content=json.dumps(CHATGPT).encode(), params=look)
    assert seen.json()["undated"] == 1
    seen = await house.ask("POST", "/v1/import", content=JSONL, params=look)
    assert seen.json()["undated"] == 0


async def test_the_answer_to_a_question_about_a_secret_is_left_out(house: House) -> None:
    told = (
        b'{"id": "1", "role": "ai", "text": "What is the wifi password?", "timestamp": 1}\n'
        b'{"id": "2", "text": "Gartenzwerg15", "timestamp": 2}\n'
        b'{"id": "3", "text": "It is Kirschbaum77, my new passphrase.", "timestamp": 3}\n'
    )
    await house.bring(told)
    async with house.parts.database.reading() as connection:
        kept = str((await connection.execute(select(messages.c.text))).scalars().all())
    assert "Gartenzwerg15" not in kept
    assert "Kirschbaum77" not in kept


async def test_garbage_is_told_with_its_line_and_refused_whole_or_passed_over(house: House) -> None:
    content = JSONL + b'{"id": "3"\n\xff\xfe\n{"id": "4", "text": "no date"}\n'
    answer = await house.ask("POST", "/v1/import", content=content, params={"from": "jsonl"})
    assert answer.status_code == 400
    assert "line 3" in answer.json()["error"]["message"]
    assert await house.count(messages) == 0
    query = {"from": "jsonl", "dry_run": "true"}
    seen = (await house.ask("POST", "/v1/import", content=content, params=query)).json()
    assert [each["line"] for each in seen["shown"]] == [3, 4, 5]
    (none,) = (await house.ask("POST", "/v1/import", content=JSONL + b"[]\n", params=query)).json()[
        "shown"
    ]
    assert none["why"] == "no object with fields"
    result = await house.bring(content, **{"from": "jsonl", "lenient": "true"})
    assert (result["added"]["messages"], result["passed_over"]) == (2, 3)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"PK\x03\x04 no", b"\x00" * 99, b"null"])
async def test_a_file_of_nobody_is_refused(house: House, content: bytes) -> None:
    answer = await house.ask("POST", "/v1/import", content=content)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["cure"]


async def test_what_was_forgotten_does_not_come_again_with_the_same_file(house: House) -> None:
    await house.bring(JSONL)
    async with house.parts.database.reading() as connection:
        query = select(messages.c.id).where(messages.c.external_id == "1")
        message_id = (await connection.execute(query)).scalar_one()
    await house.ask("POST", "/v1/forget", json={"what": "message", "id": message_id})
    result = await house.bring(JSONL)
    assert result["added"] == {}
    assert result["forgotten"] >= 1


async def test_what_was_forgotten_comes_again_when_it_is_wanted_so(house: House) -> None:
    await house.bring(JSONL)
    first = select(messages.c.id).where(messages.c.external_id == "1")
    async with house.parts.database.reading() as connection:
        before = (await connection.execute(first)).scalar_one()
    gone = await house.ask("POST", "/v1/forget", json={"what": "message", "id": before})
    result = await house.bring(JSONL, again="true")
    assert result["added"]["messages"] == gone.json()["things"]["message"]
    assert result["forgotten"] == 0
    async with house.parts.database.reading() as connection:
        assert (await connection.execute(first)).scalar_one() != before, "that name is buried"
    assert (await house.bring(JSONL, again="true"))["added"] == {}


async def test_from_an_export_nothing_forgotten_comes_again(house: House) -> None:
    export = await house.export()
    answer = await house.ask("POST", "/v1/import", content=export, params={"again": "true"})
    assert answer.status_code == 400, answer.text
    assert "--again" in answer.json()["error"]["cure"]


async def test_a_token_of_a_program_moves_nothing_without_the_scope_operate(house: House) -> None:
    owner = house.owner
    wanted = NewCredential(
        CredentialKind.API, owner.owner_id, person_id=owner.id, scopes=SCOPES - {"operate"}, name=""
    )
    async with house.parts.database.transaction() as tx:
        house.token = (await house.parts.identity.issue(tx, wanted)).token
    assert (await house.ask("GET", "/v1/export")).status_code == 403
    assert (await house.ask("POST", "/v1/import", content=JSONL)).status_code == 403


async def test_halves_of_characters_and_nul_are_taken_in_and_along(house: House) -> None:
    content = b'{"id": "1", "text": "odd \\ud83d \\u0000 end", "timestamp": 1614834400}\n'
    await house.bring(content, **{"from": "jsonl"})
    files = inside(await house.export())
    (line,) = files["data/messages.jsonl"].splitlines()
    assert json.loads(line)["text"] == "odd ?  end"
