"""Authentication for schemathesis, which loads this module in its own process.

Some paths delete the account or end the session of the request; each request to them is sent as
another user, so that the next one isn't a 401. The environment names the file with the users.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import schemathesis
from schemathesis import AuthContext, Case

from tests.end_to_end.people import VARIABLE, Person, read_people

_ACCOUNT = "/api/v1/account"
_ENDS_WHO_ASKS = (_ACCOUNT, "/api/v1/auth/logout", "/api/v1/auth/sessions/{session_id}")
_SIGN_IN = "/api/v1/auth/token"


@schemathesis.auth(refresh_interval=None)
class PeopleOfTheTest:
    """The first user sends all other requests; each of the others sends one."""

    def __init__(self) -> None:
        self._staying, *self._leaving = read_people(Path(os.environ[VARIABLE]))
        self._turn = threading.Lock()

    def get(self, case: Case[Any], context: AuthContext) -> Person:
        if context.operation.path not in _ENDS_WHO_ASKS:
            return self._staying
        with self._turn:  # an IndexError if none is left: the test has to create more
            return self._leaving.pop()

    def set(self, case: Case[Any], person: Person, context: AuthContext) -> None:
        case.headers["Authorization"] = f"Bearer {person.token}"
        if not _is_meant_well(case):
            return
        if "session_id" in case.path_parameters:
            case.path_parameters["session_id"] = person.session_id
        if context.operation.path == _ACCOUNT and isinstance(case.body, dict):
            case.body["confirm"] = person.email
        if context.operation.path == _SIGN_IN and isinstance(case.body, dict):
            case.body |= {"email": person.email, "password": person.password}


def _is_meant_well(case: Case[Any]) -> bool:
    return case.meta is not None and case.meta.generation.mode.is_positive
