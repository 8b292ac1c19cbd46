from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from parley.errors import ConfigError
from parley.outlets.config import FORMAT, parse_alerts, secret_of

PARTIES = frozenset({"blue", "green"})
MAIL: dict[str, Any] = {
    "name": "duty",
    "kind": "mail",
    "recipient": "blue",
    "host": "mail.example",
    "sender": "node@blue.example",
    "to": ["duty@blue.example"],
}
HOOK: dict[str, Any] = {
    "name": "hook",
    "kind": "webhook",
    "recipient": "outside",
    "url": "https://hook.example:8443/in?token=hidden",
    "secret_env": "HOOK_SECRET",
}
CHAT: dict[str, Any] = {
    "name": "room",
    "kind": "chat",
    "recipient": "green",
    "url_file": "room.secret",
}


def parse(*outlets: Any, rules: Any = ()) -> Any:
    plain = {"format": FORMAT, "outlets": list(outlets), "rules": list(rules)}
    return parse_alerts(plain, "alerts.json", PARTIES)


def test_outlets_and_rules_are_read() -> None:
    rule = {"outlets": ["duty", "hook"], "events": ["alarm-*"], "level": "warning", "by": ["green"]}
    found = parse(MAIL, HOOK, CHAT, rules=[rule])
    assert [outlet.kind for outlet in found.outlets] == ["mail", "webhook", "chat"]
    assert found.rules[0].outlets == ("duty", "hook")
    assert [outlet.shown for outlet in found.outlets] == [
        "mail.example to duty@blue.example",
        "https://hook.example:8443/in",
        "apprise",
    ]


@pytest.mark.parametrize(
    ("outlet", "what"),
    [
        ({**MAIL, "name": "no name"}, "is no name"),
        ({**MAIL, "kind": "pigeon"}, "pigeon"),
        ({**MAIL, "recipient": "red"}, "is no party"),
        ({**MAIL, "host": ""}, "no mail server"),
        ({**MAIL, "to": []}, "nobody to write to"),
        ({**MAIL, "to": ["a@b\r\nBcc: x@y"]}, "is no address"),
        ({**MAIL, "sender": "node"}, "is no address"),
        ({**MAIL, "security": "ssl"}, "security"),
        ({**MAIL, "user": "node"}, "go together"),
        ({**MAIL, "user": "n", "password_env": "P", "security": "none"}, "without TLS"),
        ({**MAIL, "password": "hunter2"}, "'password' is unknown"),
        ({**MAIL, "port": 70_000}, "port"),
        ({**MAIL, "per_minute": 0}, "per_minute"),
        ({**MAIL, "timeout_s": "5"}, "refused"),
        ({**HOOK, "url": "ftp://x"}, "no URL"),
        ({**HOOK, "url": "https://user:pass@x/"}, "no URL"),
        ({**HOOK, "url": "https://[x"}, "no URL"),
        ({**HOOK, "secret_env": ""}, "sign with"),
        ({**CHAT, "url": "tgram://token"}, "its secret"),
        ({**CHAT, "url_file": ""}, "its secret"),
    ],
)
def test_wrong_outlets_are_refused_by_member(outlet: dict[str, Any], what: str) -> None:
    with pytest.raises(ConfigError, match=what) as caught:
        parse(outlet)
    assert caught.value.where.startswith("alerts.json: outlets[0]")


@pytest.mark.parametrize(
    ("rule", "what"),
    [
        ({"outlets": ["nobody"]}, "no outlet"),
        ({"outlets": ["duty"], "events": ["Finding"]}, "kind of event"),
        ({"outlets": ["duty"], "level": "mild"}, "level"),
        ({"outlets": ["duty"], "precedence": "soon"}, "precedence"),
        ({"outlets": ["duty"], "by": ["red"]}, "is no party"),
        ({"outlets": ["duty"], "when": "always"}, "unknown"),
        ({}, "outlets is missing"),
    ],
)
def test_wrong_rules_are_refused(rule: dict[str, Any], what: str) -> None:
    with pytest.raises(ConfigError, match=what):
        parse(MAIL, rules=[rule])


@pytest.mark.parametrize("plain", [[], {}, {"format": "parley/alerts/v9"}, "x", None])
def test_another_format_is_refused(plain: Any) -> None:
    with pytest.raises(ConfigError, match="another format"):
        parse_alerts(plain, "alerts.json", PARTIES)


def test_two_outlets_of_one_name_are_refused() -> None:
    with pytest.raises(ConfigError, match="two outlets"):
        parse(MAIL, {**HOOK, "name": "duty"})


def test_a_secret_is_read_from_a_private_file_or_a_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "mail.secret"
    path.write_text("hunter2\n")
    path.chmod(0o600)
    assert secret_of("mail.secret", "", tmp_path, "") == "hunter2"
    monkeypatch.setenv("MAIL_SECRET", "swordfish")
    assert secret_of("", "MAIL_SECRET", tmp_path, "") == "swordfish"
    assert secret_of("", "", tmp_path, "") == ""


def test_a_secret_that_others_may_read_or_that_is_none_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "mail.secret"
    path.write_text("hunter2")
    path.chmod(0o644)
    with pytest.raises(ConfigError, match="read by others") as caught:
        secret_of("mail.secret", "", tmp_path, "")
    assert "hunter2" not in str(caught.value)
    path.chmod(0o600)
    for wrong in ("", "two\nlines", "x" * 5_000):
        path.write_text(wrong)
        with pytest.raises(ConfigError, match="no secret"):
            secret_of("mail.secret", "", tmp_path, "")
    path.write_bytes(b"\xff\xfe")
    for name in ("mail.secret", "absent"):
        with pytest.raises(ConfigError, match="cannot be read"):
            secret_of(name, "", tmp_path, "")
    monkeypatch.delenv("MAIL_SECRET", raising=False)
    with pytest.raises(ConfigError, match="not set"):
        secret_of("", "MAIL_SECRET", tmp_path, "")
