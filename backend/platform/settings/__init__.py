"""Every setting of an instance: one tree, read from flag, environment, file and default."""

from backend.platform.settings.companion import (
    AnthropicSettings,
    ElevenLabsSettings,
    GroqSettings,
    MemorySettings,
    ModelSettings,
    OpenAISettings,
    PhoneSettings,
    RecordingSettings,
    SpendSettings,
    TwilioSettings,
    VoiceSettings,
    WebSettings,
)
from backend.platform.settings.machine import (
    BackupSettings,
    DatabaseSettings,
    HealthSettings,
    JobSettings,
    LimitSettings,
    LogSettings,
    ModelsSettings,
    Neo4jSettings,
    R2Settings,
    UrlSettings,
)
from backend.platform.settings.places import default_home, default_models_folder
from backend.platform.settings.tree import Settings, load_settings, process_environment
from backend.platform.settings.types import Group

__all__ = [
    "AnthropicSettings",
    "BackupSettings",
    "DatabaseSettings",
    "ElevenLabsSettings",
    "GroqSettings",
    "Group",
    "HealthSettings",
    "JobSettings",
    "LimitSettings",
    "LogSettings",
    "MemorySettings",
    "ModelSettings",
    "ModelsSettings",
    "Neo4jSettings",
    "OpenAISettings",
    "PhoneSettings",
    "R2Settings",
    "RecordingSettings",
    "Settings",
    "SpendSettings",
    "TwilioSettings",
    "UrlSettings",
    "VoiceSettings",
    "WebSettings",
    "default_home",
    "default_models_folder",
    "load_settings",
    "process_environment",
]
