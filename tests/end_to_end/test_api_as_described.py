"""The running server, asked by its own description: no 5xx, nothing undescribed.

Schemathesis makes the requests: valid ones, bad ones, and the edges of every part.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from accounts.models import User
from profiles.services import change_profile
from tests.accounts.serving import HOST, serving
from tests.factories import make_session

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
)
EXAMPLES = 10
# The first three end the account or the session that asks, and everything after them would be a
# 401; the last has no use for a token, and an attempt is slow on purpose.
LEFT_OUT = "^/api/v1/(account$|auth/logout$|auth/sessions/|auth/token$)"
# Without a registration every connection is a 503, rightly. Nothing listens on port 9.
GOOGLE = {
    "GOOGLE_CLIENT_ID": "daybook",
    "GOOGLE_CLIENT_SECRET": "a secret",
    "GOOGLE_TOKEN_URI": "http://127.0.0.1:9/token",
}


def ask(address: str, token: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", f"{address}/api/schema/"),
            *("--header", f"Authorization: Bearer {token}", "--checks", ",".join(CHECKS)),
            *("--phases", "examples,coverage,fuzzing", "--max-examples", str(EXAMPLES)),
            *("--generation-deterministic", "--no-color"),
            *("--exclude-path-regex", LEFT_OUT),
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.django_db(transaction=True)
def test_the_server_answers_as_it_is_described(alice: User, tmp_path: Path) -> None:
    change_profile(owner=alice, changes={"first_name": "Ada", "work_phone": "+14155552671"})
    token = make_session(alice).access
    with serving(environment=GOOGLE) as server:
        run = ask(f"http://{HOST}:{server.port}", token, tmp_path)
    told = run.stdout[-20_000:] + run.stderr[-2_000:]
    assert run.returncode == 0, told
    assert "Authentication failed" not in run.stdout, told
