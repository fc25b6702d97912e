-- KEYS[1] the ledger's prefix. ARGV: 1 job, 2 the name of its list, 3… in fours what is told, an item, the word for what came of
-- it, and a sentence or ''. What is told: 'done' of an item; behind it 'also', of what it has brought to light, by an id in place
-- of an item; and 'then', of a further item that is to be done next.
-- Returns {how many are left, how many of these were the next ones}.
-- Atomic because: what has been done is no longer left to do, and counted once, however many have done it.
local number, items = ARGV[1], K.job_items(ARGV[1], ARGV[2])
local tally, results, done, is_next = {}, {}, 0, false
for i = 3, #ARGV, 4 do
  local what, item, word, message = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  if what == 'done' then
    is_next = redis.call('LINDEX', items, 0) == item
    if is_next then
      redis.call('LPOP', items)
      done = done + 1
    end
  end
  if is_next and what == 'then' then redis.call('LPUSH', items, item)
  elseif is_next then
    tally[word] = (tally[word] or 0) + 1
    results[#results + 1] = string.match(item, '^(%S+)') .. ' ' .. word .. (message ~= '' and ' ' .. message or '')
  end
end
job.keep(number, tally, results)
return {redis.call('LLEN', items), done}
