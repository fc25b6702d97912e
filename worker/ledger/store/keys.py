"""The map of the ledger: every key's pattern, type, members, lifetime and writer.

All keys of one ledger share the hash tag ``{ordercast}``, so a Lua step may touch any of them; of a ledger that is
split each shard has a tag of its own, ``{ordercast.1}`` and so on behind the first. The same map makes the prelude of
every script (``lua_prelude``): keys are built here and nowhere else.

``provider`` is a provider's name, ``order`` the 20-character digest of (source, order number), ``seq`` the number of
an event's arrival. Times are the store's clock in milliseconds.
"""

from __future__ import annotations

import re

DEFAULT_TAG = "{ordercast}:"


def tag_of(shard: int) -> str:
    """What the keys of a shard begin with: the first one's are as those of a ledger that is not split."""
    return f"{{ordercast.{shard}}}:" if shard else DEFAULT_TAG


PATTERNS: dict[str, str] = {
    # the whole ledger
    "seq": "seq",  # string: number of the last arrival · for ever · accept, refuse
    # hash: ms, at: the last jump of the clock that leases were moved by; even when a worker last saw that it had not
    # jumped · for ever · shift, beat
    "jump": "jump",
    # hash: run_id, number, at; where tests set the clock by hand also clock, ms added to the server's TIME · for ever
    # · epoch
    "epoch": "epoch",
    "split": "split",  # hash: ledger its random id, shard which one this is, of how many; in the first shard also
    # "joined:<n>" for each that has joined · for ever, where the ledger is split · join
    "table": "table",  # hash: version, json: the provider table · for ever · apply
    "full": "full",  # string: why nothing is accepted · 5 s · measure
    "workers": "workers",  # zset: worker name by last beat · beat
    "worker_facts": "wkf",  # hash: worker → what it says of itself as JSON, see facts.py · as in "workers" · beat
    # events and orders
    # hash: a accepted at, b body, o order, k "a" at an action, "><provider>" packed delivery, and of an order's only
    # event the link that it learned (see lib/delivery.lua), "e<n>:<provider>" the body of an edit, x when it
    # was erased · retention
    "event": "ev:<seq>",
    "events": "events",  # zset: seq by accepted at · as event
    "sources": "sources",  # set: every source that ever sent an event · for ever · accept
    "bands": "bands",  # hash: source → its band in "ready", the first 0 · for ever · accept
    # hash: 12 characters of the delivery id → seq, of 16,384 events in a row: what comes in is near to what came before
    # · as event
    "ids": "ids:<block>",
    # list: 12 bytes of a customer's e-mail, keyed (see customers.py), and the seq of the event; of 16,384 in a row
    # a list for each first byte of these, so that some 64 are together: 21 bytes an event · as event
    "emails": "em:<block>:<first_byte>",
    "customer_key": "ck",  # string: 32 random bytes, with which e-mails are hashed · for ever · customers.py
    "id_blocks": "idb",  # zset: the blocks that there are · as event
    "generations": "dds",  # zset: the generations that there are · accept
    # hash: identity of an event → seq|body digest|providers, and of a second event of one act |id of the first;
    # identity of an act → seq|providers|id of its first event, a blank, what it said · dedupe_days · accept
    "seen": "dd:<generation>",
    # hash: s source, n number, e seq of its first event, i its source's band where that is not 0; of the newest
    # snapshot q arrival and t moment (see lib/stale.lua), r the last revision; by provider "l:" link, which its first
    # event keeps while it is the only one, "m:" in doubt since, "d:" last delivered snapshot, "u:" the actions that
    # died for want of the order (lib/replaying.lua)
    "order": "or:<order>",
    "order_events": "oe:<order>",  # list: seq of its further events · both dedupe_days from last use
    # work at a provider
    # zset: "<seq>s" or "<seq>a" by place, see lib/dead.lua · while anything is undelivered
    "lane": "ln:<provider>:<order>",
    "ready": "rd:<provider>:<lane_class>",  # zset: order, or "<order>|<seq>s", by band, then by arrival (f,
    # first tries) or by waiting since (r, retried; b, behind live traffic) · see lib/ready.lua, lib/single.lua
    "parked": "pk:<provider>",  # zset: order by due
    "gate_parked": "gp:<provider>",  # zset: order by due, of those that a hold or a trip parked · park, bury, wake
    "claims": "cl:<provider>",  # hash: order → see lib/claim_record.lua; at most as many as are in flight
    "delivery": "dl:<provider>:<seq>",  # hash: DELIVERY_FIELDS of one with a past, while not final · park, bury, reap
    "attempts": "at:<provider>:<seq>",  # list: attempts, JSON, oldest first, at most 30 · as event
    # list: what its last unclean attempts sent, 16 digits of its digest and the rest packed, at most 3 that differ,
    # 16 KiB each, with the customer in it · as event · park, bury
    "sent": "sb:<provider>:<seq>",
    "open": "op:<provider>",  # zset: seq of what is not final, by accepted at
    "closed": "ix:<provider>:<state>",  # zset: seq of skipped, superseded, discarded, by when
    "dead": "ix:<provider>:dead",  # zset: seq of dead letters, by when
    "dead_group": "dg:<provider>:<fingerprint>",  # zset: seq of the dead of one cause, by when
    "dead_groups": "dgs:<provider>",  # hash: fingerprint → reason|message of each cause that is known · as "causes"
    # hash: fingerprint → what became of its letters, see lib/cause.lua · 30 days from when it has none left
    "causes": "cs:<provider>",
    "causes_closed": "csx:<provider>",  # zset: fingerprint of what has none left, by since when
    # what people say of causes, in the first shard, of the last 1,000 at each provider that anything was said of
    "cause_marks": "csm:<provider>",  # hash: fingerprint → JSON: taken, ignored, each with who and at_ms · cause_mark
    "cause_notes": "csn:<provider>:<fingerprint>",  # list: who, at_ms, text as JSON, the last 20 · cause_mark
    "cause_deeds": "csd:<provider>",  # zset: fingerprint by when anything was said of it last · cause_mark
    "gate": "gt:<provider>",  # hash: see lib/gate.lua
    "gate_news": "gn",  # list: what changed at gates and is not told yet, JSON, at most 100 · see lib/gate.lua, news
    "gate_told": "gnt",  # hash: provider → the minutes that it is told too much in, see news.lua · news
    "loans": "lo:<provider>",  # hash: see lib/loan.lua · in the first shard of a ledger that is split · lend
    "owners": "ky:<provider>",  # hash: order number → source that owns it; only where there are several · for ever
    "counts": "ct:<provider>",  # hash: accepted, all that ever were; state → how many, where no index counts · for ever
    # hash: "provider|state" → how many; "provider|delivered", "provider|accepted" → how many there were before its
    # first tick; "provider|after<n>" → how many were delivered at that place of delays, see delays.py · 2 days
    "minute": "mn:<minute>",
    "outcomes": "oc",  # stream: o, an attempt's end, see lib/outcomes.lua · the last 10,000 · settle, park, bury
    "runners": "rn:<provider>",  # zset: runner by end of registration
    "calls": "rc:<provider>",  # zset: outstanding calls by expiry
    "nudges": "ng:<provider>",  # list: an entry for each lingering runner to wake: since when · 1 s
    # intake
    # hash: at, source, id, reason, errors, body; where they are known order its number, task its message's task id,
    # headers of that message as JSON; x when it was erased · refusal_days · refuse
    "refusal": "rf:<seq>",
    "remarks": "rk:<day>",  # hash: "source|path" → how many remarks, of a day in UTC · 30 days
    "refusals": "refusals",  # zset: seq by when
    "reader": "lb:<queue>",  # string: token of the one reader of the intake queue · its lease
    "takeovers": "lt:<queue>",  # hash: message digest → how often a reader died with it in hand
    "memory": "me:<slot>",  # string: what an adapter keeps for a while · as it says · SharedMemory
    "audit": "audit",  # stream: who did what and why · capped
    # jobs of people: their records are in the first shard, what is to be done in each
    "jobs": "jobs",  # zset: number of a job by when it was asked for · job_open
    "jobs_open": "jbo",  # hash: last, the last number; digest of what was asked for → job that has not ended · job_open
    # hash: of what is begun on a schedule, by provider: "at:" when it was begun last, "job:" the job then, "old:" the
    # one before; while it is due and cannot be begun "why:", and "seen:" when that was last so · for ever
    # · job_schedule
    "schedules": "sch",
    "job": "jb:<job>",  # hash: JOB_FIELDS · 30 days from its end · job_open, job_move
    "job_lease": "jl:<job>",  # string: token of who executes it · its lease
    # list: "id seq+kind order provider", of a backfill and a reconciliation "id order", of what is left · a week while
    # they are counted, then until its end
    "job_items": "ji:<job>:<attempt>",
    "job_counts": "jc:<job>",  # hash: what came of them → how many · 30 days
    "job_results": "jr:<job>",  # list: "id what came of it", the last 10,000 · 30 days
    "job_rewrite": "jw:<job>",  # string: "run_id count" of the server's rewriting that it waits for · 1 day · erase
    # who may come to the web; all in the first shard, and nothing that opens a door in the clear
    "users": "us",  # set: names · for ever · Users
    "user": "us:<user>",  # hash: role, at, by, pw its password's hash, gen that its sessions have · for ever · Users
    "invitation": "iv:<digest>",  # string: user name · a day, or until it is used · Users
    "session": "se:<digest>",  # hash: user, gen, at · 12 hours from last use · Users
    "login_failures": "lf:<digest>",  # string: how many · 15 minutes from the first · Users
    "tokens": "tk",  # hash: digest → Token as JSON, "used:<digest>" → when it was last used · for ever · AccessTokens
    "web_key": "wk",  # string: what forms are signed with · for ever · Users
}

