#!/usr/bin/env bash
# MariaDB 10.11 (Debian 12), utf8mb4 with its default collation: two different letters beyond the basic plane are equal.
#
# Expected: a primary key on a utf8mb4 text tells U+20BB7 from U+21D45, two letters of Japanese names and places.
# Seen: utf8mb4_general_ci, which a table gets where nobody names a collation, has one weight for all letters beyond
# U+FFFF: they are equal to each other, and the second one is a duplicate key. On a MyISAM table an INSERT of several
# rows keeps those before the duplicate and drops it and all that come after.
# Who is hurt: shop programs that keep an order's free fields by name in such a table, as Webasyst Shop-Script does:
# of two fields with such names the second is lost, and with it every field after it.
set -euo pipefail
version=1:10.11.18-0+deb12u1
work=$(mktemp -d)
trap 'test -s "$work/pid" && kill "$(cat "$work/pid")" 2>/dev/null; sleep 1; rm -rf "$work"' EXIT
cd "$work"
chmod 755 "$work"

{ apt-get download "mariadb-server-core=$version" "mariadb-client-core=$version" 2>/dev/null ||
  { apt-get update >/dev/null 2>&1 && apt-get download "mariadb-server-core=$version" "mariadb-client-core=$version"; }
} >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" root; done
# what the two link to beside the C library
for lib in liburing2 libsnappy1v5 libpmem1 libndctl6 libdaxctl1; do apt-get download "$lib" >/dev/null 2>&1 && dpkg -x "$lib"_*.deb root; done
export LD_LIBRARY_PATH=$work/root/usr/lib/x86_64-linux-gnu:$work/root/lib/x86_64-linux-gnu${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}

mkdir data
"$work/root/usr/sbin/mariadbd" --no-defaults --datadir="$work/data" --user="$(id -un)" --skip-grant-tables \
  --skip-networking --socket="$work/s" --pid-file="$work/pid" --lc-messages-dir="$work/root/usr/share/mysql" \
  >log 2>&1 &
ask() { "$work/root/usr/bin/mariadb" --no-defaults --socket="$work/s" --default-character-set=utf8mb4 -N -B -e "$1"; }
for _ in $(seq 100); do ask 'select 1' >/dev/null 2>&1 && break; sleep 0.2; done

ask 'create database shop character set utf8mb4'
echo "server:    $(ask 'select version()')"
collation=$(ask "select default_collation_name from information_schema.schemata where schema_name = 'shop'")
equal=$(ask "select '吉' = '𠮷' collate utf8mb4_general_ci, '𠮷' = '𡵅' collate utf8mb4_general_ci" | tr '\t' ' ')
ask 'create table shop.field (name varchar(64) primary key, value varchar(255)) engine = myisam'
ask "insert into shop.field values ('𠮷', 'a'), ('𡵅', 'b'), ('street', 'c')" 2>error || true
kept=$(ask 'select group_concat(value) from shop.field')
echo "collation: $collation"
echo "equal:     U+5409 and U+20BB7, U+20BB7 and U+21D45: $equal"
echo "insert:    $(grep -o 'Duplicate entry' error)"
echo "kept:      $kept"
test "$collation" = utf8mb4_general_ci
test "$equal" = "0 1"
grep -q 'Duplicate entry' error
test "$kept" = a
