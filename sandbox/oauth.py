"""OAuth: https://developers.google.com/identity/protocols/oauth2/web-server"""

from __future__ import annotations

import base64
import binascii
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from multidict import MultiDict

from sandbox.consent import consent_page, error_page
from sandbox.tokens import (
    CODE_SECONDS,
    IDENTITY_SCOPES,
    Client,
    Code,
    Grant,
    id_token,
    long_scopes,
    matches_challenge,
    public_keys,
)
from sandbox.watch import is_loopback
from sandbox.wire import Answer, Call, Json
from sandbox.world import World

_EXPIRED = "Token has been expired or revoked."


class OAuthError(Exception):
    """An error in the format of RFC 6749."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(error)
        self.error, self.description, self.status = error, description, status

    def answer(self) -> Answer:
        """Return the HTTP response."""
        body = {"error": self.error, "error_description": self.description}
        return Answer.json(body, status=self.status)


class ConsentError(OAuthError):
    """An error that can't be sent back to the application; it is shown to the user."""

    def answer(self) -> Answer:
        """Return Google's error page."""
        return Answer.html(
            error_page(self.status, self.error, self.description), status=self.status
        )


@dataclass(frozen=True, slots=True)
class ConsentRequest:
    """What an application asks a user for."""

    client: Client
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str | None
    challenge: str | None
    nonce: str | None
    offline: bool
    prompt: frozenset[str]
    login_hint: str | None
    incremental: bool

    def back(self, **answer: str | None) -> Answer:
        """Return a redirect to the application with its own state."""
        parameters = {**answer, "state": self.state}
        query = urlencode({name: text for name, text in parameters.items() if text is not None})
        joint = "&" if urlsplit(self.redirect_uri).query else "?"
        return Answer(302, headers={"Location": f"{self.redirect_uri}{joint}{query}"})


def authorize(world: World, call: Call) -> Answer:
    """Return the consent page, or the redirect for the user's decision."""
    try:
        request = _read_request(world, call.query)
    except OAuthError as error:
        return error.answer()
    if call.method == "POST":
        return _decide(world, request, form_of(call))
    if "none" in request.prompt:
        return _decide_silently(world, request)
    return Answer.html(consent_page(request, list(world.accounts.values())))


def _read_request(world: World, query: Mapping[str, str]) -> ConsentRequest:
    client = world.tokens.clients.get(query.get("client_id", ""))
    if client is None:
        raise ConsentError("invalid_client", "The OAuth client was not found.", 401)
    redirect_uri = query.get("redirect_uri", "")
    if redirect_uri not in client.redirect_uris and not _is_local(redirect_uri):
        raise ConsentError(
            "redirect_uri_mismatch",
            "The redirect URI in the request is not registered for this client.",
        )
    if query.get("response_type") != "code":
        raise ConsentError("unsupported_response_type", "response_type must be code.")
    if not query.get("scope", "").split():
        raise ConsentError("invalid_request", "Missing required parameter: scope")
    if "code_challenge" in query and query.get("code_challenge_method") != "S256":
        raise ConsentError("invalid_request", "code_challenge_method must be S256.")
    return ConsentRequest(
        client=client,
        redirect_uri=redirect_uri,
        scopes=tuple(dict.fromkeys(long_scopes(query["scope"]))),
        state=query.get("state"),
        challenge=query.get("code_challenge"),
        nonce=query.get("nonce"),
        offline=query.get("access_type") == "offline",
        prompt=frozenset(query.get("prompt", "").split()),
        login_hint=query.get("login_hint"),
        incremental=query.get("include_granted_scopes") == "true",
    )


def _is_local(redirect_uri: str) -> bool:
    url = urlsplit(redirect_uri)
    local = url.scheme in ("http", "https") and is_loopback(url.hostname or "")
    return local and not url.fragment


def _decide(world: World, request: ConsentRequest, form: MultiDict[str]) -> Answer:
    email = form.get("account", "")
    if form.get("decision") != "allow":
        return request.back(error="access_denied")
    if email not in world.accounts:
        return ConsentError("invalid_request", "Choose one of the accounts.").answer()
    ticked = set(form.getall("scope", []))
    granted = {scope for scope in request.scopes if scope in ticked | IDENTITY_SCOPES}
    if not granted:
        return request.back(error="access_denied")
    return _grant(world, request, email, granted)


def _decide_silently(world: World, request: ConsentRequest) -> Answer:
    """Answer `prompt=none`: only what was granted before, without a page."""
    if request.login_hint not in world.accounts:
        return request.back(error="interaction_required")
    known = world.tokens.grants.get((str(request.login_hint), request.client.id), Grant(set()))
    if not set(request.scopes) <= known.scopes:
        return request.back(error="consent_required")
    return _grant(world, request, str(request.login_hint), set(request.scopes))


