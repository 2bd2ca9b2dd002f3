"""Piper in a process of its own; run as `python -m … MODEL CONFIG THREADS`, spoken to on stdio.

Piper is licensed under the GPL: nothing but processes like this one ever imports it. The process
ends with its parent, because its input then ends.
"""

import json
import logging
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from piper import PiperConfig, PiperVoice
from piper.const import BOS, EOS, PAD

from backend.conversation.speaking.engines.child_work import Model, Spoken, serve
from backend.conversation.speaking.words import clauses, word_ends

STRETCH_PHONEMES_MAX = 120  # some eight seconds: longer ones would keep the other calls waiting


class PiperSpeaker:
    """The voice, and the model that it runs on."""

    def __init__(self, model: str, config: str, threads: str) -> None:
        logging.disable(logging.CRITICAL)
        self.model = Model(model, int(threads))
        read = PiperConfig.from_dict(json.loads(Path(config).read_text()))
        self._voice = PiperVoice(session=self.model, config=read)
        self.rate_hz = int(read.sample_rate)

    def speak(self, text: str) -> Iterator[Spoken]:
        """Give a text's speech stretch by stretch, with the ends of its words."""
        stretches = [
            stretch
            for sentence in self._voice.phonemize(text)
            for stretch in clauses(sentence, STRETCH_PHONEMES_MAX)
        ]
        times = word_ends(text.split(), stretches)
        for phonemes, words in zip(stretches, times, strict=True):
            ids = self._voice.phonemes_to_ids(phonemes)
            wave, samples = self._voice.phoneme_ids_to_audio(ids, include_alignments=True)
            ends = self._ends_ms(phonemes, samples)
            yield Spoken(_normal(wave), words.at(ends) if ends else ())

    def _ends_ms(
        self, phonemes: Sequence[str], samples: npt.NDArray[np.int64] | None
    ) -> list[int] | None:
        """Say when each phoneme is over; nothing when the model does not tell."""
        if samples is None:
            return None
        id_map = self._voice.config.phoneme_id_map
        pads = len(id_map.get(PAD, []))
        passed = len(id_map.get(BOS, [])) + pads
        ends: list[int] = []
        total = np.cumsum(samples)
        for phoneme in phonemes:
            known = len(id_map.get(phoneme, []))
            passed += known + pads if known else 0
            if passed > len(total):
                return None
            ends.append(int(total[passed - 1]) * 1000 // self.rate_hz)
        return ends if passed + len(id_map.get(EOS, [])) == len(total) else None


def _normal(wave: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Make every stretch equally loud, as Piper does by itself."""
    loudest = float(np.max(np.abs(wave), initial=0.0))
    return wave / loudest if loudest > 1e-8 else wave


if __name__ == "__main__":
    serve(PiperSpeaker, *sys.argv[1:])
