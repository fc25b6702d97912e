-- with: clock loan gate held
-- KEYS[1] the ledger's prefix. ARGV: 1 provider, 2 order, 3 token, 4 lease ms. Returns 1, or 0 where the claim is gone, or
-- stands on a place that is lent no longer: then nobody may count on how long it goes on.
-- Atomic because: only the holder of the claim may lengthen its lease.
local text = redis.call('HGET', K.claims(ARGV[1]), ARGV[2])
if not text or string.sub(text, 1, #ARGV[3] + 1) ~= ARGV[3] .. '|' then return 0 end
if not loan_stands(ARGV[1]) then return 0 end
local c = claim_parts(text)
c.ends = now + tonumber(ARGV[4])
redis.call('HSET', K.claims(ARGV[1]), ARGV[2], claim_text(c))
return 1
