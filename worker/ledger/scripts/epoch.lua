-- with: clock
-- KEYS[1] the ledger's prefix. ARGV: 1 the server's run_id. Returns {number, at, '1' where a new epoch began}.
-- Atomic because: the first that sees another server opens the epoch, and only once.
local known = redis.call('HMGET', K.epoch(), 'run_id', 'number', 'at')
if known[1] == ARGV[1] then return {tonumber(known[2]), tonumber(known[3]), 0} end
local number = (tonumber(known[2]) or 0) + 1
redis.call('HSET', K.epoch(), 'run_id', ARGV[1], 'number', number, 'at', now)
return {number, now, 1}
