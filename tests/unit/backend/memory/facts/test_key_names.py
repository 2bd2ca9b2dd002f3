"""A key is called by what it opens."""

import pytest

from backend.memory.facts.secrets import scrubbed


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ghp_abcdefghij1234567890abcd", "GitHub key"),
        ("here: AKIAABCDEFGHIJKLMNOP", "AWS key"),
        ("xoxb-1234567890-abcdefghij", "Slack key"),
        ("sk-ant-abcdefghij1234567890", "Anthropic key"),
        ("sk-abcdefghij1234567890", "sk key"),
        ("my stripe key is sk-abcdefghij1234567890", "stripe key"),
        ("My OpenAI API key: sk-abcdefghij1234567890", "OpenAI key"),
        ("my API key is ghp_abcdefghij1234567890abcd", "GitHub key"),
        ("my home-server key is aB3dE5fG7hI9jK1lM3nO5pQ7", "home-server key"),
        ("my key is aB3dE5fG7hI9jK1lM3nO5pQ7", "key"),
    ],
)
def test_a_key_has_the_name_it_was_told_by_or_that_of_its_issuer(text: str, name: str) -> None:
    assert [each.name for each in scrubbed(text).secrets] == [name]
