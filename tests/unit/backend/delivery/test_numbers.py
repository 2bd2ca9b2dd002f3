"""Which numbers are rung, and which never."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.delivery.numbers import NumberPlan
from backend.delivery.types import Refusal

PLAN = NumberPlan()


def code(text: str) -> str:
    read = PLAN.read(text)
    return read.code if isinstance(read, Refusal) else ""


@pytest.mark.parametrize("number", ["911", "112", "999", "000", "110", "113", "119", "190", "1122"])
@pytest.mark.parametrize(
    "spelling",
    [
        "{}",
        " {} ",
        "tel:{}",
        "+1{}",
        "+1 ({})",
        "0044{}",
        "011 49 {}",
        "*{}",
        "{}#",
        "9-{}",
        "{},,1",
    ],
)
def test_an_emergency_number_is_refused_in_every_spelling(number: str, spelling: str) -> None:
    assert code(spelling.format(number)) in {"emergency", "short_code"}
    assert code(number) == "emergency"


@pytest.mark.parametrize(
    "text",
    ["9-1-1", "9 1 1", "9.1.1", "\uff19\uff11\uff11", "\u0669\u0661\u0661", "(112)", "tel:+1-911"],
)
def test_it_is_the_digits_that_count(text: str) -> None:
    assert code(text) == "emergency"


@pytest.mark.parametrize(
    "number",
    [
        "+19005551234",
        "+14159765555",
        "+15005550006",
        "+449098790123",
        "+448719990123",
        "+447012345678",
        "+33899701234",
        "+49900112345678",
        "+881612345678",
        "+882161234567",
        "+870773112345",
        "+80012345678",
        "+979123456789",
        "+390878912345678",
    ],
)
def test_what_is_dear_is_refused_whatever_the_settings_say(number: str) -> None:
    every_country = set(["US", "GB", "FR", "DE", "IT", "CA"]) | {""}
    read = PLAN.check(number, every_country)
    assert isinstance(read, Refusal)


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("+14155550123", "US"),
        ("+16045550123", "CA"),
        ("+18765551234", "JM"),
        ("+18095551234", "DO"),
        ("+12425551234", "BS"),
        ("+442079460123", "GB"),
        ("+447797712345", "JE"),
        ("+4930123456", "DE"),
        ("+77012345678", "KZ"),
        ("+79161234567", "RU"),
        ("+358181234567", "AX"),
    ],
)
def test_a_number_belongs_to_its_own_country(number: str, country: str) -> None:
    assert PLAN.country_of(number) == country
    assert PLAN.check(number, {country}) == number
    other = PLAN.check(number, {"SE"})
    assert isinstance(other, Refusal)
    assert other.code == "country"


@pytest.mark.parametrize("number", ["+19115551234", "+10155551234", "+1415555", "+14150551234"])
def test_what_is_no_number_in_north_america_is_not_tried(number: str) -> None:
    assert code(number) in {"invalid", "emergency"}


@given(st.text(max_size=40))
def test_whatever_is_typed_is_a_number_or_a_reason(text: str) -> None:
    read = PLAN.read(text)
    assert isinstance(read, Refusal) or (read.startswith("+") and 8 <= len(read) <= 16)
