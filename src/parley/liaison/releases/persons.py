"""Whether two names of persons are one: what a rule of two persons stands on."""

from __future__ import annotations

import unicodedata

from parley.rules.findings import bare

_REF = "person:"


def folded(name: str) -> tuple[str, ...]:
    """The words of a name without case, accents, punctuation and order: "Doe, Jane" is "Jane
    Doe". A ref of the directory is itself."""
    if name.startswith(_REF):
        return (bare(name),)
    text = unicodedata.normalize("NFKD", name).casefold()
    kept = "".join(c if c.isalnum() else " " for c in text if not unicodedata.combining(c))
    return tuple(sorted(kept.split()))


def same_person(one: str, other: str) -> bool:
    """Whether both name one person, as far as the names tell; a name of no letters is nobody's
    and the same as every other."""
    first, second = folded(one), folded(other)
    return not first or not second or first == second
