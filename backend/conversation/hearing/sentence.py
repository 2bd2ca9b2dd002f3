"""Do English words have what makes a sentence: somebody who does something?"""

from collections.abc import Sequence

from backend.conversation.hearing.vocabulary import (
    ADJECTIVES,
    AUXILIARIES,
    CONTRACTED,
    DETERMINERS,
    FILLERS,
    FINITE,
    IMPERATIVES,
    LISTING,
    MONTHS,
    NOT_FINITE,
    OPENERS,
    PRONOUNS,
    QUESTION_WORDS,
    SAYS_THAT,
    SUBJECTS,
    SUBORDINATES,
    TIMES,
)

WORDS_MIN = 3
CLAUSES = 2
_ASKS_CONTRACTED = frozenset({"what's", "who's", "where's", "how's", "when's"})
_WISHES = frozenset({("i", "would", "like"), ("i'd", "like"), ("i", "want", "to")})
_RELATIVES = frozenset({"that", "who", "which", "whose"})
_JOINED = frozenset({"and", "or"})
_ED_LETTERS_MIN = 5


def is_question(words: Sequence[str], *, has_mark: bool) -> bool:
    """Say whether the words ask something, whole as far as can be seen."""
    told = without_openers(words)
    if len(told) < WORDS_MIN or _is_subordinate(told):
        return False
    asks = told[0] in QUESTION_WORDS and not _is_subject_word(told[1])
    return has_mark or asks or told[0] in AUXILIARIES - {"had"} or told[0] in _ASKS_CONTRACTED


def is_request(words: Sequence[str]) -> bool:
    """Say whether the words want something done, and say what."""
    told = without_openers(words)
    if len(told) < WORDS_MIN or _is_half_a_list(told) or not _says_what_it_announced(told):
        return False
    return told[0] in IMPERATIVES or tuple(told[:3]) in _WISHES or tuple(told[:2]) in _WISHES


def is_sentence(words: Sequence[str]) -> bool:
    """Say whether the words tell something that could stand alone."""
    told = without_openers(words)
    if _is_subordinate(told):
        # "After the meeting I want to …" has one clause, "when I get home I want to …" two.
        needed = CLAUSES if _is_subject_word(told[1]) and told[1] not in DETERMINERS else 1
        return min(_subjects(told), _verbs(told)) >= needed or _verbs(told) > needed
    if len(told) < WORDS_MIN:
        return False
    if not _says_what_it_announced(told) or _is_half_a_list(told):
        return False
    if told[0] in CONTRACTED | SUBJECTS | {"you", "it"}:
        return True
    needed = CLAUSES if told[0] in DETERMINERS and _has_clause_inside(told) else 1
    return _verbs(told) >= needed


def is_subject(words: Sequence[str]) -> bool:
    """Say whether it is only somebody or something of which nothing has been said yet."""
    told = without_openers(words)
    return told[0] in DETERMINERS - {"another"} and len(told) > 1 and told[-1] not in MONTHS


def without_openers(words: Sequence[str]) -> Sequence[str]:
    """Return the words behind "so", "okay", "um" and the like."""
    begin = 0
    while begin < len(words) - 1 and words[begin] in OPENERS | FILLERS:
        begin += 1
    return words[begin:]


def _is_subordinate(told: Sequence[str]) -> bool:
    """Say whether it begins with a clause that leads up to another: "when I get home"."""
    if told[0] in {"when", "where"}:
        return len(told) > 1 and _is_subject_word(told[1])
    return told[0] in SUBORDINATES


def _is_subject_word(word: str) -> bool:
    return word in PRONOUNS - {"there"} or word in CONTRACTED or word in DETERMINERS


def _says_what_it_announced(words: Sequence[str]) -> bool:
    """Say whether a clause behind "that" has a verb: "remember that the key …" has none."""
    for index in range(len(words) - 1, 0, -1):
        if words[index] == "that" and words[index - 1] in SAYS_THAT:
            return _verbs(words[index + 1 :]) >= 1
    return True


def _is_half_a_list(words: Sequence[str]) -> bool:
    """Say whether it names a first thing to buy, and may go on to name others."""
    is_listing = words[0] in LISTING or (len(words) > 1 and words[1] in LISTING)
    return (
        is_listing
        and len(words) <= 4
        and not _JOINED.intersection(words)
        and (not {"to", "please"}.intersection(words))
    )


def _has_clause_inside(words: Sequence[str]) -> bool:
    """Say whether the subject is described by a clause: "the thing that I wanted"."""
    for index in range(2, len(words)):
        if words[index] in _RELATIVES:
            return True
        if words[index] in SUBJECTS | {"you"}:
            return words[index - 1] not in TIMES | _JOINED
        if _is_verb(words, index):
            return False
    return False


def _subjects(words: Sequence[str]) -> int:
    return sum(word in PRONOUNS or word in CONTRACTED for word in words)


def _verbs(words: Sequence[str]) -> int:
    return sum(_is_verb(words, index) for index in range(len(words)))


def _is_verb(words: Sequence[str], index: int) -> bool:
    """Say whether a word is a verb that somebody does; not "to go", not "the broken cup"."""
    word, before = words[index], words[index - 1] if index else ""
    if before in DETERMINERS | {"to"} or before in AUXILIARIES - {"that"}:
        return False
    if word in AUXILIARIES or word in FINITE or word in CONTRACTED:
        return True
    if before in SUBJECTS | {"you"}:
        return word not in FILLERS | ADJECTIVES
    return word.endswith("ed") and len(word) >= _ED_LETTERS_MIN and word not in NOT_FINITE
