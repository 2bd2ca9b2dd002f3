"""The telephone on the command line: what is missing, named as the operator sets it."""

import json

import pytest

from tests.fakes.scripted_instance import ScriptedInstance
from tests.unit.backend.cli.conftest import Ringback

FINDING = {"level": "wrong", "what": "No Twilio account is set.", "cure": "set TWILIO_ACCOUNT_SID"}
CAPS = {"calls": 20, "texts": 50, "minutes": 120}
UNSET = {
    "is_ready": False,
    "is_configured": False,
    "number": "",
    "choices": [],
    "findings": [FINDING],
    "used": {"calls": 0, "texts": 0, "minutes": 0},
    "caps": CAPS,
    "live": 0,
    "countries": [],
    "quiet_hours": "22:00-08:00",
}
SET = UNSET | {"is_ready": True, "is_configured": True, "findings": [], "countries": ["US"]}


@pytest.fixture
def door(instance: ScriptedInstance) -> ScriptedInstance:
    instance.answer("GET", "/v1/deliveries", {"deliveries": []})
    return instance


@pytest.mark.parametrize("flags", [(), ("--json",)])
def test_status_fails_while_the_telephone_is_not_configured(
    ringback: Ringback, door: ScriptedInstance, flags: tuple[str, ...]
) -> None:
    door.answer("GET", "/v1/phone", UNSET)
    assert ringback("phone", "status", *flags).status == 1
    door.answer("GET", "/v1/phone", SET)
    assert ringback("phone", "status", *flags).status == 0


def test_status_names_the_settings_that_let_somebody_be_reached(
    ringback: Ringback, door: ScriptedInstance
) -> None:
    door.answer("GET", "/v1/phone", UNSET)
    told = ringback("phone", "status").out
    assert "no country yet" in told
    assert "RINGBACK_PHONE__COUNTRIES=" in told
    door.answer("GET", "/v1/phone", SET)
    assert "RINGBACK_PHONE__COUNTRIES" not in ringback("phone", "status").out


def test_status_as_json_is_told_whole(ringback: Ringback, door: ScriptedInstance) -> None:
    door.answer("GET", "/v1/phone", UNSET)
    told = json.loads(ringback("phone", "status", "--json").out)
    assert (told["is_configured"], told["deliveries"]) == (False, [])


def test_help_says_when_status_fails(ringback: Ringback) -> None:
    assert "Exits with 1" in ringback("phone", "status", "--help").out
