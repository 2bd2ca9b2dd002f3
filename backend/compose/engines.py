"""The one table of engines, by name, and the only place that loads one."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from backend.kernel.errors import NotConfigured

ENGINES: Mapping[str, str] = {
    "alarms.text": "backend.console.watch.engines.texting:TextAlarm",
    "alarms.webhook": "backend.console.watch.engines.webhook:WebhookAlarm",
    "delivery.twilio": "backend.delivery.engines.twilio:TwilioCarrier",
    "delivery.twilio_account": "backend.delivery.engines.twilio_account:TwilioAccount",
    "embedding.hashed": "backend.memory.embedding.engines.hashed:Hashed",
    "embedding.minilm": "backend.memory.embedding.engines.minilm:MiniLM",
    "graph.neo4j": "backend.memory.graph.engines.neo4j:Neo4jGraph",
    "graph.tables": "backend.memory.graph.engines.tables:TablesGraph",
    "hearing.dummy": "backend.conversation.hearing.engines.dummy:DummyTranscriber",
    "hearing.groq": "backend.conversation.hearing.engines.groq:GroqTranscriber",
    "hearing.openai": "backend.conversation.hearing.engines.openai:OpenAITranscriber",
    "hearing.silero": "backend.conversation.hearing.engines.silero:Silero",
    "hearing.smart_turn": "backend.conversation.hearing.engines.smart_turn:SmartTurn",
    "hearing.whisper": "backend.conversation.hearing.engines.faster_whisper:FasterWhisper",
    "models.anthropic": "backend.llm.providers.anthropic:AnthropicChat",
    "models.openai": "backend.llm.providers.openai:OpenAIChat",
    "objects.folder": "backend.platform.objects.engines.folder:FolderObjects",
    "objects.s3": "backend.platform.objects.engines.s3:S3Objects",
    "reasoning.dummy": "backend.conversation.reasoning.dummy:DummyMind",
    "reasoning.graph": "backend.conversation.reasoning.graph:GraphMind",
    "signals.in_process": "backend.platform.signals.engines.in_process:InProcessSignals",
    "signals.redis": "backend.platform.signals.engines.redis:RedisSignals",
    "speaking.dummy": "backend.conversation.speaking.engines.dummy:DummyVoice",
    "speaking.elevenlabs": "backend.conversation.speaking.engines.elevenlabs:ElevenLabs",
    "speaking.espeak": "backend.conversation.speaking.engines.espeak:Espeak",
    "speaking.kokoro": "backend.conversation.speaking.engines.kokoro:Kokoro",
    "speaking.openai": "backend.conversation.speaking.engines.openai:OpenAIVoice",
    "speaking.piper": "backend.conversation.speaking.engines.piper:Piper",
    "tracing.otlp": "backend.platform.telemetry.engines.otlp:OtlpTracer",
    "vectors.chroma": "backend.memory.vectors.engines.chroma:ChromaIndex",
    "vectors.chroma_folder": "backend.memory.vectors.engines.chroma_folder:ChromaFolderIndex",
    "vectors.chroma_home": "backend.memory.vectors.engines.chroma_folder:ChromaFolder",
    "vectors.exact": "backend.memory.vectors.engines.exact:ExactIndex",
    "vectors.pgvector": "backend.memory.vectors.engines.pgvector:PgvectorIndex",
}


def engine(name: str) -> Any:  # Any: each port checks its own engines, in mypy and by contract
    """Return an engine's class, loading its package only now."""
    module, _, attribute = ENGINES[name].partition(":")
    try:
        return getattr(import_module(module), attribute)
    except ModuleNotFoundError as missing:
        raise NotConfigured(
            f"{name} needs the package {missing.name}, which is not installed.",
            cure="make setup, or: pip install 'ringback[all]'",
        ) from missing
