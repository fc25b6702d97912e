-- KEYS[1] the ledger's prefix. ARGV: see lib/job.lua. Discards a page of a job.
-- Returns what that part says.
-- Atomic because: what is discarded is no longer left to do, and counted, in one step.
return job.page(ARGV, function(p, seq, order, kind) return undo.discard(p, seq, order, kind, 'discarded') end)
