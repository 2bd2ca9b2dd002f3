"""Settings of the companion: the telephone, the models, how it hears and speaks."""

from typing import Literal

from pydantic import SecretStr

from backend.platform.settings.sources import outside, setting
from backend.platform.settings.types import Folder, Group, Minutes, Origin, Words


class TwilioSettings(Group):
    """The telephone."""

    account_sid: str = outside("TWILIO_ACCOUNT_SID", "", "The Twilio account.")
    auth_token: SecretStr = outside(
        "TWILIO_AUTH_TOKEN", SecretStr(""), "Checks Twilio's signatures and calls its interface."
    )
    phone_number: str = outside("TWILIO_PHONE_NUMBER", "", "The companion's number, E.164.")
    region: str = setting("", "Twilio's region, for example ie1 or au1; empty: us1.")
    edge: str = setting("", "Twilio's edge, for example dublin; empty: the region's own.")
    api_url: Origin = setting("", "Another address of Twilio's interface, as a proxy's.")


class OpenAISettings(Group):
    """OpenAI, or any server that speaks its language."""

    api_key: SecretStr = outside("OPENAI_API_KEY", SecretStr(""), "The key for OpenAI.")
    base_url: str = outside("OPENAI_BASE_URL", "", "Another server that speaks OpenAI's language.")


class AnthropicSettings(Group):
    """Claude."""

    api_key: SecretStr = outside("ANTHROPIC_API_KEY", SecretStr(""), "The key for Claude.")
    base_url: str = outside("ANTHROPIC_BASE_URL", "", "Another address for Claude.")


class GroqSettings(Group):
    """Groq."""

    api_key: SecretStr = outside("GROQ_API_KEY", SecretStr(""), "The key for Groq.")


class ElevenLabsSettings(Group):
    """ElevenLabs."""

    api_key: SecretStr = outside("ELEVENLABS_API_KEY", SecretStr(""), "The key for ElevenLabs.")
    base_url: str = outside("ELEVENLABS_BASE_URL", "", "Another address for ElevenLabs.")


class VoiceSettings(Group):
    """How the companion hears and speaks."""

    hearers: Words = setting(
        ("whisper", "openai", "groq"),
        "Ears in order, the best first; those that are installed or have a key count.",
    )
    whisper_model: str = setting(
        "base", "Whisper's size: tiny.en, base, small, medium, large-v3-turbo; or a folder."
    )
    openai_hearing_model: str = setting(
        "gpt-4o-mini-transcribe", "The model that OpenAI hears with."
    )
    groq_hearing_model: str = setting("whisper-large-v3-turbo", "The model that Groq hears with.")
    language: str = setting("en", "The language that is spoken.")
    smart_turn: bool = setting(
        True, "Let Smart Turn have a say when a turn ends, once its weights are here."
    )
    piper_voice: str = setting("joe", "The Piper voice.")
    speakers: Words = setting(
        ("elevenlabs", "piper", "kokoro", "espeak"),
        "Voices in order, the best first; those that can speak here count. Add openai to use it.",
    )
    piper_processes: int = setting(1, "Processes that Piper speaks in.", ge=1, le=16)
    kokoro_voice: str = setting("", "The Kokoro voice; empty: the character's.")
    openai_voice: str = setting("", "The voice asked of OpenAI; empty: the character's.")
    openai_model: str = setting("gpt-4o-mini-tts", "The model that OpenAI speaks with.")
    openai_url: str = setting("", "A server for speech in OpenAI's language; empty: the same.")
    elevenlabs_voice: str = setting("", "The voice asked of ElevenLabs; empty: the character's.")
    elevenlabs_model: str = setting("eleven_flash_v2_5", "The model that ElevenLabs speaks with.")
    threads: int = setting(2, "Threads for speech recognition.", ge=1, le=64)
    hearings_max: int = setting(2, "Utterances that are transcribed at once.", ge=1, le=64)


