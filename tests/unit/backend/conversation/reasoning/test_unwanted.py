"""Whom a wish to forget names."""

import pytest

from backend.conversation.reasoning.understanding import Intent, understand


@pytest.mark.parametrize(
    ("heard", "whom"),
    [
        ("Forget Hildegunde.", "Hildegunde"),
        ("Please forget Öznur Kaya", "Öznur Kaya"),
        ("Delete my aunt Melisande from your memory.", "Melisande"),
        ("forget my aunt melisande, please", "melisande"),
        ("Erase melisande from your memory!", "melisande"),
        ("Forget my godmother.", "godmother"),
    ],
)
def test_somebody_is_forgotten_by_name_or_as_a_relative(heard: str, whom: str) -> None:
    found = understand(heard)
    assert (found.intent, found.content) == (Intent.FORGET, whom)


@pytest.mark.parametrize(
    "heard",
    ["Forget it.", "Forget bread", "Delete my appointment", "Remove the milk", "Never forget Anna",
     "I forget Anna", "Don't forget Anna.", "Forget about the gift for Anna tomorrow"],
)  # fmt: skip
def test_what_names_nobody_forgets_nobody(heard: str) -> None:
    found = understand(heard)
    assert found.intent is not Intent.FORGET or found.content not in {"Anna", "it", "bread"}
