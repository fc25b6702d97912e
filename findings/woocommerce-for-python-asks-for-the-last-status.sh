#!/usr/bin/env bash
# PyPI WooCommerce 3.0.0 beside npm @woocommerce/woocommerce-rest-api 1.0.2: of two statuses Python's asks for the second.
#
# Expected: get("orders", params={"status": ["processing", "on-hold"]}) asks for both, as the npm package's same call does.
# Seen: over https the Python package writes status=processing&status=on-hold; npm's writes status[]= twice. PHP, on which
# every such shop runs, keeps the last of two equal names: the shop is asked for "on-hold" alone, and answers 200. Over plain
# http the package writes the list as Python prints it, signs that, and adds the two names behind it.
# Who is hurt: a nightly import of orders to be sent: no paid order (processing) is ever in it, and nothing fails. The same
# for include=[ids] and product=[ids]. Write params={"status[]": [...]}, or one text with commas, "processing,on-hold".
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check woocommerce==3.0.0 requests==2.34.2 trustme==1.2.1 2>/dev/null
npm install --silent --no-audit --no-fund --prefix "$work" @woocommerce/woocommerce-rest-api@1.0.2 >/dev/null
cat >ask.mjs <<'JS'
import client from '@woocommerce/woocommerce-rest-api'
const shop = new client.default({ url: process.argv[2], consumerKey: 'ck_made_up', consumerSecret: 'cs_made_up', version: 'wc/v3' })
await shop.get('orders', { status: ['processing', 'on-hold'] })
JS
cat >show.py <<'PY'
import os
import shutil
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qsl, urlsplit

import trustme
from woocommerce import API

asked = []


class Shop(BaseHTTPRequestHandler):
    def do_GET(self):
        asked.append(urlsplit(self.path).query)
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"[]")

    def log_message(self, *_):
        pass


def opened(context=None):
    shop = HTTPServer(("127.0.0.1", 0), Shop)
    if context:
        shop.socket = context.wrap_socket(shop.socket, server_side=True)
    threading.Thread(target=shop.serve_forever, daemon=True).start()
    return f"{'https' if context else 'http'}://127.0.0.1:{shop.server_address[1]}"


def query(url, **params):
    API(url=url, consumer_key="ck_made_up", consumer_secret="cs_made_up", version="wc/v3").get("orders", params=params)
    return asked.pop()


def statuses(text):
    return [(name, value) for name, value in parse_qsl(text) if name.startswith("status")]


authority = trustme.CA()
authority.cert_pem.write_to_path("ca.pem")
os.environ["REQUESTS_CA_BUNDLE"] = os.environ["NODE_EXTRA_CA_CERTS"] = os.path.abspath("ca.pem")
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
authority.issue_cert("127.0.0.1").configure_cert(context)
https, http = opened(context), opened()
subprocess.run(["node", "ask.mjs", https], check=True, timeout=30)
both = ["processing", "on-hold"]
seen = {"npm": asked.pop(), "Python": query(https, status=both), "Python, http": query(http, status=both),
        "Python, status[]": query(https, **{"status[]": both})}
for what, text in seen.items():
    print(f"{what}: {statuses(text)}")
    if shutil.which("php"):
        said = subprocess.run(["php", "-r", 'parse_str($argv[1], $q); echo json_encode($q["status"]);', "--", text], check=True,
                              capture_output=True, text=True).stdout
        print(f"    as PHP reads it: {said}")
        assert said == ('["processing","on-hold"]' if "[" in statuses(text)[0][0] else '"on-hold"')
assert statuses(seen["npm"]) == statuses(seen["Python, status[]"]) == [("status[]", "processing"), ("status[]", "on-hold")]
assert statuses(seen["Python"]) == [("status", "processing"), ("status", "on-hold")]
assert statuses(seen["Python, http"]) == [("status", "['processing', 'on-hold']"), *statuses(seen["Python"])]
PY
venv/bin/python show.py
