"""The clouds that it may stand on: each is asked whether it answers, and never for what costs."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property, partial
from urllib.parse import urlsplit

from backend.compose.thinking import GROQ_URL
from backend.compose.watching import Watching
from backend.conversation.speaking import VoiceLevels
from backend.delivery.account import Account
from backend.kernel.errors import NotConfigured
from backend.platform.health import Check
from backend.platform.health.gently import WELL_S, Gently
from backend.platform.health.listing import Lister, Listing
from backend.platform.health.reach import reach
from backend.platform.settings.sources import is_loopback

ANTHROPIC_URL, ANTHROPIC_VERSION = "https://api.anthropic.com", "2023-06-01"
OPENAI_URL = "https://api.openai.com/v1"
ELEVENLABS_URL = "https://api.elevenlabs.io"
TITLES = {
    "anthropic": "Anthropic",
    "elevenlabs": "ElevenLabs",
    "groq": "Groq",
    "openai": "OpenAI",
}
MODEL, HEARING, SPEAKING = "model", "hearing", "speaking"
SHARE_OF_LOOK = 0.9  # so that a late answer is remembered before the monitor gives it up


@dataclass(slots=True)
class Cloud:
    """One provider at one address, and what it is used for."""

    provider: str
    listing: Listing
    uses: list[str] = field(default_factory=list)


class Clouds(Watching):
    """Has every provider and the telephone's account looked at, gently."""

    def add_providers(self) -> None:
        """Have the providers asked that think, hear or speak here."""
        for name, cloud in self._clouds().items():
            lister = Lister(cloud.listing)
            self._listers.append(lister)
            url = cloud.listing.url
            # A server of one's own costs nothing, so it is asked at every look.
            is_own = is_loopback(urlsplit(url).hostname or "")
            asking = Gently(
                lister.ask,
                clock=self.clock,
                well_s=0.0 if is_own else WELL_S,
                within_s=self.settings.health.look_s * SHARE_OF_LOOK,
                between=partial(reach, url, cure="check the network"),
                trouble=partial(self._trouble, cloud),
            )
            self.health.add(f"provider {name}", asking.check, is_vital=False, pulse=asking.pulse)

    def add_account(self) -> None:
        """Have the telephone's account asked, when there is one."""
        account = self.account
        if account is None:
            return
        asking = Gently(
            partial(_check_account, account),
            clock=self.clock,
            within_s=self.settings.health.look_s * SHARE_OF_LOOK,
            between=partial(reach, account.origin, cure="check the network"),
        )
        self.health.add("twilio", asking.check, is_vital=False, pulse=asking.pulse)

    async def close_listers(self) -> None:
        """Close the connections by which the providers are asked."""
        for lister in self._listers:
            await lister.close()

    @cached_property
    def _listers(self) -> list[Lister]:
        return []

    # ── who is asked ─────────────────────────────────────────────────────────────────────────
    def _clouds(self) -> dict[str, Cloud]:
        """Name each address that is used, once, however many uses share it."""
        found: dict[str, Cloud] = {}
        if self.settings.dummy_engines:
            return found
        for use, provider, listing in self._used():
            same = (cloud for cloud in found.values() if cloud.listing == listing)
            cloud = next(same, None)
            if cloud is None:
                cloud = Cloud(provider, listing)
                found[f"{provider} {use}" if provider in found else provider] = cloud
            cloud.uses.append(use)
        return found

    def _used(self) -> Iterator[tuple[str, str, Listing]]:
        for provider in self.providers:
            yield MODEL, provider, self._listing(provider)
        for name in self.settings.voice.hearers:
            try:
                endpoint = self._endpoint(name)
            except NotConfigured:  # on this machine, or not to be used at all
                continue
            yield HEARING, name, _openai(name, endpoint.base_url, endpoint.api_key)
        for name in self.cast.present:
            if name == "elevenlabs":
                yield SPEAKING, name, self._elevenlabs()
            elif name == "openai":
                wanted = self.settings.voice.openai_url or self.settings.openai.base_url
                yield SPEAKING, name, _openai(name, wanted, self._openai_key)

    def _listing(self, provider: str) -> Listing:
        settings = self.settings
        if provider == "anthropic":
            base = (settings.anthropic.base_url or ANTHROPIC_URL).rstrip("/")
            headers = {
                "x-api-key": settings.anthropic.api_key.get_secret_value(),
                "anthropic-version": ANTHROPIC_VERSION,
            }
            url = f"{base}/v1/models?limit=1"
            return Listing(TITLES[provider], url, headers, "check ANTHROPIC_API_KEY")
        if provider == "groq":
            return _openai(provider, "", settings.groq.api_key.get_secret_value())
        return _openai(provider, settings.openai.base_url, self._openai_key)

    def _elevenlabs(self) -> Listing:
        wanted = self.settings.elevenlabs
        base = (wanted.base_url or ELEVENLABS_URL).rstrip("/")
        headers = {"xi-api-key": wanted.api_key.get_secret_value()}
        url = f"{base}/v2/voices?page_size=1"
        return Listing(TITLES["elevenlabs"], url, headers, "check ELEVENLABS_API_KEY")

    @property
    def _openai_key(self) -> str:
        return self.settings.openai.api_key.get_secret_value()

    # ── what its users met ───────────────────────────────────────────────────────────────────
    def _trouble(self, cloud: Cloud) -> str:
        """Say for what a provider is left alone at present because it failed too often."""
        built = vars(self)  # what nobody used yet has met no trouble
        alone: dict[str, list[str]] = {}
        if "models" in built:
            alone[MODEL] = self.models.left_alone
        if "ears" in built:
            alone[HEARING] = self.ears.left_alone
        if "voice" in built and isinstance(self.voice, VoiceLevels):
            alone[SPEAKING] = self.voice.left_alone
        failing = [
            use
            for use in cloud.uses
            if any(name.partition("/")[0] == cloud.provider for name in alone.get(use, ()))
        ]
        if not failing:
            return ""
        return f"{cloud.listing.title} failed for {', '.join(failing)} and is left alone"


def _openai(provider: str, base_url: str, key: str) -> Listing:
    base = (base_url or {"groq": GROQ_URL}.get(provider, OPENAI_URL)).rstrip("/")
    headers = {"authorization": f"Bearer {key}"} if key else {}  # a local server wants none
    return Listing(TITLES[provider], f"{base}/models", headers, f"check {provider.upper()}_API_KEY")


async def _check_account(account: Account) -> Check:
    if await account.is_active():
        return Check(ok=True, detail="The account is active")
    return Check(
        ok=False,
        detail="The account is suspended or closed",
        cure="look at the account in Twilio's console",
    )
