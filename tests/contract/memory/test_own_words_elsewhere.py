"""What an owner said elsewhere is of the owner in the graph, whatever it calls who spoke there."""

import json

import pytest

from tests.contract.memory.porting_house import House


@pytest.mark.parametrize("speaker", ["user", "me", "Human"])
async def test_a_way_leads_from_the_owner_to_whom_they_spoke_of_elsewhere(
    house: House, speaker: str
) -> None:
    said = ("My brother Leopold lives in Graz.", "I moved to Tromso.")
    lines = [
        {"id": f"x{number}", "speaker": speaker, "text": text, "timestamp": "2024-05-01T10:00:00Z"}
        for number, text in enumerate(said)
    ]
    await house.bring(
        b"".join(json.dumps(line).encode() + b"\n" for line in lines), **{"from": "jsonl"}
    )
    for end, way in (("Leopold", 1), ("Graz", 2), ("Tromso", 1)):
        asked = {"start": house.owner.name, "end": end}
        answer = await house.ask("GET", "/v1/memory/graph/path", params=asked)
        assert len(answer.json()["steps"]) == way, answer.text
    important = (await house.ask("GET", "/v1/memory/graph/important")).json()["concepts"]
    assert speaker.lower() not in {each["name"].lower() for each in important}
