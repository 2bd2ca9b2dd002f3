"""Where ears that are not on this machine are asked, and for which model."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Whom we ask, and for which model."""

    provider: str
    model: str
    api_key: str = field(default="", repr=False)
    base_url: str = ""  # empty: the maker's own
    key_name: str = "OPENAI_API_KEY"
