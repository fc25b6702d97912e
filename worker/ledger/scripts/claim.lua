-- KEYS[1] the ledger's prefix. ARGV: 1-5 lib/claim.lua, 6 '1' at a runner's first claim.
-- Returns {'claim', …}, {'test', gate epoch}, {'wait', why, ms, gone}, {'left', runners to call}, or {'none'}.
-- Atomic because: two runners must never hold one lane, and one that leaves must not miss what became ready.
claim.read(ARGV, 0)
local before = claim.answered_before()
if before then return before end
if ARGV[6] == '1' then
  redis.call('ZPOPMIN', K.calls(r.provider))
  redis.call('HDEL', K.gate(r.provider), 'call_wait')
end
return claim.afresh()
