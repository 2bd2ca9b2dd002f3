"""OpenAI's voices, and those of every server that speaks its language."""

from collections.abc import AsyncGenerator

from backend.conversation.speaking.engines.streams import (
    PIECE_BYTES,
    TEXT_LETTERS_MAX,
    SpeechStreams,
    whole_samples,
)
from backend.kernel.audio import Sound
from backend.kernel.errors import TooLarge

BASE_URL = "https://api.openai.com/v1"
RATE_HZ = 24_000  # of its raw PCM


class OpenAIVoice:
    """One voice by `/audio/speech`, streamed as raw samples."""

    def __init__(
        self,
        *,
        api_key: str,
        base_url: str = "",
        model: str = "gpt-4o-mini-tts",
        voice: str = "coral",
    ) -> None:
        self._model, self._voice = model, voice
        self._streams = SpeechStreams(
            base_url or BASE_URL,
            # A local server wants no key.
            headers={"authorization": f"Bearer {api_key}"} if api_key else {},
            title="OpenAI's speech",
            key_name="OPENAI_API_KEY",
        )

    @property
    def name(self) -> str:
        """Which engine and voice it is."""
        return f"openai/{self._voice}"

    async def warm(self) -> None:
        """Do nothing: a word said to nobody would cost money."""

    async def speak(self, text: str) -> AsyncGenerator[Sound, None]:
        """Give the sound of a phrase as it arrives; closing it stops the work."""
        if len(text) > TEXT_LETTERS_MAX:
            raise TooLarge("The phrase is too long to be spoken.")
        asked = {
            "model": self._model,
            "voice": self._voice,
            "input": text,
            "response_format": "pcm",
        }
        rest = b""
        async with self._streams.open("/audio/speech", body=asked) as response:
            async for arrived in response.aiter_bytes(PIECE_BYTES):
                pcm, rest = whole_samples(rest, arrived)
                if pcm:
                    yield Sound(pcm, RATE_HZ)

    async def close(self) -> None:
        """Close the connections."""
        await self._streams.close()
