"""A real OpenTAKServer on loopback, for trials by hand: installed from PyPI into a virtual
environment, with the PostgreSQL, PostGIS and RabbitMQ of Debian's packages. Nothing of it is left
running; the folder it works in is its only trace.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

TCP_PORT, TLS_PORT, WEB_PORT, DB_PORT, QUEUE_PORT = 8088, 8089, 8081, 54329, 5672


@dataclass
class Programs:
    """What was started here, by name; ended in reverse order, each by its own process group."""

    work: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    started: dict[str, tuple[list[str], dict[str, str]]] = field(default_factory=dict)

    def start(self, name: str, command: Sequence[str], user: str = "", **env: str) -> None:
        as_user = ["runuser", "-u", user, "--"] if user and os.geteuid() == 0 else []
        self.started[name] = ([*as_user, *command], env)
        self.again(name)

    def again(self, name: str) -> None:
        """Start it as it was started before."""
        command, env = self.started[name]
        with (self.work / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                command,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.work,
                env={**os.environ, **env},
                start_new_session=True,
            )

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        program = self.running.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(program.pid, number)
        try:
            program.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(program.pid, signal.SIGKILL)

    def stop(self) -> None:
        for name in reversed(list(self.running)):
            self.kill(name, signal.SIGTERM)


def wait_for_port(port: int, what: str, seconds: float = 120.0) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.5)
    raise SystemExit(f"{what} does not listen on port {port} after {seconds:.0f} s: see its log")


def owned(folder: Path, user: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        entry = pwd.getpwnam(user)
        os.chown(folder, entry.pw_uid, entry.pw_gid)
    return folder


def install(work: Path, python: str) -> Path:
    """The folder with the server's programs."""
    programs = work / "venv" / "bin"
    if not (programs / "opentakserver").exists():
        print(f"installing OpenTAKServer into {work / 'venv'} (some minutes)", flush=True)
        subprocess.run([python, "-m", "venv", str(work / "venv")], check=True)
        subprocess.run([str(programs / "pip"), "install", "-q", "opentakserver"], check=True)
    return programs


def serve(work: Path, python: str, programs: Programs) -> None:
    """PostgreSQL, RabbitMQ, the server, its handler of connections and its parser."""
    tools = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not tools or not shutil.which("rabbitmq-server", path="/usr/sbin:/usr/lib/rabbitmq/bin"):
        raise SystemExit("needs the Debian packages postgresql and rabbitmq-server")
    venv = install(work, python)
    work.chmod(0o755)
    database = owned(work / "database", "postgres")
    run = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if not (database / "PG_VERSION").exists():
        quiet = subprocess.DEVNULL
        init = [*run, str(tools[-1] / "initdb"), "-D", str(database), "-A", "trust", "-U", "ots"]
        subprocess.run(init, check=True, stdout=quiet)
    arguments = ["-D", str(database), "-p", str(DB_PORT), "-k", str(database)]
    listen = ["-c", "listen_addresses=127.0.0.1"]
    programs.start("database", [str(tools[-1] / "postgres"), *arguments, *listen], "postgres")
    wait_for_port(DB_PORT, "PostgreSQL")
    psql = ["psql", "-q", "-h", "127.0.0.1", "-p", str(DB_PORT), "-U", "ots"]
    subprocess.run([*psql, "-d", "postgres", "-c", "create database ots"], check=False)
    subprocess.run([*psql, "-d", "ots", "-c", "create extension if not exists postgis"], check=True)
    queue = owned(work / "queue", "rabbitmq")
    names = ["epmd", "-address", "127.0.0.1"]  # else RabbitMQ leaves one behind
    programs.start("names", names, "rabbitmq", HOME=str(queue))
    programs.start(
        "queue",
        ["/usr/lib/rabbitmq/bin/rabbitmq-server"],
        "rabbitmq",
        HOME=str(queue),
        RABBITMQ_NODENAME="parley-trial@localhost",
        RABBITMQ_MNESIA_BASE=str(queue),
        RABBITMQ_LOG_BASE=str(queue),
        RABBITMQ_NODE_IP_ADDRESS="127.0.0.1",
        RABBITMQ_NODE_PORT=str(QUEUE_PORT),
        ERL_EPMD_ADDRESS="127.0.0.1",
    )
    wait_for_port(QUEUE_PORT, "RabbitMQ")
    data = work / "data"
    data.mkdir(exist_ok=True)
    settings = {
        "HOME": str(data),
        "OTS_DATA_FOLDER": str(data),
        "OTS_STREAMING_INTERFACE": "127.0.0.1",
        "OTS_TCP_STREAMING_PORT": str(TCP_PORT),
        "OTS_SSL_STREAMING_PORT": str(TLS_PORT),
        "OTS_LISTENER_PORT": str(WEB_PORT),
        "OTS_MEDIAMTX_ENABLE": "false",
        "SQLALCHEMY_DATABASE_URI": f"postgresql+psycopg://ots@127.0.0.1:{DB_PORT}/ots",
    }
    programs.start("opentakserver", [str(venv / "opentakserver")], **settings)
    wait_for_port(WEB_PORT, "OpenTAKServer")
    programs.start("eud_handler", [str(venv / "eud_handler")], **settings)
    programs.start("eud_handler_tls", [str(venv / "eud_handler"), "--ssl"], **settings)
    programs.start("cot_parser", [str(venv / "cot_parser")], **settings)
    wait_for_port(TCP_PORT, "OpenTAKServer's TCP port")
    wait_for_port(TLS_PORT, "OpenTAKServer's TLS port")


def client_files(work: Path) -> tuple[Path, Path, Path]:
    """The server's CA, and a certificate and key that it signed for its own administrator."""
    ca = work / "data" / "ca"
    key, request, signed = (work / f"client.{end}" for end in ("key", "csr", "pem"))
    subject = ["-subj", "/O=ZZ/OU=OpenTAKServer/CN=administrator"]
    made = ["-newkey", "rsa:2048", "-nodes", "-keyout", str(key), "-out", str(request)]
    signing = ["-CA", str(ca / "ca.pem"), "-CAkey", str(ca / "ca-do-not-share.key")]
    word = ["-passin", "pass:atakatak", "-CAcreateserial", "-days", "2"]
    out = ["-in", str(request), "-out", str(signed)]
    for command in (["req", *made, *subject], ["x509", "-req", *out, *signing, *word]):
        subprocess.run(["openssl", *command], check=True, capture_output=True)
    return ca / "ca.pem", signed, key
