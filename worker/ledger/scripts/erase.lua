-- KEYS[1] the ledger's prefix. ARGV: 1 seq, 2 order, 3 kind s or a, then for each provider of the event: name, limit.
-- Ends all of an event whose customer is being erased, and marks it, so that nothing of it is sent from now on. Dead letters
-- of it end too: nobody could do anything with them any more. What its attempts sent is gone.
-- Returns {'gone'} where the event is not kept, or {'attempting' where a delivery is on its way, else 'ended'; how many were
-- discarded; provider, how many runners to call, and so on}.
-- Atomic because: whoever replays it at the same time has done so before, and that ends here, or is told that it is erased.
local seq, order, kind = ARGV[1], ARGV[2], ARGV[3]
if redis.call('HEXISTS', K.event(seq), 'b') == 0 then return {'gone'} end
redis.call('HSETNX', K.event(seq), 'x', r.now_text)
local answer = {'ended', 0}
for i = 4, #ARGV, 2 do
  local p = ARGV[i]
  local word, why = undo.discard(p, seq, order, kind, 'erased')
  redis.call('DEL', K.sent(p, seq))
  if why == 'attempting' then answer[1] = 'attempting' end
  if word == 'discarded' then
    answer[2] = answer[2] + 1
    local calls = wakeups.wake_runners(p, tonumber(ARGV[i + 1]), 1)
    if calls > 0 then
      answer[#answer + 1] = p
      answer[#answer + 1] = calls
    end
  end
end
return answer
