"""Kokoro in a process of its own; run as `python -m … MODEL VOCABULARY VOICES VOICE THREADS`.

It runs Kokoro's graph itself. The phonemes are espeak-ng's, out of Piper's package, which is
licensed under the GPL: nothing but processes like this one ever imports it.
"""

import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from piper.phonemize_espeak import EspeakPhonemizer

from backend.conversation.speaking.engines.child_work import Model, Spoken, Wave, serve
from backend.conversation.speaking.words import clauses

RATE_HZ = 24_000
STRETCH_PHONEMES_MAX = 120
TOKENS_MAX = 510  # the model knows no more at once
LOUDNESS = 0.9

# Kokoro was taught with signs of its own for what espeak-ng writes with two.
SIGNS = (
    ("a\u026a", "I"),
    ("a\u028a", "W"),
    ("d\u0292", "\u02a4"),
    ("e\u026a", "A"),
    ("t\u0283", "\u02a7"),
    ("\u0254\u026a", "Y"),
    ("o\u028a", "O"),
    ("\u025c\u02d0\u0279", "\u025c\u0279"),
    ("\u025c\u02d0", "\u025c\u0279"),
    ("\u025a", "\u0259\u0279"),
    ("\u0250", "\u0259"),
    ("\u02d0", ""),
    ("r", "\u0279"),
)


class KokoroSpeaker:
    """The model, and the one voice that it speaks with."""

    rate_hz = RATE_HZ

    def __init__(self, *given: str) -> None:
        model, vocabulary, voices, voice, threads = given
        logging.disable(logging.CRITICAL)
        self._tokens: dict[str, int] = json.loads(Path(vocabulary).read_text())["vocab"]
        with np.load(voices, allow_pickle=False) as styles:
            if voice not in styles.files:
                known = ", ".join(sorted(styles.files))
                raise ValueError(f"no voice {voice}; known are {known}")
            self._style = styles[voice].reshape(-1, 1, 256).astype(np.float32)
        self._phonemizer = EspeakPhonemizer()
        self._language = "en-gb" if voice.startswith("b") else "en-us"
        self.model = Model(model, int(threads))

    def speak(self, text: str) -> Iterator[Spoken]:
        """Give a text's speech stretch by stretch."""
        for sentence in self._phonemizer.phonemize(self._language, text):
            for stretch in clauses(sentence, STRETCH_PHONEMES_MAX):
                tokens = self._read("".join(stretch))
                if tokens:
                    yield Spoken(self._wave(tokens))

    def _read(self, phonemes: str) -> list[int]:
        for sign, ours in SIGNS:
            phonemes = phonemes.replace(sign, ours)
        return [self._tokens[sign] for sign in phonemes if sign in self._tokens][:TOKENS_MAX]

    def _wave(self, tokens: list[int]) -> Wave:
        style = self._style[min(len(tokens), len(self._style)) - 1]
        waves = self.model.run(
            None,
            {
                "tokens": np.array([[0, *tokens, 0]], np.int64),
                "style": style,
                "speed": np.ones(1, np.float32),
            },
        )
        wave: Wave = waves[0].ravel()
        loudest = float(np.max(np.abs(wave), initial=0.0))
        return wave * np.float32(LOUDNESS / loudest) if loudest > 1e-8 else wave


if __name__ == "__main__":
    serve(KokoroSpeaker, *sys.argv[1:])
