-- In the first shard. KEYS[1] the ledger's prefix. ARGV: 1 job, 2 the state that it is to have, 3 the states that it may have
-- now, each between blanks, 4 the list of its items as the caller knows it, or '', 5-9 what goes on record of it: verb, what,
-- why, who, the request's id; or a verb of '', 10… fields and their values.
-- Returns {'moved', state before}, {'refused', state}, or {'none'} where there is no such job.
-- Atomic because: of two who move it at once one is told that the other has, and only the deed of the other is on record.
local number, to, verb = ARGV[1], ARGV[2], ARGV[5]
local now = redis.call('HMGET', K.job(number), 'st', 'ls', 'dg')
if not now[1] then return {'none'} end
if not string.find(ARGV[3], ' ' .. now[1] .. ' ', 1, true) then return {'refused', now[1]} end
if ARGV[4] ~= '' and ARGV[4] ~= now[2] then return {'refused', now[1]} end
local never_began = to == 'cancelled' and (now[1] == 'counting' or now[1] == 'counted')
if verb ~= '' and not never_began then audit.note(verb, ARGV[6], ARGV[7], ARGV[8], ARGV[9]) end
redis.call('HSET', K.job(number), 'st', to, 'up', r.now_text, unpack(ARGV, 10))
if to == 'done' or to == 'cancelled' then
  redis.call('HSET', K.job(number), 'end', r.now_text)
  redis.call('HDEL', K.jobs_open(), now[3])
  redis.call('EXPIRE', K.job(number), job.KEPT_S)
end
return {'moved', now[1]}
