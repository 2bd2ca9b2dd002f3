"""What a storm does: it follows from the seed alone, so that the same seed is the same storm."""

import random
import string
from dataclasses import dataclass
from enum import StrEnum

from tests.chaos.footprints import FOOTPRINTS, Footprint

ROUNDS = 2
DEEDS = (9, 15)  # in one round
LINES = (120, 260)  # of one import: two batches, or three
WORD_LETTERS = 9
AGAIN = 0.6  # of those who were cut off ask again, the others never learn what became of it


class Act(StrEnum):
    """What can be asked of the product."""

    TELL = "tell"  # by text
    NOTE = "note"
    INGEST = "ingest"
    IMPORT = "import"
    FORGET = "forget"
    REPEAT = "repeat"  # the carrier brings a text once more that was answered already
    CHANGE = "change"  # the model of meaning


# How often each is chosen.
WEIGHTS = {
    Act.TELL: 10,
    Act.NOTE: 4,
    Act.INGEST: 2,
    Act.IMPORT: 1,
    Act.FORGET: 5,
    Act.REPEAT: 2,
}


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that is asked."""

    act: Act
    words: tuple[str, ...]  # that nobody else says
    asks_again: bool  # when it was cut off
    chance: float  # which of those that are there


@dataclass(frozen=True, slots=True)
class Round:
    """Some deeds at once, and a death among them."""

    deeds: tuple[Deed, ...]
    victims: tuple[str, ...]
    after: int  # deeds that had begun
    delay_s: float


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole storm."""

    seed: int
    footprint: Footprint
    rounds: tuple[Round, ...]


def plan_of(seed: int) -> Plan:
    """Return the storm of a seed."""
    chance = random.Random(seed)
    footprint = FOOTPRINTS[seed % len(FOOTPRINTS)]
    change_in = chance.randrange(ROUNDS)
    rounds = tuple(_round(chance, footprint, has_change=n == change_in) for n in range(ROUNDS))
    return Plan(seed, footprint, rounds)


def _round(chance: random.Random, footprint: Footprint, *, has_change: bool) -> Round:
    acts = chance.choices(list(WEIGHTS), list(WEIGHTS.values()), k=chance.randint(*DEEDS))
    if has_change:
        acts.insert(chance.randrange(len(acts)), Act.CHANGE)
    victims = chance.choice(footprint.victims)
    after = chance.randint(1, len(acts))
    return Round(tuple(_deed(chance, act) for act in acts), victims, after, chance.uniform(0, 0.4))


def _deed(chance: random.Random, act: Act) -> Deed:
    count = {Act.INGEST: chance.randint(5, 30), Act.IMPORT: chance.randint(*LINES)}.get(act, 1)
    words = tuple(_word(chance) for _ in range(count))
    return Deed(act, words, chance.random() < AGAIN, chance.random())


def _word(chance: random.Random) -> str:
    return "qu" + "".join(chance.choices(string.ascii_lowercase, k=WORD_LETTERS))
