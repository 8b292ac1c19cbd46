"""Times, lengths and names as people read them, for sentences about findings and items."""

from __future__ import annotations

from parley.errors import InputError
from parley.rules.findings import Finding
from parley.wire.instants import format_instant

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAY_MS = 86_400_000


def zulu(ms: int, *, day: bool = False) -> str:
    """``1839Z``, or with its day ``17 Sep 1839Z``; out of the calendar: the bare number."""
    try:
        text = format_instant(ms)
    except InputError:
        return f"{ms} ms"
    clock = f"{text[11:13]}{text[14:16]}Z"
    return f"{int(text[8:10])} {_MONTHS[int(text[5:7]) - 1]} {clock}" if day else clock


def window(start_ms: int, end_ms: int) -> str:
    """``1839Z to 1900Z``; days are named where the ends lie on different days."""
    day = start_ms // _DAY_MS != end_ms // _DAY_MS
    if start_ms == end_ms:
        return f"at {zulu(start_ms)}"
    return f"{zulu(start_ms, day=day)} to {zulu(end_ms, day=day)}"


def length(metres: int) -> str:
    """``120 m``, ``8.4 km``, ``35 km``."""
    if abs(metres) < 1000:
        return f"{metres} m"
    if abs(metres) < 10_000:
        return f"{metres / 1000:.1f} km"
    return f"{round(metres / 1000)} km"


def duration(seconds: int) -> str:
    """``45 s``, ``12 min``, ``3 h 5 min``, ``12 days``."""
    if abs(seconds) < 120:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    if abs(minutes) < 120:
        return f"{minutes} min"
    if abs(minutes) >= 72 * 60:
        return f"{round(minutes / 1440)} days"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def name_of(ref: str) -> str:
    """ "notice:il-1@2" as ``notice il-1``."""
    kind, _, item = ref.partition(":")
    return f"{kind} {item if kind == 'track' else item.partition('@')[0]}"


def ref_of(finding: Finding, index: int) -> str:
    """What the finding is about, "an item" where it has no such ref."""
    return name_of(finding.refs[index]) if index < len(finding.refs) else "an item"


def id_of(finding: Finding, index: int) -> str:
    """The bare id behind a ref: a party, a track."""
    return ref_of(finding, index).partition(" ")[2] or "somebody"


def when(finding: Finding) -> str:
    """The finding's window."""
    return window(finding.from_ms, finding.until_ms)


def all_of(finding: Finding) -> str:
    """All parties concerned."""
    return " and ".join(finding.parties) or "nobody"


def prefixed(finding: Finding, prefix: str) -> list[str]:
    """The codes that begin with ``prefix``, without it."""
    return [code.removeprefix(prefix) for code in finding.codes if code.startswith(prefix)]


def sentence(text: str) -> str:
    """The same with a capital letter in front."""
    return text[:1].upper() + text[1:]


def listed(parts: list[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
