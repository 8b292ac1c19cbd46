"""One tree of errors. Each names who is at fault and what would be right.

    ParleyError
    ├── InputError           a value is refused; the room that knows its author names him
    │   ├── GeometryError    a shape, height or span that cannot be (self-crossing, end first)
    │   ├── FormatError      bytes or text that do not parse (GeoJSON, KML, CSV, coordinates, JSON)
    │   ├── PersonError      the right act, and another person's
    │   ├── ChangedError     it is not any more what this person saw
    │   └── DoneBeforeError  another officer of ours was first; it says who, when and what
    ├── PeerError            another party is at fault; its message is refused whole
    │   ├── MalformedError   not a well-formed or not a canonical statement
    │   ├── OversizeError    larger, deeper or longer than agreed
    │   ├── ForgedError      a signature does not verify
    │   ├── UnknownPartyError  not in the roster, or a key the roster does not name
    │   ├── ReplayError      a statement that was meant for another log, agreement or addressee
    │   └── ProtocolError    well-formed, but the life cycle or the ladder has no such step
    └── OurError             our own side must act
        ├── ConfigError      the node's own files or keys are wrong
        ├── StorageError     disk full, database locked or damaged: nothing was acknowledged
        ├── IntegrityError   our own log does not verify
        └── NotYetError      what it needs is on its way to us: nothing was acknowledged, try again

Invariants: verification raises, it never returns a bool that can be forgotten; a conflict
between notices is a value (a Finding), not an error. Imports nothing.
"""

from __future__ import annotations


class ParleyError(Exception):
    """Base of all errors that Parley raises on purpose.

    what: what is wrong, one sentence, no trailing dot. right: what would be right.
    where: the place inside the input (a path such as ``volumes[2].floor``), or "".
    at_fault: who must mend it ("party ru", "the author of plan.geojson", "this node").
    """

    code = "error"
    default_fault = "unknown"

    def __init__(
        self, what: str, *, right: str = "", where: str = "", at_fault: str | None = None
    ) -> None:
        super().__init__(what)
        self.what = what
        self.right = right
        self.where = where
        self.at_fault = at_fault or self.default_fault

    def __str__(self) -> str:
        place = f" at {self.where}" if self.where else ""
        mend = f"; right would be: {self.right}" if self.right else ""
        return f"{self.what}{place} (at fault: {self.at_fault}){mend}"


class InputError(ParleyError):
    code = "input"
    default_fault = "the author of this input"

    def blamed_on(self, author: str, *, where: str = "") -> InputError:
        """The same error with its author named and, in front of its own place, an outer place."""
        place = ".".join(part for part in (where, self.where) if part)
        return type(self)(self.what, right=self.right, where=place, at_fault=author)


class GeometryError(InputError):
    code = "geometry"


class FormatError(InputError):
    code = "format"


class PersonError(InputError):
    code = "person"
    default_fault = "the client"


class ChangedError(InputError):
    code = "changed"
    default_fault = "the client"


class DoneBeforeError(InputError):
    """who: a name, or "" where none is known. role: a duty role or "". did: a word for the act.
    at_ms: when, by our clock. ref: what came of it, or what it was done to."""

    code = "done-before"
    default_fault = "the client"

    def __init__(
        self,
        what: str,
        *,
        who: str = "",
        role: str = "",
        did: str = "",
        at_ms: int = 0,
        ref: str = "",
        right: str = "read it again",
        where: str = "",
        at_fault: str | None = None,
    ) -> None:
        super().__init__(what, right=right, where=where, at_fault=at_fault)
        self.who = who
        self.role = role
        self.did = did
        self.at_ms = at_ms
        self.ref = ref


class PeerError(ParleyError):
    code = "peer"
    default_fault = "the sending party"


class MalformedError(PeerError):
    code = "malformed"


class OversizeError(PeerError):
    code = "oversize"


class ForgedError(PeerError):
    code = "forged"


class UnknownPartyError(PeerError):
    code = "unknown-party"


class ReplayError(PeerError):
    code = "replay"


class ProtocolError(PeerError):
    code = "protocol"


class OurError(ParleyError):
    code = "ours"
    default_fault = "this node"


class ConfigError(OurError):
    code = "config"


class StorageError(OurError):
    code = "storage"


class IntegrityError(OurError):
    code = "integrity"


class NotYetError(OurError):
    code = "not-yet"
