"""Which word ends when, whatever it was turned into on its way to the voice."""

from hypothesis import given
from hypothesis import strategies as st

from backend.conversation.speaking.script import Script
from backend.conversation.speaking.words import aligned, clauses, word_ends
from backend.kernel.audio import WordEnd

WORDS = st.lists(st.sampled_from(["a", "to", "milk", "$2.50", "two", "dollars,", "…"]), max_size=12)


def test_as_many_words_as_before_are_the_same_words() -> None:
    assert aligned(["Hello", "there"], ["helow", "dher"]) == [0, 1]


def test_a_word_that_became_several_ends_with_the_last_of_them() -> None:
    spoken = ["It", "costs", "two", "dollars", "and", "fifty", "cents", "today."]
    assert aligned(["It", "costs", "$2.50", "today."], spoken) == [0, 1, 6, 7]


@given(WORDS, WORDS)
def test_every_word_has_an_end_and_none_goes_back(first: list[str], second: list[str]) -> None:
    ends = aligned(first, second)
    assert len(ends) == len(first)
    assert ends == sorted(ends)
    assert all(0 <= end < max(1, len(second)) for end in ends)


def test_a_long_sentence_is_cut_at_its_pauses_and_no_sound_of_it_is_lost() -> None:
    phonemes = list("wan tuu, thrii foor, faiv siks seven eit")
    stretches = clauses(phonemes, 12)
    assert ["".join(stretch) for stretch in stretches] == [
        *("wan tuu,", "thrii foor,", "faiv siks seven", "eit")
    ]


def test_each_word_gets_the_time_of_its_last_phoneme() -> None:
    first, second = word_ends(["one", "two,", "three"], [list("wan tuu,"), list("thrii")])
    assert first.at(range(8)) == (WordEnd("one", 2), WordEnd("two,", 7))
    assert second.at(range(5)) == (WordEnd("three", 4),)


def test_a_script_tells_the_written_words_of_what_is_spoken() -> None:
    script = Script("It costs **$2.50**. All right?")
    assert script.sentences == ["It costs two dollars and fifty cents.", "All right?"]
    told = script.timed(
        [WordEnd(word, 10 * n) for n, word in enumerate(script.sentences[0].split())]
    )
    assert [word.text for word in told] == ["It", "costs", "**$2.50**."]
    script.pass_words(1)  # nobody told when "All" ended
    assert [word.text for word in script.timed([WordEnd("right?", 50)])] == ["All", "right?"]
