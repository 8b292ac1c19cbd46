"""One TAK connection as its operator configured it. Nothing is accepted or released by default."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from parley.errors import ConfigError
from parley.rules.agreement import Agreement
from parley.rules.findings import Level
from parley.wire.cot.release import OWN, TakRelease

TRACKS, STOP, DISTRESS, CANCEL = "tracks", "stop", "distress", "cancel"
ACCEPT = frozenset({TRACKS, STOP, DISTRESS, CANCEL})
PORTS = {"tcp": 8087, "tls": 8089, "udp": 6969}
_RIGHT = "tcp://HOST:8087, tls://HOST:8089 or udp://239.2.3.1:6969"


@dataclass(frozen=True, slots=True)
class TakConfig:
    """name: of the feed and of its place in the journal. url: tcp, tls or udp (multicast).

    accept: of ``ACCEPT``: what its users may send us; a STOP or DISTRESS from here goes to all
    parties under duty role ``role``; "cancel": a caller's own cancellation lifts his DISTRESS.
    owner: the party that answers for the tracks that come here, or "".
    release, audience: see ``wire.cot.release``. alert_level: findings below it are no alert.
    callsign: ours there; protobuf: TAK protocol 1 where the server offers it (UDP: always).
    ca_file: who may have signed the server's certificate; certificate_file and key_file: ours;
    check_name: the certificate must name the host (TAK servers' own often do not).
    interface: the address of ours through which multicast goes.
    """

    name: str
    url: str
    accept: frozenset[str] = frozenset()
    role: str = ""
    owner: str = ""
    release: frozenset[str] = frozenset()
    audience: str = OWN
    alert_level: Level = Level.WARNING
    callsign: str = ""
    protobuf: bool = False
    ca_file: str = ""
    certificate_file: str = ""
    key_file: str = ""
    check_name: bool = True
    interface: str = "0.0.0.0"

    @property
    def address(self) -> tuple[str, str, int]:
        """Scheme, host, port. ConfigError for another URL."""
        try:
            parts = urlsplit(self.url)
            scheme, host, port = parts.scheme, parts.hostname or "", parts.port
        except ValueError:
            scheme, host, port = "", "", None
        if scheme not in PORTS or not host:
            raise ConfigError(f"{self.url!r} is no TAK address", right=_RIGHT, where="tak.url")
        return scheme, host, port or PORTS[scheme]

    def check(self, agreement: Agreement, own: str) -> TakRelease:
        """What it releases. ConfigError: names that are none, a STOP without a duty role."""
        _ = self.address
        where = f"tak.{self.name}"
        if not 0 < len(self.name) <= 64 or not self.name.isprintable():
            raise ConfigError(
                f"{self.name!r:.80} is no name", right="1 to 64 characters", where="tak"
            )
        if unknown := sorted(self.accept - ACCEPT):
            raise ConfigError(
                f"{unknown[0]!r} cannot be accepted", right=", ".join(sorted(ACCEPT)), where=where
            )
        roles = agreement.party(own).roles
        if self.accept - {TRACKS} and self.role not in roles:
            raise ConfigError(
                f"calls are accepted under role {self.role!r}",
                right=f"one of: {', '.join(roles)}",
                where=where,
            )
        parties = {p.id for p in agreement.parties}
        for party in {self.audience, self.owner} - {OWN, ""}:
            if party not in parties:
                raise ConfigError(
                    f"{party!r} is no party", right=", ".join(sorted(parties)), where=where
                )
        return TakRelease(own, self.audience, self.release)


@dataclass(frozen=True, slots=True)
class TakPace:
    """Seconds. contact_wait: between connecting and the first self-SA (a server forgets what
    comes before it is ready). keep_alive: between two self-SA. track: between two
    positions of one track; track_repeat: of one that has no news. settle: without an answer to a
    ping, what was sent so long ago over a living connection has arrived. stall: a server that
    takes nothing for so long is left. protocol: how long an answer to our request may take.
    silent: nothing came for so long. repeat: the standing state again, on UDP.
    """

    contact_wait_s: float = 2.0
    keep_alive_s: float = 30.0
    track_s: float = 1.0
    track_repeat_s: float = 10.0
    settle_s: float = 30.0
    stall_s: float = 20.0
    protocol_s: float = 10.0
    silent_s: float = 60.0
    repeat_s: float = 15.0
    connect_s: float = 10.0
    first_retry_s: float = 0.5
    last_retry_s: float = 10.0

    def retry_s(self, failures: int, jitter: float) -> float:
        """The wait after so many failures in a row; jitter in [0, 1) takes up to a half off."""
        longest = min(self.last_retry_s, self.first_retry_s * 2.0 ** min(failures - 1, 30))
        return longest * (1.0 - 0.5 * jitter)


@dataclass(slots=True)
class TakCounts:
    """What one connection, and those before it, did."""

    connects: int = 0
    bytes_in: int = 0
    reports: int = 0
    last_ms: int = -1
    rejected: dict[str, int] = field(default_factory=dict)

    def reject(self, name: str, count: int = 1) -> None:
        self.rejected[name] = self.rejected.get(name, 0) + count
