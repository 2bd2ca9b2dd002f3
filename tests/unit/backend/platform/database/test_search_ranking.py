"""What is rare weighs most, the shorter of two that say the same is better, no spans meet."""

from backend.platform.database.search_ranking import SPAN_BITS, mark, rarity_scores, span, weighed


def test_a_rare_word_weighs_more_than_a_common_one() -> None:
    scores = rarity_scores([[1, 2, 3, 4, 5, 6], [7]], total=100)
    assert scores[7] > scores[1]


def test_two_words_weigh_more_than_one() -> None:
    scores = rarity_scores([[1, 2], [2, 3]], total=100)
    assert scores[2] == scores[1] + scores[3]


def test_a_word_that_everybody_says_still_counts() -> None:
    assert rarity_scores([[1, 2, 3]], total=3)[1] > 0


def test_of_two_that_say_the_same_the_shorter_one_is_first() -> None:
    ranked = weighed(
        {1: 2.0, 2: 2.0, 3: 9.0}, [(1, "long", 400), (2, "short", 20), (3, "both", 90)]
    )
    assert [message_id for message_id, _ in ranked] == ["both", "short", "long"]


def test_what_is_gone_meanwhile_is_left_out() -> None:
    assert weighed({1: 2.0}, []) == []


def test_an_owner_has_one_span_in_each_namespace_that_a_database_can_number() -> None:
    spans = [span(owner, space) for owner in ("a", "b", "ab") for space in ("", "b", "n")]
    assert len(set(spans)) == 9
    assert all(0 < first < last < 1 << 63 for first, last in spans)
    assert all(last - first == (1 << SPAN_BITS) - 1 for first, last in spans)
    assert span("a", "") == span("a", "")


def test_the_mark_of_an_owner_is_no_word_of_anybodys() -> None:
    assert ":" in mark("a", "")
    assert mark("a", "") != mark("b", "")
