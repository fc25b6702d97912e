"""A small OpenSearch, played: documents written, versions compared, as its document pages say."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

BASIC = "Basic b3JkZXJjYXN0OnNlYXJjaC1zZWNyZXQ="  # ordercast:search-secret


class OpenSearch:
    """One index, ``orders``. ``documents`` are by id, ``wrote`` the ids in order of commit."""

    def __init__(self) -> None:
        self.documents: dict[str, dict[str, Any]] = {}
        self.versions: dict[str, int] = {}
        self.wrote: list[str] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _bound(self))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self) -> Self:
        Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def put(self, key: str, version: int | None, document: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        held = self.versions.get(key, 0)
        if version is not None and version < held:
            error = {"type": "version_conflict_engine_exception", "reason": f"[{key}]: current version is higher"}
            return 409, {"error": error, "status": 409}
        result = "updated" if key in self.documents else "created"
        self.documents[key], self.versions[key] = document, held + 1 if version is None else version
        self.wrote.append(key)
        return 201 if result == "created" else 200, {"_index": "orders", "_id": key, "result": result}

    def delete(self, key: str) -> tuple[int, dict[str, Any]]:
        found = self.documents.pop(key, None)
        result = "deleted" if found else "not_found"
        return 200 if found else 404, {"_index": "orders", "_id": key, "result": result}

    def get(self, key: str) -> tuple[int, dict[str, Any]]:
        found = self.documents.get(key)
        shown = {"_index": "orders", "_id": key, "found": found is not None}
        return (200, {**shown, "_source": found}) if found else (404, shown)


def _bound(cluster: OpenSearch) -> type[BaseHTTPRequestHandler]:
    class Asked(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answered(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, tree = self.judged(body)
            shown = json.dumps(tree).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=UTF-8")
            self.send_header("Content-Length", str(len(shown)))
            self.end_headers()
            self.wfile.write(shown)

        do_GET = do_PUT = do_DELETE = answered  # noqa: N815  http.server's names

        def judged(self, body: bytes) -> tuple[int, dict[str, Any]]:
            if self.headers.get("Authorization") != BASIC:
                return 401, {"error": "Unauthorized", "status": 401}
            url = urlsplit(self.path)
            if url.path == "/orders/_settings":
                return 200, {"orders": {"settings": {}}}
            key = unquote(url.path.removeprefix("/orders/_doc/"))
            if key == url.path:
                return 404, {"error": {"type": "index_not_found_exception"}, "status": 404}
            if self.command == "PUT":
                version = parse_qs(url.query).get("version")
                return cluster.put(key, int(version[0]) if version else None, json.loads(body))
            return cluster.delete(key) if self.command == "DELETE" else cluster.get(key)

        def log_message(self, *_: object) -> None:
            return

    return Asked
