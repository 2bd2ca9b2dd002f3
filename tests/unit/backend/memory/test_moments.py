"""Moments as other programs write them."""

import pytest

from backend.memory.moments import read_moment, write_moment

MAY_8 = "2023-05-08T13:56:00Z"


@pytest.mark.parametrize(
    "written",
    [
        "2023-05-08T13:56:00",
        "2023-05-08T13:56:00Z",
        "2023-05-08T15:56:00+02:00",
        "2023-05-08 13:56",
        "1683554160",
        1683554160,
        1683554160.0,
        1683554160000,
        1683554160000000,
        "1:56 pm on 8 May, 2023",
        "Mon, 08 May 2023 13:56:00 +0000",
        "2023/05/08 13:56",
        "08.05.2023 13:56",
        "2023/05/08 (Mon) 13:56",
        "2023-05-08 1:56 PM",
        "May 8, 2023 1:56 pm",
        "8 May, 2023 1:56 pm",
    ],
)
def test_the_same_moment_is_read_from_every_way_of_writing_it(written: str | float | None) -> None:
    moment = read_moment(written)
    assert moment is not None
    assert write_moment(moment) == MAY_8


@pytest.mark.parametrize("written", ["8 May 2023", "May 8, 2023", "2023-05-08", "8 May, 2023"])
def test_a_day_is_its_beginning(written: str | float | None) -> None:
    moment = read_moment(written)
    assert moment is not None
    assert write_moment(moment) == "2023-05-08T00:00:00Z"


@pytest.mark.parametrize("written", [None, "", "last spring", "9" * 18, True, "\x00", "1e9"])
def test_what_is_no_moment_is_none(written: str | float | None) -> None:
    assert read_moment(written) is None
