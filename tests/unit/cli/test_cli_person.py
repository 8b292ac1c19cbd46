"""`parley person`, console.json, and a served node whose officers come by TLS."""

from __future__ import annotations

import asyncio
import datetime
import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from typer.testing import Result

from parley.cli import build
from parley.cli.consolefile import certificate_of, read_console
from parley.cli.nodedir import open_dir
from parley.errors import ConfigError
from parley.node.people.people import LoggedIn, People
from parley.store.people import SqlitePeople

Run = Callable[..., Result]
Make = Callable[..., Path]
PASSWORD = "seven quiet herons at dawn"
WATCH = ("--name", "A. Watch", "--role", "watch-officer", "--duty", "watch-officer")


@pytest.fixture
def given(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text(f"{PASSWORD}\n")
    return path


def said(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_person_is_added_listed_changed_and_put_out(run: Run, make: Make, given: Path) -> None:
    ru = make("ru")
    added = said(run("person", "add", ru, "watch1", *WATCH, "--language", "ru", "--json"))
    assert len(added["first_password"]) >= 24
    assert added["person"]["must_change"]
    admin = ("--name", "B. Admin", "--role", "administrator")
    assert (
        said(run("person", "add", ru, "admin", *admin, "--password-file", given, "--json"))[
            "first_password"
        ]
        == ""
    )
    listed = said(run("person", "list", ru, "--json"))
    assert [(one["id"], one["roles"], one["enabled"]) for one in listed] == [
        ("admin", ["administrator"], True),
        ("watch1", ["watch-officer"], True),
    ]
    changed = said(run("person", "set", ru, "watch1", "--role", "liaison", "--disable", "--json"))
    assert (changed["roles"], changed["enabled"]) == (["liaison"], False)
    assert said(run("person", "end", ru, "watch1", "--json")) == {"person": "watch1", "ended": 0}
    again = said(run("person", "password", ru, "watch1", "--json"))
    assert again["first_password"] not in ("", added["first_password"])
    shown = run("person", "list", ru).stdout
    assert "A. Watch" in shown
    assert "disabled" in shown


def test_the_first_password_is_shown_once_and_kept_nowhere(run: Run, make: Make) -> None:
    ru = make("ru")
    shown = run("person", "add", ru, "watch1", *WATCH).stdout
    first = shown.split("shown this once: ")[1].split()[0]
    for path in ru.iterdir():
        if path.is_file():
            assert first.encode() not in path.read_bytes()
    assert first not in run("person", "list", ru, "--json").stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("add", "A B", *WATCH), "log-in name"),
        (("add", "x", "--name", "X", "--role", "king"), "role 'king'"),
        (("add", "x", "--name", "X"), "no role"),
        (("add", "x", "--name", "X", "--role", "liaison", "--duty", "pope"), "no duty role"),
        (("set", "ghost", "--disable"), "nobody has the log-in name"),
        (("password", "ghost"), "nobody has the log-in name"),
        (("end", "ghost"), "nobody has the log-in name"),
    ],
)
def test_what_cannot_be_is_refused_and_says_what_can(
    run: Run, make: Make, words: tuple[str, ...], told: str
) -> None:
    ru = make("ru")
    refused = run("person", words[0], ru, *words[1:])
    assert refused.exit_code == 2
    assert told in refused.stderr
    assert "right would be" in refused.stderr


def test_the_last_administrator_is_not_disabled(run: Run, make: Make, given: Path) -> None:
    ru = make("ru")
    admin = ("--name", "B. Admin", "--role", "administrator", "--password-file", given)
    run("person", "add", ru, "admin", *admin)
    assert "last administrator" in run("person", "set", ru, "admin", "--disable").stderr


def test_a_password_file_without_a_password_is_refused(
    run: Run, make: Make, tmp_path: Path
) -> None:
    ru = make("ru")
    for data in (b"", b"\n", b"short\n", b"\xff" * 20):
        (tmp_path / "bad").write_bytes(data)
        refused = run("person", "add", ru, "x", *WATCH, "--password-file", tmp_path / "bad")
        assert refused.exit_code == 2
    assert said(run("person", "list", ru, "--json")) == []


def test_what_was_done_by_command_is_written_down(run: Run, make: Make) -> None:
    ru = make("ru")
    run("person", "add", ru, "watch1", *WATCH)
    run("person", "set", ru, "watch1", "--disable")

    async def acts() -> list[tuple[str, str]]:
        store = await SqlitePeople.open(ru / "people.db")
        found = await store.read(
            lambda tx: tx.acts.page(before=0, limit=9, subject="person:watch1", person="")
        )
        await store.close()
        return [(act.method, act.path) for act in found]

    assert asyncio.run(acts()) == [
        ("CLI", "parley person set watch1"),
        ("CLI", "parley person add watch1"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "{}",
        '{"format": "parley/console/v2"}',
        '{"format": "parley/console/v1", "shift_h": 0}',
        '{"format": "parley/console/v1", "shift_h": 13, "longest_shift_h": 12}',
        '{"format": "parley/console/v1", "two_persons": "no"}',
        '{"format": "parley/console/v1", "password": "x"}',
        "[" * 5_000,
    ],
)
def test_a_console_json_that_is_wrong_names_the_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "console.json").write_text(text)
    with pytest.raises(ConfigError) as refused:
        read_console(tmp_path)
    assert "console.json" in refused.value.where


