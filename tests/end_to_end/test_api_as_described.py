"""The running server conforms to its OpenAPI description: no 5xx, nothing undescribed.

Schemathesis generates the requests: valid ones, invalid ones, and edge cases of every part.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from accounts.models import User
from profiles.services import change_profile
from tests.accounts.serving import CHECKOUT, HOST, serving
from tests.end_to_end.people import VARIABLE, Person, write_people
from tests.factories import PASSWORD, make_session, make_user
from tests.product import call_command

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
)
EXAMPLES = 10
HOOKS = "tests.end_to_end.throwaway_people"
# For the paths that delete the account or end the session of the request.
THROWAWAY_PEOPLE = 300
# Without a registration every connection is answered with 503, correctly. Nothing listens on port
# 9.
GOOGLE = {
    "GOOGLE_CLIENT_ID": "daybook",
    "GOOGLE_CLIENT_SECRET": "a secret",
    "GOOGLE_TOKEN_URI": "http://127.0.0.1:9/token",
}


def person(user: User) -> Person:
    tokens = make_session(user)
    return Person(user.email, PASSWORD, tokens.access, str(tokens.session_id))


def ask(address: str, people: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run schemathesis with the description as a file: rendering takes longer than it waits."""
    description = folder / "schema.yaml"
    call_command("spectacular", file=str(description))
    hooks = {"SCHEMATHESIS_HOOKS": HOOKS, VARIABLE: str(people)}
    return subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", str(description)),
            *("--url", address, "--checks", ",".join(CHECKS)),
            *("--phases", "examples,coverage,fuzzing", "--max-examples", str(EXAMPLES)),
            *("--generation-deterministic", "--no-color", "--request-timeout", "60"),
        ],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT), **hooks},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.timeout(300)
@pytest.mark.django_db(transaction=True)
def test_the_server_answers_as_it_is_described(alice: User, tmp_path: Path) -> None:
    change_profile(owner=alice, changes={"first_name": "Ada", "work_phone": "+14155552671"})
    leaving = [make_user(f"person{n}@example.org") for n in range(THROWAWAY_PEOPLE)]
    people = write_people(tmp_path / "people.jsonl", [person(user) for user in (alice, *leaving)])
    with serving(environment=GOOGLE) as server:
        run = ask(f"http://{HOST}:{server.port}", people, tmp_path)
    told = run.stdout[-20_000:] + run.stderr[-2_000:]
    assert run.returncode == 0, told
    assert "Authentication failed" not in run.stdout, told
