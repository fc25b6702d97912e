#!/usr/bin/env bash
# nginx 1.22.1 (Debian 12) as a proxy, with its default proxy_http_version 1.0: half an answer becomes a whole one.
#
# Expected: an answer that its server breaks off ends broken at the client too.
# Seen: over HTTP/1.0 an answer without Content-Length ends where the connection does, broken off or not. nginx then
# gives its client chunks, and writes the last, empty one behind the half: the client is told that this is all.
# With proxy_http_version 1.1 nginx sees that the last chunk is missing, and closes its client's connection without it.
# Who is hurt: whoever streams exports, backups or reports behind nginx as it comes: a process or a database that dies in
# mid-stream leaves a file that ends well, with rows missing. Set proxy_http_version 1.1, or send a Content-Length.
set -euo pipefail
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
apt-get download nginx >/dev/null 2>&1
dpkg -x nginx_*.deb .
usr/sbin/nginx -v 2>&1 | grep -F 1.22.1
cat >nginx.conf <<CONF
daemon off; pid $work/pid; error_log $work/log; events {}
http {
  access_log off; client_body_temp_path $work/b; proxy_temp_path $work/p; fastcgi_temp_path $work/f;
  uwsgi_temp_path $work/u; scgi_temp_path $work/s;
  server { listen 127.0.0.1:18991; location / { proxy_pass http://127.0.0.1:18990; } }
  server { listen 127.0.0.1:18992; location / { proxy_pass http://127.0.0.1:18990; proxy_http_version 1.1; } }
}
CONF
usr/sbin/nginx -p "$work" -c "$work/nginx.conf" &
python3 - <<'PY'
import http.client
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ROW = b"x" * 1000


class Half(BaseHTTPRequestHandler):
    """Two thousand rows, and then the connection is gone: in chunks, where that was asked for by HTTP/1.1."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        is_chunked = self.request_version == "HTTP/1.1"
        self.send_response(200)
        if is_chunked:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for _ in range(2000):
            self.wfile.write(b"3e8\r\n" + ROW + b"\r\n" if is_chunked else ROW)
        self.close_connection = True

    def log_message(self, *_):
        pass


threading.Thread(target=ThreadingHTTPServer(("127.0.0.1", 18990), Half).serve_forever, daemon=True).start()


def asked(port):
    for _ in range(100):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            connection.request("GET", "/")
            return len(connection.getresponse().read())
        except ConnectionRefusedError:
            time.sleep(0.1)
        except http.client.IncompleteRead as cut:
            return f"cut after {len(cut.partial)}"


seen = {port: asked(port) for port in (18990, 18991, 18992)}
print(seen)
assert seen == {18990: "cut after 2000000", 18991: 2_000_000, 18992: "cut after 2000000"}
PY
