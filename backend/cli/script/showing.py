"""A played script as people read it: the talk, and a mark on everything that was expected."""

from collections.abc import Iterator

from backend.cli.output import Answer


def script_lines(call: Answer) -> Iterator[str]:
    """Yield the lines of one call and its verdict."""
    yield f"{'✓' if call['is_passed'] else '✗'} {call['name']}"
    for line in call["lines"]:
        if line["who"] != "expect":
            waited = "" if line["wait_s"] is None else f"  ({line['wait_s']:.2f} s)"
            yield f"  {line['who']:<9} {line['what']}{waited}"
        for finding in line["findings"]:
            why = "" if finding["is_met"] else f": {finding['detail']}"
            yield f"  {'✓' if finding['is_met'] else '✗'} {finding['claim']}{why}"
    if not call["expected"]:
        yield "  Nothing was expected of this call, so nothing could fail."
    else:
        yield f"  {call['met']} of {call['expected']} as expected."
