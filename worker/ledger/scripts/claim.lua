-- with: clock state gate ready hears call lane held claim
-- KEYS[1] the ledger's prefix. ARGV 1-5 lib/claim, 6 '1' at a runner's first claim.
-- Returns {'claim', …}, {'test', gate epoch}, {'wait', why, ms, gone}, or {'none'}.
-- Atomic because: two runners must never hold one lane, and one that leaves must not miss what became ready.
local before = answered_before()
if before then return before end
if ARGV[6] == '1' then
  redis.call('ZPOPMIN', K.calls(p))
  redis.call('HDEL', K.gate(p), 'call_wait')
end
return claim()
