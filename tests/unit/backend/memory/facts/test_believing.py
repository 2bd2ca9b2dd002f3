"""What is true follows from what was said, in the order in which it was said."""

from dataclasses import replace

import pytest

from backend.kernel.clock import DAY, Instant
from backend.kernel.people import Assurance
from backend.memory.facts.believing import Episode, Verdict, settle
from backend.memory.facts.claims import Claim, Weight, slot_of, weight_of
from backend.memory.facts.sameness import object_key
from backend.memory.facts.types import Retraction, SaidBy


def claim(place: str, day: int, **more: object) -> Claim:
    made = Claim(
        id=f"{place}-{day}",
        fact_id="",
        message_id=f"m{day}",
        name="",
        qualifier="",
        predicate="lives in",
        object=place,
        statement="",
        quote="",
        confidence=0.8,
        is_pinned=False,
        is_ended=False,
        is_explicit=False,
        is_withdrawn=False,
        speaker="Sam",
        said_by=SaidBy.OWNER,
        person_id="",
        assurance=Assurance.HELD,
        channel="",
        reader="rules",
        said_at=Instant(day * DAY),
        valid_from=None,
        learnt_at=Instant(0),
        conversation_id="",
        second=None,
    )
    return replace(made, **more)  # type: ignore[arg-type]  # any field, by its name


def told(episodes: list[Episode]) -> list[tuple[str, int, int | None, str | None]]:
    return [
        (
            each.told.object,
            each.since // DAY,
            None if each.until is None else each.until // DAY,
            each.state,
        )
        for each in episodes
    ]


def test_each_value_lasts_until_the_next() -> None:
    story = settle([claim("Rome", 9), claim("Porto", 1), claim("Lisbon", 5)]).episodes
    assert told(story) == [
        ("Porto", 1, 5, "superseded"),
        ("Lisbon", 5, 9, "superseded"),
        ("Rome", 9, None, None),
    ]


def test_since_when_is_as_the_words_say() -> None:
    story = settle([claim("Porto", 1), claim("Rome", 9, valid_from=Instant(4 * DAY))]).episodes
    assert told(story) == [("Porto", 1, 4, "superseded"), ("Rome", 4, None, None)]


def test_an_end_without_a_beginning_is_past() -> None:
    (past,) = settle([claim("Porto", 3, is_ended=True)]).episodes
    assert (past.state, past.until) == (Retraction.ENDED, 3 * DAY)


def test_the_end_of_something_else_ends_nothing() -> None:
    story = settle([claim("Porto", 1), claim("Rome", 5, is_ended=True)]).episodes
    assert [(each.told.object, each.state) for each in story] == [
        ("Porto", None),
        ("Rome", Retraction.ENDED),
    ]


YEAR_OF = {year: Instant((year - 1970) * 365 * DAY) for year in range(1990, 2030)}


def past(place: str, day: int, since: int | None, until: int | None) -> Claim:
    return claim(
        place,
        30_000 + day,
        is_ended=True,
        valid_from=None if since is None else YEAR_OF[since],
        valid_to=None if until is None else YEAR_OF[until],
    )


def years(episodes: list[Episode]) -> list[tuple[str, int, int | None]]:
    year_of = {at: year for year, at in YEAR_OF.items()}
    return [
        (each.told.object, year_of[each.since], each.until and year_of[each.until])
        for each in episodes
        if each.until in year_of or each.until is None
    ]


def test_what_was_over_long_ago_ends_nothing_that_holds() -> None:
    now = claim("Porto", 30_000, valid_from=YEAR_OF[2020])
    story = settle([now, past("Porto", 10, 2001, 2006)]).episodes
    assert years(story) == [("Porto", 2020, None), ("Porto", 2001, 2006)]


def test_two_stretches_of_one_thing_stay_two_and_one_told_twice_stays_one() -> None:
    story = settle(
        [past("Rome", 1, 2001, 2006), past("Rome", 2, 2010, 2015), past("Rome", 3, 2001, 2006)]
    ).episodes
    assert years(story) == [("Rome", 2001, 2006), ("Rome", 2010, 2015)]


def test_an_end_that_is_told_later_is_taken_for_when_it_was() -> None:
    story = settle([past("Rome", 1, None, None), past("Rome", 2, None, 2015)]).episodes
    assert years(story) == [("Rome", 2015, 2015)]
    story = settle([*story[0].claims, past("Rome", 3, 2011, 2015)]).episodes
    assert years(story) == [("Rome", 2011, 2015)]


def test_what_is_known_is_ended_on_the_day_that_is_told() -> None:
    now = claim("Rome", 30_000, valid_from=YEAR_OF[2015])
    assert years(settle([now, past("Rome", 10, None, 2019)]).episodes) == [("Rome", 2015, 2019)]


