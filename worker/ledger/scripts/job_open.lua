-- In the first shard. KEYS[1] the ledger's prefix. ARGV: 1 digest of what is asked for, 2… fields of the job and their values.
-- Returns {'opened', number}, or {'open', number} of one that asks for the same and has not ended.
-- Atomic because: two people who ask for the same at once get one job.
local open = redis.call('HGET', K.jobs_open(), ARGV[1])
if open then return {'open', open} end
return {'opened', job.open(ARGV[1], ARGV, 2)}