def test_what_people_chose_for_the_console_is_read(tmp_path: Path) -> None:
    assert read_console(tmp_path).settings().two_persons
    (tmp_path / "console.json").write_text(
        '{"format": "parley/console/v1", "two_persons": false, "shift_h": 8, "longest_shift_h": 9}'
    )
    chosen = read_console(tmp_path).settings()
    assert (chosen.two_persons, chosen.shift_h, chosen.longest_shift_h) == (False, 8, 9)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate of its own making for 127.0.0.1, and its key."""
    folder = tmp_path_factory.mktemp("certificate")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "the console of ru")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    chain, private = folder / "ru.pem", folder / "ru.key"
    chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    private.chmod(0o600)
    return chain, private


def test_a_key_that_others_may_read_is_refused(
    tmp_path: Path, certificate: tuple[Path, Path]
) -> None:
    chain, key = (str(path) for path in certificate)
    assert certificate_of(tmp_path) is None
    found = certificate_of(tmp_path, chain, key)
    assert found is not None
    assert isinstance(found.context(), ssl.SSLContext)
    with pytest.raises(ConfigError, match="without its key"):
        certificate_of(tmp_path, chain, "")
    loose = tmp_path / "loose.key"
    loose.write_bytes(Path(key).read_bytes())
    loose.chmod(0o644)
    with pytest.raises(ConfigError, match="may be read by others"):
        certificate_of(tmp_path, chain, str(loose))
    loose.chmod(0o600)
    loose.write_text("no key")
    wrong = certificate_of(tmp_path, chain, str(loose))
    assert wrong is not None
    with pytest.raises(ConfigError, match="no TLS"):
        wrong.context()


def test_a_served_node_shows_its_console_by_tls_and_its_commands_reach_it(
    run: Run, make: Make, serve: Callable[..., Any], certificate: tuple[Path, Path], given: Path
) -> None:
    ru = make("ru")
    chain, key = certificate
    run("person", "add", ru, "watch1", *WATCH, "--password-file", given)
    served = serve(ru, "--listen", "127.0.0.1:0", "--cert", chain, "--key", key)
    url = served.said["url"]
    assert url.startswith("https://127.0.0.1:")
    assert served.said["console"] == f"{url}/console/"
    assert said(run("items", ru, "--json")) == []
    trust = ssl.create_default_context(cafile=chain)
    trust.check_hostname = False
    with httpx.Client(base_url=url, verify=trust, trust_env=False) as browser:
        log_in = {"person": "watch1", "password": PASSWORD}
        begun = browser.post("/v1/session", json=log_in, headers={"origin": url})
        assert begun.status_code == 201
        assert begun.json()["must_change"]
        assert browser.get("/v1/session").json()["person"] == "watch1"
        run("person", "set", ru, "watch1", "--disable")
        assert browser.get("/v1/session").status_code == 401
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/console/", trust_env=False)
    assert served.stop()[0] == 0


def test_a_backup_brings_the_people_back_and_nobodys_session(
    run: Run, make: Make, given: Path, tmp_path: Path
) -> None:
    ru = make("ru")
    run("person", "add", ru, "watch1", *WATCH, "--password-file", given)

    async def logged_in() -> None:
        async with served_people(ru) as people:
            assert isinstance(await people.log_in("watch1", PASSWORD), LoggedIn)

    asyncio.run(logged_in())
    assert said(run("person", "list", ru, "--json"))[0]["sessions"] == 1
    assert run("backup", ru, tmp_path / "ru.backup").exit_code == 0
    assert run("restore", tmp_path / "ru.backup", tmp_path / "again").exit_code == 0
    found = said(run("person", "list", tmp_path / "again", "--json"))
    assert [(one["id"], one["sessions"]) for one in found] == [("watch1", 0)]


@asynccontextmanager
async def served_people(path: Path) -> AsyncIterator[People]:
    directory = open_dir(path)
    async with build.stored_node(directory) as node, build.seated(node, directory) as people:
        assert people is not None
        yield people


def test_damage_to_people_db_stops_no_node(run: Run, make: Make) -> None:
    ru = make("ru")
    (ru / "people.db").write_bytes(b"no database at all, but long enough to be looked at" * 40)

    async def seated() -> bool:
        directory = open_dir(ru)
        async with build.stored_node(directory) as node, build.seated(node, directory) as people:
            return people is None

    assert asyncio.run(seated())
