-- One attempt's delivery is done: see settle.lua.
local function settle_own(c)
  end_delivery(ARGV[16], c.seq, c.kind, 'attempting', c.number, c.fresh, c.first, c.alone)
  release(c)
  if c.awaited and ARGV[16] == 'delivered' then
    redis.call('ZREM', K.lane(p, order), c.seq .. c.kind)
    again.order_came(p, order)
    dead.rouse(p, order)
  elseif not c.alone then
    head_done(p, order, c.seq .. c.kind)
  end
  return claim_in_its_place()
end

-- Too late: another holder has the lane or had it. What was accepted is evidence all the same; but not where the store has
-- forgotten the event, and has given its number to another.
local function settle_late()
  local seq = ARGV[8]
  local past = redis.call('HMGET', K.delivery(p, seq), 'st', 'n')
  local state = redis.call('HGET', K.event(seq), 'o') == order and past[1]
  if heard.kind == 'accepted' and redis.call('HEXISTS', K.claims(p), order) == 0
    and (state == 'parked' or state == 'pending') then
    redis.call('ZREM', K.parked(p), order)
    unready(p, order)
    local kind = redis.call('HGET', K.event(seq), 'k') or 's'
    end_delivery(ARGV[16], seq, kind, state, (tonumber(past[2]) or 0) + 1)
    redis.call('ZREM', K.lane(p, order), seq .. kind)
    if kind == 's' then again.order_came(p, order) else dead.arrange(p, order) end
    dead.rouse(p, order)
  elseif state then
    if heard.kind == 'accepted' and redis.call('HEXISTS', K.order(order), 'l:' .. p) == 0 then write_link('') end
    push_attempt(p, seq, attempt)
  end
  local answer = claim()
  answer[1] = '!' .. answer[1]
  return answer
end

local function settle()
  local before = answered_before()
  if before then return before end
  local c = own_claim()
  if c then return settle_own(c) end
  return settle_late()
end
