"""Reads what the carrier posts: a form, small, every field once."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl

from backend.kernel.errors import Invalid, TooLarge

FORM_BYTES_MAX = 64 * 1024  # a text of 1,600 characters with every field needs some 10 kB
FIELDS_MAX = 200
NUMBER_CHARACTERS_MAX = 64  # of a sender, which may be no telephone number at all
MEDIA_TYPE = "application/x-www-form-urlencoded"

_SID = re.compile(r"[A-Za-z0-9]{2,64}")


@dataclass(frozen=True, slots=True)
class Form:
    """The fields as they came: in order and with their repeats, as the signature covers them."""

    fields: tuple[tuple[str, str], ...]

    def get(self, name: str) -> str:
        """Return a field, empty when it is missing; sent twice, it means nothing we could trust."""
        values = [value for field, value in self.fields if field == name]
        if len(values) > 1:
            raise Invalid(f"The field {name} was sent more than once.")
        return values[0] if values else ""

    def sid(self, name: str) -> str:
        """Return a carrier's identifier."""
        value = self.get(name)
        if not _SID.fullmatch(value):
            raise Invalid(f"The field {name} is no identifier.")
        return value


def is_form(content_type: str) -> bool:
    """Say whether a body of this type can be a form of the carrier."""
    return content_type.partition(";")[0].strip().lower() == MEDIA_TYPE


def read_form(body: bytes, content_type: str) -> Form:
    """Understand a form's body; raise Invalid or TooLarge."""
    if not is_form(content_type):
        raise Invalid(f"A form of type {MEDIA_TYPE} is wanted.")
    if len(body) > FORM_BYTES_MAX:
        raise TooLarge("The form is too large.")
    try:
        fields = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=FIELDS_MAX,
        )
    except ValueError as error:
        raise Invalid("The form can't be read.") from error
    if any("\0" in name or "\0" in value for name, value in fields):
        raise Invalid("The form has characters that no text has.")
    return Form(tuple(fields))
