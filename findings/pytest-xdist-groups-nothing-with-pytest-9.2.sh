#!/usr/bin/env bash
# pytest-xdist 3.8.0 with pytest 9.2.0: tests of one xdist_group run in two processes at once, and nobody says so.
#
# Expected: with --dist loadgroup all tests that bear @pytest.mark.xdist_group("vendor") run in one process, one after the
# other, as they do with pytest 8.4.2.
# Seen: the mark is accepted, the tests pass, and each runs in whichever process is free. No warning. loadgroup sorts by an
# "@vendor" at the end of a test's name. pytest-xdist writes it into item._nodeid, and item.nodeid of pytest 9.2 does not
# read that any more.
# Who is hurt: suites whose tests share one account of a vendor, one port or one table and rely on the mark. They fail now
# and then, on busy machines first. Pin pytest below 9.2, or use --dist loadfile and put such tests into one file.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for name in orders refunds; do
  cat >"$work/test_$name.py" <<PY
import os
import pathlib

import pytest


@pytest.mark.xdist_group("vendor")
def test_$name():
    pathlib.Path("process-of-$name").write_text(os.environ["PYTEST_XDIST_WORKER"])
PY
done
python3 -m venv "$work/venv"
for version in 8.4.2 9.2.0; do
  "$work/venv/bin/pip" install --quiet --disable-pip-version-check "pytest==$version" pytest-xdist==3.8.0 2>/dev/null
  (cd "$work" && "$work/venv/bin/python" -m pytest -q -n 2 --dist loadgroup -p no:cacheprovider >run.txt 2>&1 || { cat run.txt; exit 1; })
  grep -q '^2 passed' "$work/run.txt"
  processes=$(for file in "$work"/process-of-*; do cat "$file"; echo; done | sort -u | wc -l)
  echo "pytest $version: both tests of the group pass, in $processes process(es)"
  case $version in 8.4.2) test "$processes" = 1 ;; *) test "$processes" = 2 ;; esac
done