def test_what_was_taken_back_stays_so_for_what_was_said_before() -> None:
    verdict = Verdict("f1", claim("Porto", 1).value, Instant(5 * DAY))
    settled = settle([claim("Porto", 3), claim("Porto", 7)], verdicts=[verdict])
    assert [each.id for each, _ in settled.taken_back] == ["Porto-3"]
    assert told(settled.episodes) == [("Porto", 7, None, None)]


def test_what_is_withdrawn_counts_for_nothing() -> None:
    assert settle([claim("Porto", 3, is_withdrawn=True)]).episodes == []


@pytest.mark.parametrize(
    ("wish", "holds"), [("yes", "Porto"), ("no", "Rome"), ("", "Rome")], ids=str
)
def test_a_wish_decides_over_nature(wish: str, holds: str) -> None:
    first = claim("Porto", 1, fact_id="f1", is_pinned=wish == "no")
    story = settle([first, claim("Rome", 5)], wishes={"f1": wish}).episodes
    assert [each.told.object for each in story if each.state is None] == [holds]


def test_everybody_who_says_it_adds_to_it() -> None:
    one = settle([claim("Porto", 1)]).episodes[0].confidence
    two = settle([claim("Porto", 1), claim("Porto", 2)]).episodes[0].confidence
    many = settle([claim("Porto", day) for day in range(30)]).episodes[0].confidence
    assert one < two < many < 1


@pytest.mark.parametrize(
    ("said_by", "assurance", "weight"),
    [
        (SaidBy.OWNER, Assurance.HELD, Weight.OWNER),
        (SaidBy.OWNER, Assurance.REPLYABLE, Weight.OWNER),
        (SaidBy.OWNER, Assurance.CLAIMED, Weight.GUEST),
        (SaidBy.GUEST, Assurance.HELD, Weight.GUEST),
        (SaidBy.IMPORT, Assurance.HELD, Weight.IMPORT),
        (SaidBy.COMPANION, Assurance.HELD, Weight.GUEST),
    ],
)
def test_whose_word_counts_how_much(said_by: SaidBy, assurance: Assurance, weight: Weight) -> None:
    assert weight_of(said_by, assurance) is weight


def test_what_is_written_differently_is_the_same() -> None:
    assert object_key("The  Volvo.") == object_key("a volvo") == "volvo"
    assert object_key("The") == "the"
    assert slot_of("likes", "Coffee") == slot_of("dislikes", "the coffee")
    assert slot_of("lives in", "Porto") == slot_of("lives in", "Rome")


# ── until a day that was said beforehand ─────────────────────────────────────────────────────
def test_what_was_so_until_a_day_gives_way_on_that_day_and_no_later() -> None:
    stay = claim("Rome", 1, valid_to=Instant(20 * DAY))
    assert told(settle([stay]).episodes) == [("Rome", 1, 20, None)]
    assert told(settle([stay, claim("Porto", 40)]).episodes) == [
        ("Rome", 1, 20, Retraction.ENDED),
        ("Porto", 40, None, None),
    ]
    assert told(settle([stay, claim("Porto", 9)]).episodes) == [
        ("Rome", 1, 9, Retraction.SUPERSEDED),
        ("Porto", 9, None, None),
    ]


def test_who_says_it_again_after_that_day_has_stayed() -> None:
    stay = claim("Rome", 1, valid_to=Instant(20 * DAY))
    assert told(settle([stay, claim("Rome", 40)]).episodes) == [("Rome", 1, None, None)]
    assert told(settle([stay, claim("Rome", 9)]).episodes) == [("Rome", 1, 20, None)]


def test_what_is_said_to_be_over_after_its_day_was_over_on_that_day() -> None:
    stay = claim("Rome", 1, valid_to=Instant(20 * DAY))
    over = claim("Rome", 40, is_ended=True)
    assert told(settle([stay, over]).episodes) == [("Rome", 1, 20, Retraction.ENDED)]
    earlier = claim("Rome", 9, is_ended=True)
    assert told(settle([stay, earlier]).episodes) == [("Rome", 1, 9, Retraction.ENDED)]


def test_a_guest_is_refused_until_that_day_and_not_after() -> None:
    stay = claim("Rome", 1, valid_to=Instant(20 * DAY))
    guest = {"said_by": SaidBy.GUEST, "assurance": Assurance.VERIFIED}
    before = settle([stay, claim("Porto", 9, **guest)]).episodes
    assert [each.state for each in before] == [None, Retraction.REFUSED]
    after = settle([stay, claim("Porto", 40, **guest)]).episodes
    assert [each.state for each in after] == [Retraction.ENDED, None]
