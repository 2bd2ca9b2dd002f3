"""Do the last words of an English sentence ask for more?"""

from collections.abc import Sequence

from backend.conversation.hearing.sentence import without_openers
from backend.conversation.hearing.vocabulary import (
    ADJECTIVES,
    ANNOUNCEMENTS,
    ASKS_FOR_A_THING,
    AUXILIARIES,
    BE,
    CONJUNCTIONS,
    CONTRACTED,
    DETERMINERS,
    FILLERS,
    MODIFIERS,
    PERSONS,
    PREPOSITIONS,
    PRONOUNS,
    QUESTION_WORDS,
    SAYS_THAT,
    SO_ENDS,
    SO_THAT,
    SUBJECTS,
    TRANSITIVE,
    WANTS_MATTER,
    WANTS_OBJECT,
)

# "Turn it on", "put that in": behind such a word they are not waiting for a thing.
_CARRIED = frozenset({"it", "that", "this", "them", "going", "come", "coming", "moving", "carry"})
SHORT, LONG = 3, 5  # words
_SMALL = frozenset({"in", "on", "over", "through", "around", "across"})
_KNOWS = frozenset({"know", "remember", "understand", "see", "sure", "forgot", "why"})


def is_open(words: Sequence[str]) -> bool:
    """Say whether something must still follow."""
    told = without_openers(words)
    if _is_first_of_several(words):
        return True
    if tuple(told) in ANNOUNCEMENTS or words[-1] in FILLERS:
        return True
    if len(words) == 1:
        return words[0] in CONJUNCTIONS | PREPOSITIONS | DETERMINERS and (
            words[0] not in QUESTION_WORDS
        )
    return any(rule(words) for rule in _RULES)


def _is_first_of_several(words: Sequence[str]) -> bool:
    """ "First I clean the kitchen": it announces what comes then."""
    return words[0] in {"first", "firstly"} and "then" not in words


def _asks_for_a_thing(words: Sequence[str]) -> bool:
    """Say whether it is a question whose verb has its object in front: "what did you buy"."""
    asked = without_openers(words)
    return len(asked) > 2 and asked[0] in ASKS_FOR_A_THING and asked[1] in AUXILIARIES


def _joins(words: Sequence[str]) -> bool:
    """… and; … because; … so; … where."""
    last, before = words[-1], words[-2]
    if last == "then":
        return before in {"and", "but", "or"} or len(words) >= LONG
    if last == "so":
        return before not in SO_ENDS
    if last in QUESTION_WORDS:
        # "I don't know why" can stand, "do you know where" can't.
        return not (before in _KNOWS and words[0] not in AUXILIARIES)
    return last in CONJUNCTIONS


def _needs_thing(words: Sequence[str]) -> bool:
    """… of; … with the; … a small."""
    last, before = words[-1], words[-2]
    if last in DETERMINERS or (last in MODIFIERS and len(words) >= SHORT):
        return True
    if last in ADJECTIVES:
        return before in DETERMINERS and before != "the"
    if last not in PREPOSITIONS:
        return False
    if last in _SMALL and before in _CARRIED:
        return False
    if last == "like" and before in {"it", "that", "this"}:
        return False
    # "What is it for", "what are you looking at" stand; "what did I say about" does not.
    is_doing = before.endswith("ing") and _asks_for_a_thing(words)
    is_stranded = is_doing or before in PRONOUNS | _STRANDED
    return not (without_openers(words)[0] in QUESTION_WORDS and is_stranded)


def _needs_verb(words: Sequence[str]) -> bool:
    """… that she; … I'm; … remember that."""
    last, before = words[-1], words[-2]
    if last in SUBJECTS or last in CONTRACTED - {"let's"}:
        return True
    return last == "that" and before in SAYS_THAT | SO_THAT


def _needs_rest(words: Sequence[str]) -> bool:
    """… my number is; … I would; … don't."""
    last, before = words[-1], words[-2]
    if last in BE:
        # "What it is", "yes they are" stand; "my number is", "what is" do not.
        return before not in PRONOUNS or without_openers(words)[0] in AUXILIARIES
    if last == "may" and before not in PRONOUNS:
        return False  # the month
    if last == "do" and (_asks_for_a_thing(words) or without_openers(words)[0] == "how"):
        return False  # "what can you do", "how do you do"
    if last in AUXILIARIES - WANTS_OBJECT:
        return before not in PRONOUNS or len(words) > 3
    return False


def _needs_object(words: Sequence[str]) -> bool:
    """… I bought; … remind me; … do you know."""
    last, before = words[-1], words[-2]
    if last in WANTS_OBJECT:
        return not _asks_for_a_thing(words) and not (last in AUXILIARIES and before in PRONOUNS)
    if last in TRANSITIVE and before == "to":
        return not _asks_for_a_thing(words) and "how" not in words
    if last in PERSONS:
        return before in WANTS_MATTER
    told = without_openers(words)
    return last in {"know", "think"} and told[0] in {"do", "did", "does"}


_STRANDED = frozenset({"come", "look", "looks", "wait", "called", "talk"})
_RULES = (_joins, _needs_thing, _needs_verb, _needs_rest, _needs_object)
