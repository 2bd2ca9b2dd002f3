"""What can be had."""

import re

from backend.platform.weights import CATALOGUE, NEEDED

HASH = re.compile(r"[0-9a-f]{64}")


def test_every_file_and_package_is_pinned_by_its_hash() -> None:
    for weights in CATALOGUE.values():
        assert all(HASH.fullmatch(file.sha256) for file in weights.files)
        assert all(HASH.fullmatch(package.sha256) for package in weights.packages)
        assert all(
            re.fullmatch(r"[\w-]+==[\d.]+ --hash=sha256:\w{64}", package.requirement)
            for package in weights.packages
        )


def test_file_names_stay_inside_their_folder() -> None:
    names = [file.name for weights in CATALOGUE.values() for file in weights.files]
    assert not [name for name in names if "/" in name or name.startswith(".")]


def test_what_is_needed_can_be_had() -> None:
    assert set(NEEDED) <= set(CATALOGUE)


def test_small_files_come_first_so_that_a_wrong_copy_is_found_out_cheaply() -> None:
    for weights in CATALOGUE.values():
        sizes = [file.size_bytes for file in weights.files]
        assert sizes == sorted(sizes)
