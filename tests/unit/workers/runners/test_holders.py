"""Who holds a job, and whether they still live."""

import os
import subprocess
import sys

from workers.runners.holders import holder_of, is_dead

SAY = "from workers.runners.holders import holder_of; print(holder_of('w'))"


def test_the_living_are_not_dead() -> None:
    assert not is_dead(holder_of("w"))


def test_a_process_that_ended_here_is_dead() -> None:
    said = subprocess.run([sys.executable, "-c", SAY], check=True, capture_output=True, text=True)
    assert is_dead(said.stdout.strip())


def test_a_number_that_another_process_has_now_does_not_deceive() -> None:
    place, pid, _, token = holder_of("w").split(":")
    assert pid == str(os.getpid())
    assert is_dead(f"{place}:{pid}:1:{token}")


def test_of_other_machines_and_of_strange_names_nobody_knows() -> None:
    assert not is_dead("elsewhere.0123abcd:999999:5:w")
    for name in ("", "w", "worker-7", ":::", "a:b:c:d", "x:1:", "host:999999:abcdef"):
        assert not is_dead(name)
