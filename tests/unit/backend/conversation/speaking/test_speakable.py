"""What a voice is given to say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.conversation.speaking import speakable


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        # markdown
        ("**Bold**, *soft* and `code`", "Bold, soft and code"),
        ("# Title\n- one\n- two", "Title one two"),
        ("see [the page](https://x.org/a?b=c) now", "see the page now"),
        ("| a | b |\n|---|---|\n| c | d |", ", a, b, c, d,"),
        ("before ```code here``` after", "before after"),
        ("snake_case_name", "snake case name"),
        # addresses
        ("See https://www.example.com/a?b=c.", "See example dot com."),
        ("Write to anna@example.com", "Write to anna at example dot com"),
        # money
        ("It costs $12.50.", "It costs twelve dollars and fifty cents."),
        ("$1", "one dollar"),
        ("£1.01", "one pound and one penny"),
        ("€1,200", "one thousand two hundred euros"),
        ("$3.5 million", "three point five million dollars"),
        # dates and times
        ("on 2026-05-04", "on May fourth, twenty twenty-six"),
        ("on May 4", "on May fourth"),
        ("on May 4th, 1987.", "on May fourth, nineteen eighty-seven."),
        ("on the 4th of May", "on the fourth of May"),
        ("on the 4 May", "on the fourth of May"),
        ("at 14:30", "at two thirty P M"),
        ("at 7:05 am", "at seven oh five A M"),
        ("at 3pm", "at three P M"),
        ("at 00:00", "at twelve A M"),
        ("99:99", "ninety-nine:ninety-nine"),
        # numbers
        ("1,234 of 0.5", "one thousand two hundred thirty-four of zero point five"),
        ("-5°C and 50%", "minus five degrees Celsius and fifty percent"),
        ("in 1987", "in nineteen eighty-seven"),
        ("10-20 people", "ten to twenty people"),
        ("room 12A", "room twelve A"),
        ("code 007", "code zero zero seven"),
        ("2 * 3 = 6", "two times three equals six"),
        (
            "Call +1 415 555 0100",
            "Call plus one, four one five, five five five, zero one zero zero",
        ),
        ("salt & pepper", "salt and pepper"),
        ("done 😀 → next", "done next"),
    ],
)
def test_it_is_written_as_it_is_said(written: str, spoken: str) -> None:
    assert speakable(written) == spoken


@given(st.text(max_size=200))
def test_no_text_breaks_it_and_no_markup_is_left(text: str) -> None:
    spoken = speakable(text)
    assert not set(spoken) & set("*_#`<>{}[]|\\")
    assert spoken == spoken.strip()


@given(st.text(alphabet="abc 0123456789.,:$%", max_size=80))
def test_what_was_made_speakable_stays_as_it_is(text: str) -> None:
    once = speakable(text)
    assert speakable(once).replace(" ", "") == once.replace(" ", "")
