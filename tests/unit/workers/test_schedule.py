"""Which clocks the settings want."""

import pytest

from backend.platform.settings import BackupSettings, Settings
from workers.registry import JOBS
from workers.schedule import clocks


def test_every_clock_promises_a_job_that_somebody_runs() -> None:
    names = [clock.job for clock in clocks(Settings())]
    assert set(names) <= {job.name for job in JOBS}
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("hours", "rhythm"),
    [(24, "30 3 * * *"), (6, "every 6h"), (0.5, "every 30m"), (0, None), (1e-9, "every 1s")],
)
def test_backups_follow_the_settings(hours: float, rhythm: str | None) -> None:
    settings = Settings(backup=BackupSettings(every_hours=hours))
    wanted = {clock.job: clock.rhythm.text for clock in clocks(settings)}
    assert wanted.get("upkeep.backup") == rhythm
