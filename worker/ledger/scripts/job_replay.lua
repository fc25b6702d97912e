-- KEYS[1] the ledger's prefix. ARGV: see lib/job.lua. Replays a page of a job.
-- Returns what that part says.
-- Atomic because: what is replayed is no longer left to do, and counted, in one step.
return job.page(ARGV, function(p, seq, order, kind) return undo.replay(p, seq, order, kind, ARGV[4] == '1', '') end)
