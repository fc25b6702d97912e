"""A small OpenID Connect provider over HTTP, with RSA keys, which checks by itself what a client has to send."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote_plus, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "the-desk", "a secret of the desk: it has %, + and blanks"


def new_key(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})


KEY, OTHER_KEY = new_key("one"), new_key("two")
"""Made once: each takes a tenth of a second."""


class Identity:
    """Whoever comes to its authorization endpoint is ``person``. ``spoil`` changes the id token's claims, ``sign`` makes
    another text of them, ``answers`` put another answer in the place of a path's."""

    def __init__(self) -> None:
        self.person: dict[str, Any] = {"sub": "s-1", "preferred_username": "Mia", "groups": ["staff", "the-ops"]}
        self.userinfo: dict[str, Any] = {"sub": "s-1"}
        self.spoil: dict[str, Any] = {}
        self.sign: Callable[[dict[str, Any]], str] = self.signed
        self.answers: dict[str, Callable[[BaseHTTPRequestHandler], None]] = {}
        self.more: dict[str, Any] = {}
        self.key = KEY
        self.asked: list[str] = []
        self.codes: dict[str, dict[str, str]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"identity": self}))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.issuer = f"http://127.0.0.1:{self._server.server_port}/realm"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def authorize(self, url: str) -> dict[str, str]:
        """What a browser brings back from the authorization endpoint, once the person has said yes."""
        parts = urlsplit(url)
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{self.issuer}/authorize"
        asked = {name: values[0] for name, values in parse_qs(parts.query, strict_parsing=True).items()}
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert "openid" in asked["scope"].split()
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return {"code": code, "state": asked["state"]}

    def document(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            **self.more,
        }

    def tokens(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """An answer of the token endpoint (RFC 6749, 5.1 and 5.2)."""
        name, _, secret = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        named = (
            (unquote_plus(name), unquote_plus(secret)) if authorization else (form["client_id"], form["client_secret"])
        )
        if named != (CLIENT, SECRET):
            return 401, {"error": "invalid_client"}
        asked = self.codes.pop(form["code"], None)
        if asked is None or form["redirect_uri"] != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        if base64.urlsafe_b64encode(digest).decode().rstrip("=") != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        times = {"iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        claims = {"iss": self.issuer, "aud": CLIENT, **times, **self.person, **self.spoil}
        text = self.sign({name: value for name, value in claims.items() if value is not None})
        return 200, {"access_token": "an-access-token", "token_type": "Bearer", "id_token": text}

    def signed(self, claims: dict[str, Any]) -> str:
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)

    def unsigned(self, claims: dict[str, Any]) -> str:
        """With the algorithm none, and no signature."""
        return f"{encoded({'alg': 'none', 'typ': 'JWT'})}.{encoded(claims)}."

    def signed_with_the_public_key(self, claims: dict[str, Any]) -> str:
        """By HMAC, whose secret is what everybody knows."""
        text = f"{encoded({'alg': 'HS256', 'kid': self.key.kid})}.{encoded(claims)}"
        mac = hmac.digest(self.key.as_pem(private=False), text.encode(), hashlib.sha256)
        return f"{text}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"

    def signed_by_another(self, claims: dict[str, Any]) -> str:
        """Under the id of the right key."""
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, OTHER_KEY)


def encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def hang(handler: BaseHTTPRequestHandler) -> None:
    """Drip a header line a byte at a time, for as long as somebody listens."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    try:
        while True:
            handler.connection.settimeout(0.2)
            try:
                if not handler.connection.recv(1):
                    return
            except TimeoutError:
                handler.wfile.write(b"x")
                handler.wfile.flush()
    except OSError:
        return


def elsewhere(handler: BaseHTTPRequestHandler) -> None:
    answer(handler, 302, {}, {"Location": "http://127.0.0.1:1/"})


def endless(handler: BaseHTTPRequestHandler) -> None:
    """A megabyte of JSON."""
    answer(handler, 200, {"keys": ["x" * 1_000_000]})


def nonsense(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "2")
    handler.end_headers()
    handler.wfile.write(b"[]")


def answer(handler: BaseHTTPRequestHandler, status: int, tree: Any, headers: dict[str, str] | None = None) -> None:
    body = json.dumps(tree).encode()
    handler.send_response(status)
    for name, value in {
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        **(headers or {}),
    }.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    identity: ClassVar[Identity]

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers["Content-Length"])))

    def _answer(self, body: bytes) -> None:
        identity, place = self.identity, self.path.removeprefix("/realm")
        identity.asked.append(place)
        if place in identity.answers:
            identity.answers[place](self)
        elif place.startswith("/authorize?"):
            brought = identity.authorize(f"{identity.issuer}{place}")
            back = identity.codes[brought["code"]]["redirect_uri"]
            answer(self, 302, {}, {"Location": f"{back}?{query(brought)}"})
        elif place == "/.well-known/openid-configuration":
            answer(self, 200, identity.document())
        elif place == "/keys":
            answer(self, 200, {"keys": [identity.key.as_dict(private=False)]})
        elif place == "/userinfo" and self.headers["Authorization"] == "Bearer an-access-token":
            answer(self, 200, identity.userinfo)
        elif place == "/token":
            form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
            answer(self, *identity.tokens(form, self.headers.get("Authorization", "")))
        else:
            answer(self, 404, {})

    def log_message(self, *_: Any) -> None:
        pass

    def handle(self) -> None:
        with suppress(OSError):  # whoever has waited long enough is gone
            super().handle()


def query(told: dict[str, str]) -> str:
    return urlencode(told)
