"""What happened is held against what was expected."""

from typing import Any

import pytest

from backend.cli.script import Outcome, judged
from backend.cli.script.types import Expectation

HAPPENED = Outcome(
    said=("It is the fourth of May.", "it's the 4th of may"),
    heard="When is the birthday?",
    wait_s=0.8,
    stop_s=0.15,
    goes_on=True,
    is_hung_up=True,
    ended_by="goodbye",
)


@pytest.mark.parametrize(
    ("wanted", "is_met"),
    [
        ({"says": ["FOURTH"]}, True),
        ({"says": ["4th"]}, True),  # as it was heard aloud
        ({"says": ["/may\\.?$/"]}, True),
        ({"says": ["June"]}, False),
        ({"says_not": ["June"]}, True),
        ({"says_not": ["May"]}, False),
        ({"hears": ["birthday"]}, True),
        ({"hears": ["Anna"]}, False),
        ({"within": 1.0}, True),
        ({"within": 0.5}, False),
        ({"stops_within": 0.2}, True),
        ({"goes_on": True}, True),
        ({"goes_on": False}, False),
        ({"hung_up": True}, True),
        ({"hung_up": False}, False),
        ({"ended_by": "goodbye"}, True),
        ({"ended_by": "caller"}, False),
    ],
)
def test_an_expectation_is_met_or_not(wanted: dict[str, Any], is_met: bool) -> None:
    (finding,) = judged(Expectation(**wanted), HAPPENED)
    assert finding.is_met is is_met


def test_silence_meets_no_limit() -> None:
    findings = judged(Expectation(within=9.0, stops_within=9.0), Outcome())
    assert [(finding.is_met, finding.detail) for finding in findings] == [
        (False, "no sound came"),
        (False, "it spoke on"),
    ]


def test_each_thing_expected_has_its_own_finding() -> None:
    findings = judged(Expectation(says=["May", "June"], within=1.0), HAPPENED)
    assert [finding.is_met for finding in findings] == [True, False, True]
    assert "It is the fourth" in findings[1].detail