MAY_HOLD_A_PERSON: dict[str, str] = {
    "event": "its body, edits of it, the message and the start of the answer of its last attempt, its first link",
    "attempts": "messages, and the start of each answer",
    "sent": "what was sent",
    "cause_marks": "why a person ignores a cause",
    "cause_notes": "what a person wrote",
    "order": "links: the contact's id, and what an adapter notes of the order",
    "emails": "the keyed hash of an e-mail",
    "refusal": "the body, faults that quote it, headers",
    "dead_groups": "the message of the last letter of each cause",
    "gate": "the message of the last attempt, and why a person paused it",
    "gate_news": "the same, until it is told",
    "gate_told": "the same, until it is told",
    "audit": "what a person wrote",
    "job": "what a person wrote",
    "job_results": "messages",
}
"""What may tell who somebody is, and where in it: all of that is looked through when a customer is erased. Beside these
the receipts, which Celery looks for under names of its own. No other key has more of a person than ids that producers
and vendors have chosen."""

JOB_FIELDS: dict[str, str] = {
    "kd": "its kind",
    "st": "its state: counting, counted, running, paused, done or cancelled",
    "dg": "the digest of what was asked for",
    "wt": "what was asked for, in words, as JSON",
    "fl": "the filter that this meant at that time, as JSON; ``limit`` is how many at most",
    "at": "when it was asked for",
    "who": "by whom",
    "why": "for what reason",
    "fo": "1 where it is forced",
    "sd": "1 where a schedule has begun it, and nobody confirms it",
    "ps": "how many a second at most, or 0",
    "ls": "the name of the lists of its items, see ``job_items``: anew at each attempt to count",
    "n": "how many were counted",
    "bs": "what was seen beside them while counting: how many by word, as JSON",
    "by": "who moved it last",
    "up": "when that was",
    "end": "when it ended",
}
"""The fields of a "job" hash."""

