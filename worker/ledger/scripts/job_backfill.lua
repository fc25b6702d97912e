-- KEYS[1] the ledger's prefix. ARGV: 1 job, 2 the name of its list, 3 version of the provider table, 4 provider, 5 its limit,
-- 6 most that may be open there, then in eights an item, the word for it where nothing is to be added or '', and what is to be
-- added, see lib/backfill.lua: order, seq, id, identity, bit, link.
-- Returns {how many are left, how many of these were done, runners to call, why it stopped early or ''}: 'table', or why
-- nothing more is taken in.
-- Atomic because: what is added is in its lane, counted, and no longer left to do, in one step; what another has added, or
-- has changed, since the caller read it, is seen.
local number, p = ARGV[1], ARGV[4]
local items, most = K.job_items(number, ARGV[2]), tonumber(ARGV[6])
local barred = batch.bars_all(ARGV[3])
local why, tally, results = barred and (barred[2] or barred[1]) or '', {}, {}
for i = 7, #ARGV, 8 do
  local item, word = ARGV[i], ARGV[i + 1]
  local d = {order = ARGV[i + 2], seq = ARGV[i + 3], id = ARGV[i + 4], identity = ARGV[i + 5], bit = ARGV[i + 6],
    link = ARGV[i + 7]}
  if why ~= '' then break end
  if redis.call('LINDEX', items, 0) == item then
    if word == '' and redis.call('ZCARD', K.open(p)) >= most then
      why = 'max_pending'
      break
    end
    word = word ~= '' and word or backfill.add(p, d)
    -- A newer one has come in since: the caller reads which, and comes again.
    if word == 'not_newest' then break end
    redis.call('LPOP', items)
    tally[word] = (tally[word] or 0) + 1
    results[#results + 1] = d.id .. ' ' .. word
  end
end
job.keep(number, tally, results)
local calls = tally.added and wakeups.wake_runners(p, tonumber(ARGV[5]), tally.added) or 0
return {redis.call('LLEN', items), #results, calls, why}
