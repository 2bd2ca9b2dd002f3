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


# By what the regulators publish, not by our plan: what costs more than a call, or is shared.
PREMIUM = (
    "+1900", "+1700", "+1500", "+1600", "+1415976", "+1212976", "+1416976", "+1876976",
    "+4490", "+4491", "+4498", "+4493", "+4484", "+4487", "+4470", "+44118",
    "+49900", "+49137", "+49180", "+49190", "+49118", "+49700",
    "+3381", "+3382", "+3389", "+3386",
    "+34803", "+34806", "+34807", "+34901", "+34902", "+34905", "+34118",
    "+39892", "+39894", "+39895", "+39899", "+39144", "+39166", "+39178", "+39199", "+39840",
    "+41900", "+41901", "+41906", "+41840", "+41848", "+41878",
    "+43900", "+43901", "+43930", "+43931", "+43939", "+43810", "+43820",
    "+61190", "+611300", "+6113", "+6114",
    "+31900", "+31906", "+31909", "+3290", "+3270", "+353700", "+4590", "+46900", "+46939",
    "+47820", "+47829", "+48700", "+48701", "+351707", "+351760", "+420900", "+420906",
    "+81990", "+81570", "+64900",
    "+800", "+808", "+870", "+878", "+881", "+882", "+883", "+888", "+979",
)  # fmt: skip
EVERYWHERE = frozenset(PLAN._countries.values()) | {""}
COUNTRY_CODES = ("+44", "+49", "+33", "+34", "+41", "+43", "+61", "+31", "+46")


@pytest.mark.parametrize("prefix", PREMIUM)
@given(rest=st.text("0123456789", min_size=4, max_size=9))
def test_no_number_of_a_premium_range_passes(prefix: str, rest: str) -> None:
    number = f"{prefix}{rest}"
    spellings = [number, f"00{number[1:]}", f"tel:{number}", " ".join(number)]
    spellings += [
        f"{code}(0){number.removeprefix(code)}" for code in COUNTRY_CODES if number.startswith(code)
    ]
    for spelling in spellings:
        assert isinstance(PLAN.check(spelling, EVERYWHERE), Refusal), spelling


@given(area=st.from_regex(r"[2-9][0-8][0-9]", fullmatch=True), last=st.integers(0, 9_999))
def test_the_premium_exchange_is_refused_in_every_area(area: str, last: int) -> None:
    assert code(f"+1{area}976{last:04}") == "premium" or area.endswith("11")


@given(st.text("0123456789", min_size=1, max_size=6))
def test_no_short_code_passes(digits: str) -> None:
    assert code(digits) in {"short_code", "emergency"}


@pytest.mark.parametrize(
    "number",
    [
        "+390892345678",
        "+390112345678",
        "+390451234567",
        "+35318501234",
        "+4915112345678",
        "+499111234567",
        "+431181234",
        "+4690123456",
        "+41911234567",
        "+33123456789",
        "+34912345678",
        "+61412345678",
        "+18005550123",
        "+3271123456",
    ],
)
def test_an_ordinary_number_beside_a_premium_range_passes(number: str) -> None:
    assert PLAN.read(number) == number


@pytest.mark.parametrize("number", ["+19115551234", "+10155551234", "+1415555", "+14150551234"])
def test_what_is_no_number_in_north_america_is_not_tried(number: str) -> None:
    assert code(number) in {"invalid", "emergency"}


@given(st.text(max_size=40))
def test_whatever_is_typed_is_a_number_or_a_reason(text: str) -> None:
    read = PLAN.read(text)
    assert isinstance(read, Refusal) or (read.startswith("+") and 8 <= len(read) <= 16)
