"""Where the next page of a list begins, as text for a query: nobody is to read it."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated

from fastapi import Query

from parley.errors import InputError

Cursor = Annotated[
    str,
    Query(max_length=8_192, pattern=r"^[A-Za-z0-9_-]*$", description="`next` of the last page."),
]


def cursor_of(place: str) -> str:
    """A place in a list as a cursor; "" for "", the beginning."""
    return urlsafe_b64encode(place.encode()).decode().rstrip("=")


def place_of(cursor: str) -> str:
    """The place again. InputError: no cursor of ours."""
    try:
        return urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise no_cursor(cursor) from None


def no_cursor(cursor: str) -> InputError:
    """The refusal of what is no cursor of ours."""
    return InputError(
        f"{cursor[:40]!r} is no place in a list", right="`next` of a page", where="after"
    )
