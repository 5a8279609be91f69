"""`/batch/calendar/v3`: several calls in one body.

https://developers.google.com/workspace/calendar/api/guides/batch
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from email.parser import BytesParser
from email.policy import HTTP
from http import HTTPStatus

from multidict import CIMultiDict, MultiDict
from yarl import URL

from sandbox.errors import GoogleError
from sandbox.wire import Answer, Call

LARGEST_BATCH = 1000
_REQUEST_LINE = re.compile(rb"\A([A-Z]+) (\S+)(?: HTTP/[\d.]+)?\Z")


def answer_batch(call: Call, answer_one: Callable[[Call], Answer]) -> Answer:
    """Answer each inner call independently and in order; 400 for a malformed batch."""
    try:
        parts = _read_parts(call)
    except GoogleError as error:
        return error.answer()
    boundary = f"batch_{secrets.token_urlsafe(18)}"
    answers = [_part(name, answer_one(inner), boundary) for name, inner in parts]
    body = b"".join(answers) + f"--{boundary}--\r\n".encode()
    return Answer(body=body, content_type=f"multipart/mixed; boundary={boundary}")


def _read_parts(call: Call) -> list[tuple[str | None, Call]]:
    content_type = call.headers.get("Content-Type", "")
    if not content_type.lower().startswith("multipart/mixed"):
        raise GoogleError("badRequest", "Failed to parse batch request, missing boundary.")
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + call.body)
    parts = list(message.iter_parts()) if message.is_multipart() else []
    if not parts:
        raise GoogleError("badRequest", "Failed to parse batch request, no parts.")
    if len(parts) > LARGEST_BATCH:
        raise GoogleError("badRequest", f"The batch contains more than {LARGEST_BATCH} calls.")
    return [(part["Content-ID"], _inner(part.get_payload(decode=True), call)) for part in parts]


def _inner(content: object, outer: Call) -> Call:
    text = content if isinstance(content, bytes) else b""
    head, _, body = text.replace(b"\r\n", b"\n").lstrip(b"\n").partition(b"\n\n")
    line, *fields = head.split(b"\n")
    match = _REQUEST_LINE.match(line.strip())
    if match is None:
        raise GoogleError("badRequest", "Failed to parse batch request, invalid inner request.")
    url = URL(match.group(2).decode(), encoded=True)
    # An inner call without an Authorization header uses that of the outer request.
    headers: CIMultiDict[str] = CIMultiDict()
    if "Authorization" in outer.headers:
        headers["Authorization"] = outer.headers["Authorization"]
    for field in fields:
        name, _, value = field.decode(errors="replace").partition(":")
        headers[name.strip()] = value.strip()
    return Call(match.group(1).decode(), url.raw_path, MultiDict(url.query), headers, body)


def _part(name: str | None, answer: Answer, boundary: str) -> bytes:
    head = [f"--{boundary}", "Content-Type: application/http"]
    if name:
        head.append(f"Content-ID: {_reply_id(name)}")
    phrase = HTTPStatus(answer.status).phrase
    head += [
        "",
        f"HTTP/1.1 {answer.status} {phrase}",
        f"Content-Type: {answer.content_type}",
        *(f"{key}: {value}" for key, value in answer.headers.items()),
        f"Content-Length: {len(answer.body)}",
        "",
        "",
    ]
    return "\r\n".join(head).encode() + answer.body + b"\r\n"


def _reply_id(name: str) -> str:
    return name.replace("<", "<response-", 1) if "<" in name else f"response-{name}"