def _grant(world: World, request: ConsentRequest, email: str, scopes: set[str]) -> Answer:
    known = world.tokens.grants.get((email, request.client.id))
    if request.incremental and known:
        scopes |= known.scopes
    code = Code(
        email=email,
        client_id=request.client.id,
        redirect_uri=request.redirect_uri,
        scopes=frozenset(scopes),
        challenge=request.challenge,
        nonce=request.nonce,
        refreshable=request.offline and (known is None or "consent" in request.prompt),
        expires_at=time.time() + CODE_SECONDS,
    )
    return request.back(
        code=world.tokens.issue_code(code),
        scope=" ".join(sorted(scopes)),
        authuser="0",
        prompt="consent",
    )


def form_of(call: Call) -> MultiDict[str]:
    """Parse a body of form fields."""
    text = call.body.decode(errors="replace")
    return MultiDict(parse_qsl(text, keep_blank_values=True))


def classify_token_call(world: World, call: Call) -> None:
    """Set which grant a token call is about, for the log and for faults."""
    form = form_of(call)
    refreshes = form.get("grant_type") == "refresh_token"
    call.kind = "token.refresh" if refreshes else "token.code"
    known = world.tokens.refresh.get(form.get("refresh_token", ""))
    code = world.tokens.codes.get(form.get("code", ""))
    if refreshes and known:
        call.email, call.client_id = known
    elif code:
        call.email, call.client_id = code.email, code.client_id


def token(world: World, call: Call) -> Answer:
    """Exchange a code or a refresh token for tokens."""
    form = form_of(call)
    try:
        client = _authenticate(world, call, form)
        if form.get("grant_type") == "authorization_code":
            return _exchange(world, client, form)
        if form.get("grant_type") == "refresh_token":
            return _refresh(world, client, form)
        name = form.get("grant_type", "")
        raise OAuthError("unsupported_grant_type", f"Invalid grant_type: {name[:40]}")
    except OAuthError as error:
        return error.answer()


def _authenticate(world: World, call: Call, form: MultiDict[str]) -> Client:
    client_id, secret = _basic(call) or (form.get("client_id"), form.get("client_secret"))
    client = world.tokens.clients.get(client_id or "")
    if client is None:
        raise OAuthError("invalid_client", "The OAuth client was not found.", 401)
    if secret is None:
        raise OAuthError("invalid_request", "client_secret is missing.")
    if not secrets.compare_digest(secret.encode(), client.secret.encode()):
        raise OAuthError("invalid_client", "Unauthorized", 401)
    return client


def _basic(call: Call) -> tuple[str, str] | None:
    scheme, _, credentials = call.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(credentials).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise OAuthError("invalid_client", "Unauthorized", 401) from None
    return unquote(name), unquote(secret)


def _exchange(world: World, client: Client, form: MultiDict[str]) -> Answer:
    code = world.tokens.codes.pop(form.get("code", ""), None)
    if code is None or code.client_id != client.id:
        raise OAuthError("invalid_grant", "Malformed auth code.")
    if code.expires_at <= time.time():
        raise OAuthError("invalid_grant", "Bad Request")
    if form.get("redirect_uri") != code.redirect_uri:
        raise OAuthError("redirect_uri_mismatch", "Bad Request")
    if not matches_challenge(code.challenge, form.get("code_verifier")):
        raise OAuthError("invalid_grant", "Invalid code verifier.")
    body = _tokens(world, code.email, client, code.scopes, code.nonce)
    if code.refreshable:
        body["refresh_token"] = world.tokens.issue_refresh(code.email, client.id)
    return Answer.json(body, headers={"Cache-Control": "no-store"})


def _refresh(world: World, client: Client, form: MultiDict[str]) -> Answer:
    if not form.get("refresh_token"):
        raise OAuthError("invalid_request", "Missing required parameter: refresh_token")
    email, client_id = world.tokens.refresh.get(form["refresh_token"], (None, None))
    if email is None:
        raise OAuthError("invalid_grant", _EXPIRED)
    if client_id != client.id:
        raise OAuthError("unauthorized_client", "Unauthorized")
    scopes = frozenset(world.tokens.grants[email, client.id].scopes)
    body = _tokens(world, email, client, scopes, None)
    return Answer.json(body, headers={"Cache-Control": "no-store"})


def _tokens(
    world: World, email: str, client: Client, scopes: frozenset[str], nonce: str | None
) -> Json:
    body: Json = {
        "access_token": world.tokens.issue_access(email, client.id, scopes),
        "expires_in": world.tokens.access_seconds,
        "scope": " ".join(sorted(scopes)),
        "token_type": "Bearer",
    }
    if "openid" in scopes:
        body["id_token"] = id_token(world.accounts[email], client.id, nonce)
    return body


def revoke(world: World, call: Call) -> Answer:
    """Revoke the grant that a token belongs to."""
    text = form_of(call).get("token") or call.query.get("token") or ""
    if not world.tokens.revoke(text):
        return OAuthError("invalid_token", "Token expired or revoked").answer()
    return Answer.json({})


def certs(world: World, call: Call) -> Answer:
    """Return the keys that verify id tokens."""
    return Answer.json(public_keys())
