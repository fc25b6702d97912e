-- In the first shard. KEYS[1] the ledger's prefix. ARGV: 1 provider, 2 every how many ms, 3 why it cannot be begun now or '',
-- 4 digest of what is asked for, 5… fields of the job and their values. Begins a reconciliation that is due.
-- Returns {'begun', number}, {'not_due', when it is}, or {'waits', why, 1 where that is new}.
-- Atomic because: of all workers that find it due one begins it, it is due again only where there is a job, and none is
-- begun beside one that has not ended.
local p, every, why = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local key = K.schedules()
local last = tonumber(redis.call('HGET', key, 'at:' .. p) or '')
-- The clock was set back: what was begun in its future was begun now.
if last and last > r.now then
  last = r.now
  redis.call('HSET', key, 'at:' .. p, r.now_text)
end
if last and r.now < last + every then return {'not_due', string.format('%.0f', last + every)} end
local busy = job.reconciles(p)
if why == '' and busy then why = 'job j' .. busy end
if why ~= '' then
  local is_new = redis.call('HGET', key, 'why:' .. p) ~= why
  redis.call('HSET', key, 'why:' .. p, why, 'seen:' .. p, r.now_text)
  return {'waits', why, is_new and 1 or 0}
end
local number, before = job.open(ARGV[4], ARGV, 5), redis.call('HGET', key, 'job:' .. p)
redis.call('HSET', key, 'at:' .. p, r.now_text, 'job:' .. p, number)
if before then redis.call('HSET', key, 'old:' .. p, before) end
redis.call('HDEL', key, 'why:' .. p, 'seen:' .. p)
return {'begun', number}
