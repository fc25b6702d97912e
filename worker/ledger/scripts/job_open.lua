-- In the first shard. KEYS[1] the ledger's prefix. ARGV: 1 digest of what is asked for, 2… fields of the job and their values.
-- Returns {'opened', number}, or {'open', number} of one that asks for the same and has not ended.
-- Atomic because: two people who ask for the same at once get one job.
local open = redis.call('HGET', K.jobs_open(), ARGV[1])
if open then return {'open', open} end
for _, old in ipairs(redis.call('ZRANGE', K.jobs(), 0, 20)) do
  if redis.call('EXISTS', K.job(old)) == 0 then redis.call('ZREM', K.jobs(), old) end
end
local number = redis.call('HINCRBY', K.jobs_open(), 'last', 1)
redis.call('HSET', K.job(number), 'dg', ARGV[1], 'st', 'counting', 'at', r.now_text, 'up', r.now_text, unpack(ARGV, 2))
redis.call('HSET', K.jobs_open(), ARGV[1], number)
redis.call('ZADD', K.jobs(), r.now_text, number)
return {'opened', number}
