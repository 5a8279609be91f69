"""deploy/nginx.conf in front of gunicorn: incomplete requests stay in nginx."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.client import HTTPSConnection
from pathlib import Path

import pytest

from config.desk.embedded.servers import free_port
from tests.accounts.serving import collect_static_files
from tests.config.authority import Authority
from tests.config.sessions import PATIENCE_SECONDS, REPOSITORY
from tests.config.slow_clients import HALF_BODY, HALF_HEAD, HOST, gunicorn
from tests.parts import NGINX, require

NAME = "daybook.example"
AT_ONCE_SECONDS = 5.0
SHIPPED = REPOSITORY / "deploy" / "nginx.conf"


@contextmanager
def nginx(upstream: int) -> Iterator[tuple[int, Path]]:
    """Run nginx with the shipped file, except for ports and paths; yields its port and CA."""
    program = require(NGINX)
    with tempfile.TemporaryDirectory(prefix="daybook-nginx-") as name:
        folder, port, plain = Path(name), free_port(), free_port()
        folder.chmod(0o755)
        issuer = Authority("Test CA")
        authority = Path(issuer.write(folder / "ca.pem"))
        pair = issuer.issue(NAME).write(folder, "site.crt", "site.key")
        text = SHIPPED.read_text()
        for shipped, ours in {
            "listen 80;": f"listen {HOST}:{plain};",
            "listen 443 ssl http2;": f"listen {HOST}:{port} ssl http2;",
            "server 127.0.0.1:8000;": f"server {HOST}:{upstream};",
            "/etc/nginx/tls/daybook.crt": pair["sslcert"],
            "/etc/nginx/tls/daybook.key": pair["sslkey"],
        }.items():
            assert text.count(shipped) == 1, shipped
            text = text.replace(shipped, ours)
        configuration = folder / "nginx.conf"
        configuration.write_text(around(folder, text))
        process = subprocess.Popen([program, "-c", configuration, "-e", folder / "error.log"])
        try:
            wait_for(port, process, folder)
            yield port, authority
        finally:
            process.terminate()
            process.wait(PATIENCE_SECONDS)


def around(folder: Path, site: str) -> str:
    """Return what Debian's nginx.conf has around a site, inside the test's folder."""
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return f"""
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
{"user root;" if os.geteuid() == 0 else ""}
events {{ worker_connections 512; }}
http {{
access_log {folder}/access.log;
{temporary}
{site}
}}
"""


def wait_for(port: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        assert process.poll() is None, (folder / "error.log").read_text()
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("nginx does not answer")


@pytest.fixture(scope="module")
def site() -> Iterator[tuple[int, Path]]:
    collect_static_files()
    production = {"PUBLIC_URL": f"https://{NAME}", "TRUSTED_PROXY_COUNT": "1"}
    with gunicorn(environment=production) as upstream, nginx(upstream) as started:
        assert ask(started, "/healthz")[0] == 200  # once it has started
        yield started


def connected(site: tuple[int, Path]) -> ssl.SSLSocket:
    port, authority = site
    context = ssl.create_default_context(cafile=str(authority))
    return context.wrap_socket(socket.create_connection((HOST, port), 30), server_hostname=NAME)


class Wire(HTTPSConnection):
    """A connection to the test's address with the site's name."""

    def __init__(self, site: tuple[int, Path]) -> None:
        super().__init__(NAME, site[0], timeout=PATIENCE_SECONDS)
        self._site = site

    def connect(self) -> None:
        self.sock = connected(self._site)


def ask(site: tuple[int, Path], path: str) -> tuple[int, dict[str, str], float]:
    began = time.monotonic()
    wire = Wire(site)
    try:
        wire.request("GET", path, headers={"Host": NAME, "X-Forwarded-For": "203.0.113.9"})
        answer = wire.getresponse()
        answer.read()
        return answer.status, dict(answer.getheaders()), time.monotonic() - began
    finally:
        wire.close()


def test_incomplete_requests_block_no_other(site: tuple[int, Path]) -> None:
    with ExitStack() as stack:
        for beginning in [HALF_HEAD] * 40 + [HALF_BODY] * 20:
            stack.enter_context(client := connected(site))
            client.sendall(beginning.replace(b"127.0.0.1", NAME.encode()))
        for _time in range(3):
            status, _headers, seconds = ask(site, "/healthz")
            assert status == 200
            assert seconds < AT_ONCE_SECONDS


def test_a_silent_client_is_disconnected(site: tuple[int, Path]) -> None:
    with connected(site) as half_head, connected(site) as half_body:
        half_head.sendall(HALF_HEAD)
        half_body.sendall(HALF_BODY)
        for client in (half_head, half_body):
            client.settimeout(30)
            with suppress(ConnectionResetError):
                assert client.recv(4096)[:12] in (b"", b"HTTP/1.1 408")


def test_pages_are_served_as_they_are_over_tls(site: tuple[int, Path]) -> None:
    status, headers, _seconds = ask(site, "/accounts/login/")
    assert status == 200
    assert "max-age" in headers["Strict-Transport-Security"]
    assert "__Host-csrf" in headers["Set-Cookie"]
    assert len(headers["X-Request-ID"]) == 32
    assert headers["Server"] == "nginx"


def test_metrics_are_not_for_the_world(site: tuple[int, Path]) -> None:
    assert ask(site, "/metrics")[0] == 404


def test_too_large_a_request_is_refused_before_it_is_read(site: tuple[int, Path]) -> None:
    with connected(site) as client:
        client.sendall(
            f"POST / HTTP/1.1\r\nHost: {NAME}\r\nContent-Length: 99999999\r\n\r\n".encode()
        )
        assert client.recv(4096).split()[1] == b"413"