class PhoneSettings(Group):
    """The telephone's rules."""

    token_seconds: int = setting(60, "How long a call's media token is good for.", ge=5)
    grace_seconds: float = setting(
        20.0, "How long a call or an app's line waits for a connection that broke; 0: not at all.",
        ge=0, le=300,
    )  # fmt: skip
    calls_each: int = setting(2, "Calls at the same time from one number.", ge=1)
    calls_hourly: int = setting(30, "Calls from one number in an hour.", ge=1)
    minutes_daily: int = setting(240, "Minutes of calls from one number in 24 hours.", ge=1)
    cost_daily: float = setting(
        0.5, "Dollars that one caller may cost in 24 hours; 0: as much as all may.", ge=0
    )
    strangers: int = setting(4, "Calls of unknown numbers at the same time; 0: none.", ge=0)
    strangers_hourly: int = setting(6, "Calls from one unknown number in an hour.", ge=1)
    strangers_daily: int = setting(20, "Minutes of one unknown number in 24 hours.", ge=1)
    minutes_all_daily: int = setting(1440, "Minutes of all calls in 24 hours.", ge=1)
    countries: Words = setting(
        (), "Countries that may be rung and texted, as US,CA; empty: the own number's."
    )
    quiet_hours: str = setting(
        "22:00-08:00", "When nobody is rung or texted, by their clock; or: never."
    )
    retries: Minutes = setting((5, 20), "Minutes until a busy or silent number is tried again.")
    transfers: Literal["warm", "cold"] = setting(
        "warm", "How a call is handed over: warm, with a word to whoever takes it, or cold."
    )
    finish_by_sms: bool = setting(
        False, "Whether a call that ends in mid-sentence is finished by a text."
    )
    ring_seconds: int = setting(30, "How long a call of ours rings.", ge=5, le=120)
    daily_calls: int = setting(
        20, "Calls that an owner's companion makes in a day of theirs, retries too.", ge=0
    )
    daily_texts: int = setting(50, "Texts of its own in a day.", ge=0)
    daily_minutes: int = setting(120, "Minutes of calls of its own in a day.", ge=0)
    daily_per_number: int = setting(6, "Calls and texts to one number in a day, retries too.", ge=0)


class ModelSettings(Group):
    """The language models."""

    order: Words = setting(
        ("anthropic", "openai", "groq"), "Providers in order; those with a key count."
    )
    anthropic: str = setting("claude-haiku-5-5", "The model asked of Anthropic.")
    openai: str = setting("gpt-6-luna", "The model asked of OpenAI.")
    groq: str = setting("llama-3.3-70b-versatile", "The model asked of Groq.")
    first_token_s: float = setting(4.0, "Longest wait for a reply's first word.", gt=0)
    reply_s: float = setting(30.0, "Longest whole reply.", gt=0)
    tokens_max: int = setting(400, "Longest reply in tokens.", ge=16)


class SpendSettings(Group):
    """What may be spent on providers."""

    daily: float = setting(1.0, "Dollars a day for all models; a hard limit.", ge=0)


class MemorySettings(Group):
    """How memory is searched, and what it never keeps."""

    embedder: Literal["minilm", "hashed"] = setting(
        "minilm", "What turns words into vectors; hashed needs no weights."
    )
    index: Literal["auto", "exact", "chroma", "pgvector"] = setting(
        "auto",
        "What searches the vectors: auto is Chroma when CHROMA_URL is set, else exact search in "
        "the process; chroma without CHROMA_URL is one in the home, for one process alone; "
        "pgvector is PostgreSQL itself.",
    )
    precision: Literal["float16", "int8"] = setting(
        "float16", "How exact search keeps vectors in memory; int8 takes half the room."
    )
    retired_days: float = setting(
        7.0, "How long the vectors of a model that was replaced are kept for the way back.", ge=0
    )
    reader: Literal["auto", "rules"] = setting(
        "auto",
        "What reads facts from words: auto asks the language model too, where one is set up, for "
        "half of the day's budget at most; rules asks nobody.",
    )
    recalled: int = setting(5, "Memories that a reply may draw on.", ge=1, le=50)
    secrets: Literal["keep", "mask", "vault"] = setting(
        "mask",
        "Card numbers, passwords and keys that are said: kept as they are, masked before anything"
        " is stored, or sealed in the vault.",
    )


class WebSettings(Group):
    """The talk page."""

    folder: Folder | None = setting(
        None, "The built page; empty: clients/web/out beside the program."
    )


class RecordingSettings(Group):
    """Recordings of calls."""

    enabled: bool = setting(False, "Keep the sound of calls, encrypted.")
    consent: Literal["ask", "announce"] = setting(
        "ask", "Ask each caller first, or only say that the call is recorded."
    )


class DummySettings(Group):
    """What the dummy engines of a fair race declare to take; with real engines it says nothing."""

    transcription_ms: float = setting(0.0, "Until the words are known.", ge=0)
    first_token_ms: float = setting(0.0, "Until a reply begins.", ge=0)
    first_speech_ms: float = setting(0.0, "Until a phrase sounds.", ge=0)
