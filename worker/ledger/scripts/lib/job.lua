-- A job is a person's deed on many deliveries. Which they are was found and counted before the first is touched: each shard
-- has a list of those that live there, and a page of it is taken off and done in one step. So none is done twice or left
-- out, however many execute the job, and wherever they are killed.
local job = {KEPT_S = 2592000, RESULTS = 10000}

-- What came of some: how many by word, and for each a line.
function job.keep(number, tally, results)
  for said, count in pairs(tally) do redis.call('HINCRBY', K.job_counts(number), said, count) end
  if #results == 0 then return end
  redis.call('RPUSH', K.job_results(number), unpack(results))
  redis.call('LTRIM', K.job_results(number), -job.RESULTS, -1)
  redis.call('EXPIRE', K.job_results(number), job.KEPT_S)
  redis.call('EXPIRE', K.job_counts(number), job.KEPT_S)
end

-- One for what is asked for: digest, and fields with their values, from the place `first` of args on. Returns its number.
function job.open(digest, args, first)
  for _, old in ipairs(redis.call('ZRANGE', K.jobs(), 0, 20)) do
    if redis.call('EXISTS', K.job(old)) == 0 then redis.call('ZREM', K.jobs(), old) end
  end
  local number = redis.call('HINCRBY', K.jobs_open(), 'last', 1)
  redis.call('HSET', K.job(number), 'dg', digest, 'st', 'counting', 'at', r.now_text, 'up', r.now_text, unpack(args, first))
  redis.call('HSET', K.jobs_open(), digest, number)
  redis.call('ZADD', K.jobs(), r.now_text, number)
  return number
end

-- The number of a reconciliation of p that has not ended, or nil. One that was counted and waits for a person asks nobody.
function job.reconciles(p)
  local open = redis.call('HGETALL', K.jobs_open())
  for i = 1, #open, 2 do
    if open[i] ~= 'last' then
      local told = redis.call('HMGET', K.job(open[i + 1]), 'kd', 'st', 'wt')
      local is_on = told[1] == 'reconcile' and told[2] ~= 'counted'
      if is_on and cjson.decode(told[3]).provider == p then return open[i + 1] end
    end
  end
  return nil
end

-- The next page. args: 1 job, 2 the list's name, 3 how many at most, 4 '1' forced, 5… a provider and its limit, in turns.
-- each: does one, and gives a word, and why where it was refused. Returns how many are left, how many were taken, and by
-- provider how many runners are to be called.
function job.page(args, each)
  local number, items = args[1], K.job_items(args[1], args[2])
  local page = redis.call('LPOP', items, args[3]) or {}
  local tally, woken, results = {}, {}, {}
  for _, item in ipairs(page) do
    local id, seq, kind, order, p = string.match(item, '^(%S+) (%d+)(%l) (%S+) (%S+)$')
    local word, why = each(p, seq, order, kind)
    local said = why or word
    tally[said] = (tally[said] or 0) + 1
    results[#results + 1] = id .. ' ' .. said
    if not why then woken[p] = (woken[p] or 0) + 1 end
  end
  job.keep(number, tally, results)
  local answer = {redis.call('LLEN', items), #page}
  for i = 5, #args, 2 do
    local p = args[i]
    local calls = woken[p] and wakeups.wake_runners(p, tonumber(args[i + 1]), woken[p]) or 0
    if calls > 0 then
      answer[#answer + 1] = p
      answer[#answer + 1] = calls
    end
  end
  return answer
end

return job
