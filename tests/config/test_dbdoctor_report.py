"""The doctor's report as text and JSON."""

from __future__ import annotations

import json

from config.database.findings import Section, as_json, as_text, fault, has_fault, note, warning

WELL = [Section("Server", [("PostgreSQL", "18.6"), ("round trip", "0.12 ms")])]
ILL = [
    *WELL,
    Section(
        "Role",
        [("name", "postgres")],
        [
            fault("role", "It may do anything. " * 12, "Use another role."),
            warning("slow", "It is slow.", "Move nearer."),
            note("old", "It is old."),
        ],
    ),
]


def test_plain_text_has_a_line_for_each_sentence() -> None:
    assert as_text(WELL, coloured=False) == (
        "Server\n  PostgreSQL       18.6\n  round trip       0.12 ms\n\nNo problems found.\n"
    )
    lines = as_text(ILL, coloured=False).splitlines()
    assert lines[-6].startswith("    → Use another")
    assert lines[-5:] == ["  ! It is slow.", "    → Move nearer.", "  · It is old.", "",
                          "1 fault, 1 warning."]  # fmt: skip
    assert "\x1b" not in "".join(lines)


def test_a_terminal_has_colours_and_lines_that_fit() -> None:
    text = as_text(ILL, coloured=True)
    assert "\x1b[31m✗\x1b[0m It may do anything." in text
    assert "\x1b[31m1 fault, 1 warning.\x1b[0m" in text
    assert "\x1b[33m!\x1b[0m It is slow." in text
    assert max(len(line) for line in text.splitlines()) < 120
    assert "\x1b[32mNo problems found.\x1b[0m" in as_text(WELL, coloured=True)


def test_control_characters_in_a_certificate_are_replaced() -> None:
    shown = [Section("TLS", [("by", "CN=\x1b[2J\n")], [fault("x", "CN=\x1b]0;a\x07", "Go.")])]
    text = as_text(shown, coloured=False)
    assert "\x1b" not in text
    assert "CN=\ufffd[2J\ufffd\n" in text


def test_programs_read_json() -> None:
    reported = json.loads(as_json(ILL))
    assert reported["ok"] is False
    assert reported["sections"][0]["facts"] == {"PostgreSQL": "18.6", "round trip": "0.12 ms"}
    assert reported["sections"][1]["findings"][1] == {
        "level": "warning",
        "code": "slow",
        "what": "It is slow.",
        "mend": "Move nearer.",
    }
    assert json.loads(as_json(WELL))["ok"] is True


def test_only_a_fault_is_a_fault() -> None:
    warned = [Section("Role", findings=[warning("slow", "It is slow.", "Move."), note("a", "B.")])]
    assert (has_fault(WELL), has_fault(warned), has_fault(ILL)) == (False, False, True)
    assert as_text(warned, coloured=False).endswith("The database works, with 1 warning.\n")
