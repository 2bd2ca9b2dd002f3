"""What is said to somebody who may not be told, or for whom nothing may be kept."""

from backend.conversation.reasoning.context import Context, Noted


def may_not_keep(context: Context) -> list[str]:
    """Say that nothing is kept for them here."""
    if not context.name:
        return ["I don't know this number, so I can't keep anything for you."]
    return ["I can't keep anything for you on this line."]


def may_not_recall(context: Context) -> list[str]:
    """Say that they are told nothing here, and where they would be."""
    if not context.name:
        return [
            "I don't know this number, so I keep what I remember to myself.",
            "Whoever runs me can add you.",
        ]
    return [
        "I can't share what I remember on this line, because I can't be sure that it's you.",
        "Send me a text, or use the app, and I'll answer there.",
    ]


def only_noted(noted: Noted) -> list[str]:
    """Say what has become of words that change nothing of what is held."""
    if not noted.who:
        return ["I've noted that you said so."]
    return [f"I've noted that you said so, but only {noted.who} can change what I know of it."]
