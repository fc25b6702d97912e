-- KEYS[1] the ledger's prefix. ARGV: 1 worker, 2 what it says of itself, 3 the clock as it just saw it, having run evenly
-- until then, where it can say that. Returns the version of the provider table, 0 where there is none.
-- Atomic because: a beat and the forgetting of the silent are one look at the clock.
for _, silent in ipairs(redis.call('ZRANGEBYSCORE', K.workers(), '-inf', r.now - 3600000)) do
  redis.call('ZREM', K.workers(), silent)
  redis.call('HDEL', K.worker_facts(), silent)
end
redis.call('ZADD', K.workers(), r.now, ARGV[1])
redis.call('HSET', K.worker_facts(), ARGV[1], ARGV[2])
-- Where the clock is another by now, it has jumped since that look.
if ARGV[3] and math.abs(r.now - tonumber(ARGV[3])) < 2000 then redis.call('HSET', K.jump(), 'even', ARGV[3]) end
return tonumber(redis.call('HGET', K.table(), 'version')) or 0