DELIVERY_FIELDS: dict[str, str] = {
    "st": "its state: parked or dead; pending or attempting where it has been so before",
    "rs": "the reason it is in that state for",
    "up": "when that was last written",
    "n": "how many attempts it has had",
    "t": "how many of them backoff counts",
    "due": "when it is tried next, while it is parked",
    "oc": "the gate's clock of open hours at its first try",
    "db": "in doubt: when a request of unknown fate was last sent; 0 where a person vouches that it was not done",
    "ed": "the number of its last edit",
    "ua": "when the provider last refused us our credentials for it",
    "ur": "how many attempts in a row failed for what is its own alone",
    "pf": "how many of its attempts were the gate's probe and failed",
    "wl": "how many workers in a row were lost with it in hand",
    "aw": "1 where the provider itself asked it to wait",
    "fp": "the fingerprint of what it died of",
    "rp": "the same of one that was replayed since, and has not ended",
    "uo": "1 where it died for want of its order, and goes again once that is there (lib/replaying.lua)",
}
"""The fields of a "delivery" hash. Instants are the store's clock in milliseconds. The Lua steps write these and no
others, which is tested."""


def lua_prelude(text: str) -> str:
    """The key builders that a Lua text uses: functions ``K.<name>(…)`` on the prefix that ``K.begin(tag)``
    has set.

    What has one key for each provider is built once and kept.
    """
    lines = [
        "local K = (function()",
        "local K, kept, T, C = {}, {}, nil, nil",
        "function K.begin(tag)",
        "  T, C = tag, kept[tag]",
        "  if not C then C = {} kept[tag] = C end",
        "end",
    ]
    used = set(re.findall(r"\bK\.(\w+)\(", text))
    for name, pattern in PATTERNS.items():
        if name not in used:
            continue
        parts = re.split(r"<(\w+)>", pattern)
        arguments = parts[1::2]
        built = " .. ".join(["T", *(f"'{p}'" if i % 2 == 0 else p for i, p in enumerate(parts) if p)])
        if arguments == ["provider"]:
            lines += [
                f"function K.{name}(provider)",
                f"  local known = C.{name}",
                f"  if not known then known = {{}} C.{name} = known end",
                "  local key = known[provider]",
                f"  if not key then key = {built} known[provider] = key end",
                "  return key",
                "end",
            ]
            continue
        lines.append(f"function K.{name}({', '.join(arguments)}) return {built} end")
    return "\n".join([*lines, "return K", "end)()"])


_TEMPLATES = {name: re.sub(r"<(\w+)>", r"{\1}", pattern) for name, pattern in PATTERNS.items()}


class Keys:
    """The same keys for Python: ``Keys(tag).lane(provider=…, order=…)``."""

    def __init__(self, tag: str = DEFAULT_TAG) -> None:
        self.tag = tag

    def key(self, name: str, **parts: str | int) -> str:
        """The key called ``name`` in the map. Raises ``KeyError`` for a name or part that is not in the map."""
        return self.tag + _TEMPLATES[name].format_map(parts)
