"""A row of the requirements is shown by use: by journeys and contracts, never by a unit."""

from tests.architecture.coverage_map import shown
from tests.architecture.tree import sources


def test_only_journeys_and_contracts_claim_rows() -> None:
    claims = [source.path for source in sources("tests") if shown(source)]
    allowed = ("tests/journey/", "tests/contract/", "tests/chaos/", "tests/versus/")
    assert [path for path in claims if not path.startswith(allowed)] == []
