"""The one tree of errors: each knows its code, its status, and what to say aloud.

RingbackError
├── Refused              the caller may not, or asked wrongly: trying again does not help
│   ├── Invalid          400  what was sent can't be understood
│   ├── Unauthorised     401  nobody we know
│   ├── Forbidden        403  known, but may not
│   ├── Missing          404  no such thing, or not yours
│   ├── Conflict         409  it is already so, or already used
│   └── TooLarge         413  beyond a limit
├── Busy                 429  a limit of rate or cost: later it may work
└── Unavailable          503  something outside does not answer
    ├── NotConfigured    503  nobody has set it up: the message says how
    └── Corrupt          500  what was kept is damaged
"""

from typing import ClassVar


class RingbackError(Exception):
    """Something went wrong."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False
    spoken: ClassVar[str] = "Something went wrong on my side. Please try again."

    def __init__(self, message: str = "", *, cure: str = "") -> None:
        self.message = message or (type(self).__doc__ or "").strip()
        self.cure = cure  # the command or step that helps, when there is one
        super().__init__(self.message)


class Refused(RingbackError):
    """This is not allowed."""

    code = "refused"
    status = 400
    spoken = "I can't do that."


class Invalid(Refused):
    """What was sent can't be understood."""

    code = "invalid"
    status = 400
    spoken = "I did not understand that."


class Unauthorised(Refused):
    """Show a credential first."""

    code = "unauthorised"
    status = 401
    spoken = "I don't know who you are."


class Forbidden(Refused):
    """You may not do this."""

    code = "forbidden"
    status = 403
    spoken = "I'm not allowed to do that for you."


class Missing(Refused):
    """There is no such thing."""

    code = "missing"
    status = 404
    spoken = "I can't find that."


class Conflict(Refused):
    """It is already so."""

    code = "conflict"
    status = 409
    spoken = "That has been done already."


class TooLarge(Refused):
    """It is larger than the limit."""

    code = "too_large"
    status = 413
    spoken = "That is too much at once."


class Busy(RingbackError):
    """A limit is reached; try again later."""

    code = "busy"
    status = 429
    retryable = True
    spoken = "I'm busy right now. Please try again in a moment."

    def __init__(self, message: str = "", *, cure: str = "", retry_after_s: float = 1.0) -> None:
        super().__init__(message, cure=cure)
        self.retry_after_s = retry_after_s  # sooner is of no use


class Unavailable(RingbackError):
    """Something we depend on does not answer."""

    code = "unavailable"
    status = 503
    retryable = True
    spoken = "Something I need does not answer right now."


class NotConfigured(Unavailable):
    """This part is not set up."""

    code = "not_configured"
    retryable = False
    spoken = "That part of me is not set up yet."


class Corrupt(Unavailable):
    """What was kept is damaged."""

    code = "corrupt"
    status = 500
    retryable = False
    spoken = "Something I kept is damaged."
