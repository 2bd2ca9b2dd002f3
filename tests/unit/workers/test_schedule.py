"""When the clocks strike."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from backend.kernel.clock import HOUR, SECOND, Instant
from backend.platform.settings import BackupSettings, Settings
from workers.schedule import Daily, Every, clocks

NIGHT = Daily(time(3, 30))
BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> Instant:
    return Instant(int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND)


def test_the_night_is_the_owners() -> None:
    assert NIGHT.last(at("2026-01-10T12:00"), BERLIN) == at("2026-01-10T02:30")
    assert NIGHT.last(at("2026-07-10T12:00"), BERLIN) == at("2026-07-10T01:30")
    assert NIGHT.last(at("2026-01-10T12:00"), ZoneInfo("Pacific/Auckland")) == at(
        "2026-01-09T14:30"
    )


def test_before_the_hour_the_last_night_counts() -> None:
    assert NIGHT.last(at("2026-01-10T02:29"), BERLIN) == at("2026-01-09T02:30")
    assert NIGHT.last(at("2026-01-10T02:30"), BERLIN) == at("2026-01-10T02:30")


def test_every_hour_is_the_same_moment_for_all_who_look() -> None:
    hourly = Every(HOUR)
    assert hourly.last(at("2026-01-10T12:01"), BERLIN) == at("2026-01-10T12:00")
    assert hourly.last(at("2026-01-10T12:59"), BERLIN) == at("2026-01-10T12:00")


def test_backups_follow_the_settings() -> None:
    def rhythm_of(hours: float) -> object:
        settings = Settings(backup=BackupSettings(every_hours=hours))
        return {clock.job: clock.rhythm for clock in clocks(settings)}.get("upkeep.backup")

    assert rhythm_of(24) == NIGHT
    assert rhythm_of(6) == Every(6 * HOUR)
    assert rhythm_of(0) is None
