-- KEYS[1] the ledger's prefix. ARGV: 1 provider, 2 order, 3 token, 4 lease ms. Returns 1, or 0 where the claim is gone, or
-- stands on a place that is lent no longer: then nobody may count on how long it goes on.
-- Atomic because: only the holder of the claim may lengthen its lease.
local text = redis.call('HGET', K.claims(ARGV[1]), ARGV[2])
if not text or not claim_record.is_held_by(text, ARGV[3]) then return 0 end
if not gate.loan_stands(ARGV[1]) then return 0 end
local c = claim_record.parse(text)
c.ends = r.now + tonumber(ARGV[4])
redis.call('HSET', K.claims(ARGV[1]), ARGV[2], claim_record.format(c))
return 1
