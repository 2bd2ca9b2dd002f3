"""Draws a turn's timeline as bars on one axis: what took how long, beside what."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Spans = Mapping[str, Sequence[float]]  # span → [start ms, end ms]
Details = Mapping[str, Any]  # Any: JSON, as a turn's details are kept

NAME_COLUMNS, TIME_COLUMNS = 18, 9
BAR = "█"
SLIVER = "▏"  # shorter than half a column
ON = "▶"  # goes on beyond the axis
CUT = "✂"
SPEAKING = "speaking"
SPOKEN_SHARE = 1.4  # of the stages' time: so much of the axis shows the beginning of the speech

# In the order in which a turn runs; what is not named here follows, by its start.
ORDER = (
    "end_of_turn",
    "transcribe_audio",
    "generate_embedding",
    "retrieve_relevant",
    "respond",
    "extract_concepts",
    "commit",
    "first_sound",
    "speaking",
)

WHY = {  # why a turn was taken to be over
    "complete": "the sentence was complete",
    "silence": "silence",
    "cap": "the longest pause",
    "digits": "the number was complete",
    "keys": "by keys",
    "hung_up": "they hung up",
}


def waterfall(spans: Spans, details: Details, *, columns: int) -> Iterator[str]:
    """Yield the lines of one turn's drawing: an axis, and a bar for each span."""
    drawn = {name: span for name, span in spans.items() if _is_span(span)}
    if not drawn:
        return
    width = max(16, columns - NAME_COLUMNS - TIME_COLUMNS - 2)
    begin = min(0.0, *(span[0] for span in drawn.values()))
    end = _end(drawn, begin)
    scale = width / max(end - begin, 1.0)
    yield f"{'':{NAME_COLUMNS}} {_axis(begin, end, width)}"
    for name in sorted(drawn, key=lambda name: (_place(name), drawn[name][0])):
        first, last = drawn[name]
        bar = _bar(first - begin, last - begin, scale=scale, width=width)
        if last > end:
            bar = bar[:-1] + ON
        if name == SPEAKING:
            bar = _with_cut(bar, details, begin, scale=scale)
        label = name.replace("_", " ")[:NAME_COLUMNS]
        yield f"{label:{NAME_COLUMNS}} {bar} {milliseconds(last - first):>{TIME_COLUMNS}}"


def _end(drawn: Spans, begin: float) -> float:
    """Return where the axis ends: what is spoken lasts so long that it would hide all the rest."""
    stages = [span[1] for name, span in drawn.items() if name != SPEAKING]
    whole = max(span[1] for span in drawn.values())
    if not stages:
        return whole
    return min(whole, begin + (max(stages) - begin) * SPOKEN_SHARE)


def remarks(details: Details) -> Iterator[str]:
    """Yield what is to be said of a turn beside its spans, a line each."""
    yield from _heard(details)
    engines = _mapping(details.get("engines"))
    if engines:
        yield "engines: " + ", ".join(f"{port} {name}" for port, name in engines.items())
    for part in _list(details.get("speculated")):
        yield _speculation(part)
    yield from _disturbed(details)


def _heard(details: Details) -> Iterator[str]:
    ended = _mapping(details.get("end"))
    if ended:
        why = WHY.get(str(ended.get("why", "")), str(ended.get("why", "")))
        silence = milliseconds(_number(ended.get("silence_ms")))
        yield f"turn ended: {why}, after {silence} of silence"
    confidence = details.get("confidence")
    if isinstance(confidence, int | float):
        yield f"heard with confidence {confidence:.2f}"


def _disturbed(details: Details) -> Iterator[str]:
    for held in _list(details.get("held")):
        at, length = _number(held.get("at_ms")), _number(held.get("ms"))
        yield f"held {milliseconds(length)} at {seconds(at)}: it was no interruption"
    cut = _mapping(details.get("interrupted"))
    if cut:
        heard, unheard = _count(cut, "heard_words"), _count(cut, "unheard_words")
        moment = seconds(_number(cut.get("at_ms")))
        yield f"interrupted at {moment}: {heard} words were heard, {unheard} were not"
    if details.get("filler"):
        yield "a filler was said while the answer was made"
    returned = _count(details, "resumed_line")
    if returned:
        yield f"the line was lost and came back {'once' if returned == 1 else f'{returned} times'}"


def milliseconds(value: float) -> str:
    """Return a length of time as it is read best."""
    return f"{value:.0f} ms" if value < 10_000 else seconds(value)


def seconds(value_ms: float) -> str:
    """Return milliseconds as seconds."""
    return f"{value_ms / 1000:.2f} s"


def dollars(micros: int) -> str:
    """Return a cost; nothing when there was none."""
    if not micros:
        return ""
    return f"${micros / 1_000_000:.4f}" if micros < 1_000_000 else f"${micros / 1_000_000:.2f}"


def _axis(begin: float, end: float, width: int) -> str:
    """Return the axis: its two ends and its middle, in milliseconds or seconds."""
    unit, scale = ("s", 1000.0) if end - begin >= 2_000 else ("ms", 1.0)
    digits = 1 if unit == "s" else 0
    marks = [begin, (begin + end) / 2, end]
    left, middle, right = (f"{mark / scale:.{digits}f}" for mark in marks)
    right = f"{right} {unit}"
    line = f"{left:<{width}}"
    at = max(len(left) + 1, width // 2 - len(middle) // 2)
    line = line[:at] + middle + line[at + len(middle) :]
    return line[: width - len(right)] + right


def _bar(first: float, last: float, *, scale: float, width: int) -> str:
    begin = min(int(first * scale), width - 1)
    length = (last - first) * scale
    drawn = SLIVER if length < 0.5 else BAR * max(1, round(length))
    return f"{' ' * begin}{drawn}"[:width].ljust(width)


def _with_cut(bar: str, details: Details, begin: float, *, scale: float) -> str:
    """Mark where an interruption cut the speech off."""
    cut = _mapping(details.get("interrupted"))
    if not cut:
        return bar
    at = max(0, min(int((_number(cut.get("at_ms")) - begin) * scale), len(bar) - 1))
    return bar[:at] + CUT + bar[at + 1 :]


def _speculation(part: Mapping[str, Any]) -> str:
    what, outcome = str(part.get("what", "?")), str(part.get("outcome", "?"))
    cost = dollars(int(_number(part.get("cost_micros"))))
    spent = ", ".join(word for word in (milliseconds(_number(part.get("ms"))), cost) if word)
    return f"speculated on the {what} ({spent}): {outcome}"


def _place(name: str) -> int:
    return ORDER.index(name) if name in ORDER else len(ORDER)


def _is_span(span: object) -> bool:
    return (
        isinstance(span, list | tuple)
        and len(span) == 2
        and all(isinstance(part, int | float) for part in span)
        and span[0] <= span[1]
    )


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Mapping[str, Any]]:
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _count(values: Mapping[str, Any], name: str) -> int:
    return int(_number(values.get(name)))
