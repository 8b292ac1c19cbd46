"""alerts.json of a node directory: outlets, whom each is for, and the rules of what goes there.

    {"format": "parley/alerts/v1",
     "outlets": [{"name": "duty", "kind": "mail", "recipient": "blue", "host": "mail.example",
                  "sender": "node@blue.example", "to": ["duty@blue.example"],
                  "user": "node", "password_file": "mail.secret"}],
     "rules": [{"outlets": ["duty"], "events": ["finding-opened"], "level": "warning"}]}

No secret stands in it: only the name of a file beside it (mode 0600) or of a variable of the
environment. ConfigErrors name the file and the member.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from parley.errors import ConfigError, InputError
from parley.liaison.hotline.contents import Precedence
from parley.rules.findings import Level
from parley.wire.plainform import from_plain

FORMAT = "parley/alerts/v1"
OUTSIDE = "outside"
KINDS = ("mail", "webhook", "chat")
SECURITY = ("starttls", "tls", "none")
PRECEDENCE = (Precedence.ROUTINE, Precedence.PRIORITY, Precedence.IMMEDIATE, Precedence.FLASH)
MAX_SECRET = 4_096

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}")
_ADDRESS = re.compile(r"[^\s<>,;:\"@\x00-\x20\x7f-\uffff]{1,64}@[A-Za-z0-9.-]{1,190}")
_EVENT = re.compile(r"[a-z][a-z-]{0,40}\*?")


@dataclass(frozen=True, slots=True)
class OutletConfig:
    """recipient: the party whose people read it, or "outside": only what may go to them goes.

    mail: host, port (0: 587 for STARTTLS, 465 for TLS, 25), security, user, password, sender, to.
    webhook: url, secret (for its signature). chat: the apprise URL itself is the secret.
    per_minute: single messages; more are gathered, one message in digest_s seconds. ca_file: the
    only certificates that TLS trusts.
    """

    name: str
    kind: str
    recipient: str
    host: str = ""
    port: int = 0
    security: str = "starttls"
    user: str = ""
    sender: str = ""
    to: tuple[str, ...] = ()
    url: str = ""
    password_file: str = ""
    password_env: str = ""
    secret_file: str = ""
    secret_env: str = ""
    url_file: str = ""
    url_env: str = ""
    ca_file: str = ""
    per_minute: int = 6
    digest_s: int = 60
    timeout_s: int = 15

    @property
    def shown(self) -> str:
        """Where it goes, without what is secret."""
        if self.kind == "mail":
            return f"{self.host} to {', '.join(self.to)}"
        if self.kind == "webhook":
            split = urlsplit(self.url)
            port = f":{split.port}" if split.port else ""
            return f"{split.scheme}://{split.hostname}{port}{split.path}"
        return "apprise"


@dataclass(frozen=True, slots=True)
class Rule:
    """What goes to which outlets; what is left out asks for nothing, what is given must hold.

    events: kinds of the journal, "alarm-*" for all that begin so. about: kinds of items, papers
    or findings. level: at least so urgent (advisory, warning, urgent), of findings and alarms.
    precedence: at least this, of messages. by: the author, or a party concerned.
    """

    outlets: tuple[str, ...]
    events: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    level: str = ""
    precedence: str = ""
    by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AlertsConfig:
    format: str = FORMAT
    outlets: tuple[OutletConfig, ...] = ()
    rules: tuple[Rule, ...] = field(default_factory=tuple)


def parse_alerts(plain: Any, where: str, parties: frozenset[str]) -> AlertsConfig:
    """What alerts.json says, checked; ``where`` is its path, ``parties`` those of the agreement.
    ConfigError names the member."""
    try:
        if not isinstance(plain, Mapping) or plain.get("format") != FORMAT:
            raise InputError("it is of another format", right=f'"format": "{FORMAT}"')
        read = from_plain(AlertsConfig, dict(plain))
    except InputError as error:
        place = f"{where}: {error.where.lstrip('.')}".rstrip(": ")
        raise ConfigError(error.what, right=error.right, where=place) from None
    names = [outlet.name for outlet in read.outlets]
    for n, outlet in enumerate(read.outlets):
        _check_outlet(outlet, f"{where}: outlets[{n}]", parties)
        if names.count(outlet.name) > 1:
            raise _wrong(f"two outlets {outlet.name!r}", "a name each", where)
    for n, rule in enumerate(read.rules):
        _check_rule(rule, f"{where}: rules[{n}]", names, parties)
    return read


def secret_of(file: str, env: str, directory: Path, where: str) -> str:
    """The secret behind a reference, "" where there is none. ConfigError says which reference
    fails, never what it holds."""
    if env:
        found = os.environ.get(env, "")
        if not found:
            raise ConfigError(
                f"the variable {env} is not set", right="the secret in it", where=where
            )
        return found
    if not file:
        return ""
    path = directory / file
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="utf-8").strip() if path.is_file() else ""
    except (OSError, UnicodeDecodeError):
        raise ConfigError(
            f"{path} cannot be read", right="a file with the secret", where=where
        ) from None
    if mode & 0o077:
        raise ConfigError(f"{path} may be read by others", right="mode 0600", where=where)
    if not 0 < len(text) <= MAX_SECRET or not text.isprintable():
        raise ConfigError(f"{path} holds no secret", right="one line of text", where=where)
    return text


def _wrong(what: str, right: str, where: str) -> ConfigError:
    return ConfigError(what, right=right, where=where)


def _check_outlet(outlet: OutletConfig, where: str, parties: frozenset[str]) -> None:
    if not _NAME.fullmatch(outlet.name):
        raise _wrong(f"{outlet.name[:60]!r} is no name", "1 to 32 letters, digits, '.', '_', '-'",
                     f"{where}.name")  # fmt: skip
    if outlet.kind not in KINDS:
        raise _wrong(f"no outlet of kind {outlet.kind[:40]!r}", f"one of {', '.join(KINDS)}",
                     f"{where}.kind")  # fmt: skip
    if outlet.recipient != OUTSIDE and outlet.recipient not in parties:
        raise _wrong(
            f"{outlet.recipient[:60]!r} is no party",
            f"one of {', '.join(sorted(parties))}, or {OUTSIDE}",
            f"{where}.recipient",
        )
    for name, low, high in (
        ("per_minute", 1, 600), ("digest_s", 1, 86_400), ("timeout_s", 1, 120), ("port", 0, 65_535),
    ):  # fmt: skip
        if not low <= getattr(outlet, name) <= high:
            raise _wrong(f"{name} {getattr(outlet, name)}", f"{low} to {high}", f"{where}.{name}")
    _CHECKS[outlet.kind](outlet, where)


def _check_mail(outlet: OutletConfig, where: str) -> None:
    if not outlet.host or not outlet.host.isprintable() or " " in outlet.host:
        raise _wrong("no mail server", "host", f"{where}.host")
    if outlet.security not in SECURITY:
        raise _wrong(f"security {outlet.security[:40]!r}", f"one of {', '.join(SECURITY)}",
                     f"{where}.security")  # fmt: skip
    for member, address in (("sender", outlet.sender), *(("to", one) for one in outlet.to)):
        if not _ADDRESS.fullmatch(address):
            raise _wrong(f"{address[:80]!r} is no address", "name@host", f"{where}.{member}")
    if not outlet.to:
        raise _wrong("nobody to write to", "one address at least", f"{where}.to")
    password = outlet.password_file or outlet.password_env
    if bool(outlet.user) != bool(password):
        raise _wrong("user and password go together", "user, and password_file or password_env",
                     f"{where}.user")  # fmt: skip
    if password and outlet.security == "none":
        raise _wrong("a password without TLS", "security starttls or tls", f"{where}.security")


def _check_webhook(outlet: OutletConfig, where: str) -> None:
    try:
        split = urlsplit(outlet.url)
        good = split.scheme in ("https", "http") and bool(split.hostname) and split.port != 0
    except ValueError:
        good = False
    if not good or not outlet.url.isprintable() or " " in outlet.url or "@" in outlet.url:
        raise _wrong("the webhook has no URL", "https://host/path, no user in it", f"{where}.url")
    if not (outlet.secret_file or outlet.secret_env):
        raise _wrong("nothing to sign with", "secret_file or secret_env", f"{where}.secret_file")


def _check_chat(outlet: OutletConfig, where: str) -> None:
    if not (outlet.url_file or outlet.url_env) or outlet.url:
        raise _wrong(
            "the URL of a chat is its secret", "url_file or url_env, not url", f"{where}.url_file"
        )


_CHECKS = {"mail": _check_mail, "webhook": _check_webhook, "chat": _check_chat}


def _check_rule(rule: Rule, where: str, names: list[str], parties: frozenset[str]) -> None:
    for name in rule.outlets:
        if name not in names:
            raise _wrong(f"there is no outlet {name[:60]!r}", ", ".join(names) or "none is there",
                         f"{where}.outlets")  # fmt: skip
    for event in rule.events:
        if not _EVENT.fullmatch(event):
            raise _wrong(f"{event[:60]!r} is no kind of event", "such as finding-opened, alarm-*",
                         f"{where}.events")  # fmt: skip
    levels = [level.name.lower() for level in Level]
    if rule.level and rule.level not in levels:
        raise _wrong(f"level {rule.level[:40]!r}", f"one of {', '.join(levels)}", f"{where}.level")
    known = [one.value for one in PRECEDENCE]
    if rule.precedence and rule.precedence not in known:
        raise _wrong(f"precedence {rule.precedence[:40]!r}", f"one of {', '.join(known)}",
                     f"{where}.precedence")  # fmt: skip
    for party in rule.by:
        if party not in parties:
            raise _wrong(f"{party[:60]!r} is no party", ", ".join(sorted(parties)), f"{where}.by")
