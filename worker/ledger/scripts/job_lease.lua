-- In the first shard. KEYS[1] the ledger's prefix. ARGV: 1 job, 2 token, 3 lease ms, 0 to let go. Returns {1 where the lease
-- is ours else 0, the job's state or ''}.
-- Atomic because: one executes a job at a time, so that its pace is kept, and learns with each page whether to go on.
local key, state = K.job_lease(ARGV[1]), redis.call('HGET', K.job(ARGV[1]), 'st') or ''
local holder = redis.call('GET', key)
if holder and holder ~= ARGV[2] then return {0, state} end
if ARGV[3] == '0' then redis.call('DEL', key) else redis.call('SET', key, ARGV[2], 'PX', ARGV[3]) end
return {1, state}
