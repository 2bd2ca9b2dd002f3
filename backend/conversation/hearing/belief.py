"""Whether what was written down was said: words, their likelihood and the voice are weighed.

The figures come from `make bench-hearing`: 200 telephone utterances of Whisper base have a hinted
likelihood above -0.82, of 200 noises nine in ten have less; without hints its doubt whether there
is speech is under 0.4 for the former and above it for nearly all of the latter.
"""

import math
import re
from dataclasses import dataclass

from backend.conversation.hearing.windows import is_looping, is_phantom, without_annotations

# Above this a draft is taken as it is; noise is never read so surely, unless it is a tone.
SURE = -0.3
SURE_NO_SPEECH_MAX = 0.35
# Under this no draft is believed; between the two it is doubtful, sooner when two drafts differ.
HOPELESS = -1.25
DOUBTFUL = -0.5
DOUBTFUL_WHEN_DIFFERENT = -0.36
DOUBTFUL_WITHOUT_HINTS = -0.6  # what was read without any hint reads less surely
# Whisper's own doubt whether anybody speaks, when it does not read well either. With a voice
# proved by another witness it must be larger.
NO_SPEECH_MAX = 0.4
NO_SPEECH_VOICED_MAX = 0.55
NO_SPEECH_UNSURE = -0.45
NOT_A_LETTER = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Draft:
    """What an engine wrote down, and what it thinks of it itself."""

    text: str
    log_probability: float
    no_speech_probability: float
    is_cut: bool = False  # it never came to an end by itself

    @property
    def is_sound(self) -> bool:
        """Say whether it reads like something that a person says."""
        return not self.is_cut and not is_looping(self.text)

    @property
    def is_sure(self) -> bool:
        """Say whether it may be taken as it is."""
        return (
            self.is_sound
            and self.log_probability > SURE
            and self.no_speech_probability < SURE_NO_SPEECH_MAX
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """The words that are believed; none when nobody spoke."""

    text: str
    confidence: float
    is_unsure: bool


NOTHING = Verdict("", 0.0, is_unsure=False)


def weighed(first: Draft, second: Draft | None, *, has_voice: bool | None) -> Verdict:
    """Return what is believed of one or two drafts of the same sound.

    The second was made without hints, which put words into the mouth of a noise. Whether there is
    a voice may be unknown. An engine that takes no hints makes only one draft.
    """
    if first.is_sure:
        return _believed(first, is_unsure=False)
    if has_voice is False:
        return NOTHING
    plain = second or first
    if _is_noise(plain, has_voice=has_voice is True):
        return NOTHING
    sound = [draft for draft in (first, plain) if draft.is_sound]
    if not sound:
        return NOTHING
    best = max(sound, key=lambda draft: draft.log_probability)
    if is_phantom(
        best.text,
        log_probability=best.log_probability,
        no_speech_probability=plain.no_speech_probability,
    ):
        return NOTHING
    if second is None:
        limit = DOUBTFUL_WITHOUT_HINTS
    else:
        is_same = _letters(first) == _letters(second)
        limit = DOUBTFUL if is_same else DOUBTFUL_WHEN_DIFFERENT
    return _believed(best, is_unsure=best.log_probability < limit)


def _is_noise(draft: Draft, *, has_voice: bool) -> bool:
    if draft.log_probability < HOPELESS:
        return True
    limit = NO_SPEECH_VOICED_MAX if has_voice else NO_SPEECH_MAX
    return draft.no_speech_probability > limit and draft.log_probability < NO_SPEECH_UNSURE


def _believed(draft: Draft, *, is_unsure: bool) -> Verdict:
    text = without_annotations(draft.text)
    if not _letters(draft):
        return NOTHING
    return Verdict(text, min(1.0, math.exp(draft.log_probability)), is_unsure)


def _letters(draft: Draft) -> str:
    return NOT_A_LETTER.sub("", without_annotations(draft.text).lower())
