"""Groq, which runs Whisper's largest models faster than anybody can speak."""

from dataclasses import replace

from backend.conversation.hearing.endpoint import Endpoint
from backend.conversation.hearing.engines.openai import OpenAITranscriber
from backend.conversation.hearing.voicing import Voicing
from backend.platform.compute import Compute

BASE_URL = "https://api.groq.com/openai/v1"


class GroqTranscriber(OpenAITranscriber):
    """OpenAI's language at Groq's address."""

    def __init__(
        self, endpoint: Endpoint, *, language: str, voicing: Voicing | None, compute: Compute
    ) -> None:
        super().__init__(
            replace(endpoint, base_url=endpoint.base_url or BASE_URL, key_name="GROQ_API_KEY"),
            language=language,
            voicing=voicing,
            compute=compute,
        )
