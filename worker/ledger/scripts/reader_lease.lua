-- KEYS[1] the ledger's prefix. ARGV: 1 intake queue, 2 token, 3 lease ms, 0 to let go. Returns 1 where the lease is ours.
-- Atomic because: one reader at a time reads an intake queue.
local key = K.reader(ARGV[1])
local holder = redis.call('GET', key)
if holder and holder ~= ARGV[2] then return 0 end
if ARGV[3] == '0' then redis.call('DEL', key) else redis.call('SET', key, ARGV[2], 'PX', ARGV[3]) end
return 1
