"""`python -m sandbox`: prints its URL, stops on a signal, and refuses invalid options."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.control import Control

CHECKOUT = Path(__file__).resolve().parents[2]
CALENDAR = b"""BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Example//Band//EN
X-WR-CALNAME:Band
X-WR-TIMEZONE:Europe/Paris
BEGIN:VEVENT
UID:rehearsal@band.example
DTSTART;TZID=Europe/Paris:20260303T190000
DTEND;TZID=Europe/Paris:20260303T210000
RRULE:FREQ=WEEKLY;COUNT=4
EXDATE;TZID=Europe/Paris:20260310T190000
SUMMARY:Rehearsal
END:VEVENT
BEGIN:VEVENT
UID:rehearsal@band.example
RECURRENCE-ID;TZID=Europe/Paris:20260317T190000
DTSTART;TZID=Europe/Paris:20260317T200000
DTEND;TZID=Europe/Paris:20260317T220000
SUMMARY:Rehearsal, later
END:VEVENT
BEGIN:VEVENT
UID:tour@band.example
DTSTART;VALUE=DATE:20260401
DTEND;VALUE=DATE:20260404
SUMMARY:Tour
END:VEVENT
BEGIN:VEVENT
UID:broken@band.example
SUMMARY:Without a time
END:VEVENT
END:VCALENDAR
""".replace(b"\n", b"\r\n")


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-m", "sandbox", *arguments], cwd=CHECKOUT, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip


def refusal(*arguments: str) -> str:
    done = subprocess.run([sys.executable, "-m", "sandbox", *arguments], cwd=CHECKOUT, text=True,
                          capture_output=True, timeout=60, check=False)  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    return done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_prints_its_url_and_stops_on_a_signal(number: signal.Signals) -> None:
    with start("--port", "0", "--people", "none") as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("Sandbox Google listens on http://127.0.0.1:")
        assert Control(line.split()[-1]).accounts() == []
        process.send_signal(number)
        assert process.wait(20) == 0
        assert process.communicate() == ("", "")


def test_an_icalendar_file_becomes_a_calendar(tmp_path: Path) -> None:
    path = tmp_path / "band.ics"
    path.write_bytes(CALENDAR)
    with start("--port", "0", "--ics", str(path)) as process:
        assert process.stdout is not None
        control = Control(process.stdout.readline().split()[-1])
        calendars = control.accounts()[0]["calendars"]
        band = next(one for one in calendars if one["summary"] == "Band")
        process_events = control.truth(band["id"])["events"]
        process.terminate()
        _, said = process.communicate(timeout=20)
    assert band["timeZone"] == "Europe/Paris"
    assert [event["summary"] for event in process_events] == [
        "Rehearsal", "Tour", "Rehearsal, later"]  # fmt: skip
    assert process_events[2]["originalStartTime"]["dateTime"] == "2026-03-17T19:00:00+01:00"
    assert said == "band.ics: 1 of 4 events left out.\n"


def test_a_used_port_is_a_one_line_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert f"port {port} on 127.0.0.1" in refusal("--port", port, "--people", "none")


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.org"])
def test_only_loopback_addresses_are_served(host: str) -> None:
    assert "not a loopback address" in refusal("--host", host)


def test_a_missing_file_is_a_one_line_error(tmp_path: Path) -> None:
    assert "missing.ics" in refusal("--port", "0", "--ics", str(tmp_path / "missing.ics"))
    (tmp_path / "wrong.ics").write_text("nothing of the kind")
    assert "wrong.ics" in refusal("--port", "0", "--ics", str(tmp_path / "wrong.ics"))
