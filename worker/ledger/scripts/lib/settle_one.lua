-- One attempt's delivery is done: see settle.lua.
local settle_one = {}

function settle_one.own(c, state)
  local p, order = r.provider, r.order
  ending.close(c, state, 'attempting')
  ending.release(c)
  if c.awaited and state == 'delivered' then
    redis.call('ZREM', K.lane(p, order), c.seq .. c.kind)
    replaying.order_came(p, order)
    dead.rouse(p, order)
  elseif not c.single then
    lane.head_done(p, order, c.seq .. c.kind)
  end
  return claim.in_its_place()
end

-- The evidence of an accepted delivery whose claim is gone: it ends, and its lane goes on.
function settle_one.end_late(state, from, tried)
  local p, order, seq = r.provider, r.order, r.held.seq
  redis.call('ZREM', K.parked(p), order)
  ready.remove(p, order)
  local kind = redis.call('HGET', K.event(seq), 'k') or 's'
  ending.close({seq = seq, kind = kind, number = tried + 1}, state, from)
  redis.call('ZREM', K.lane(p, order), seq .. kind)
  if kind == 's' then replaying.order_came(p, order) else dead.arrange(p, order) end
  dead.rouse(p, order)
end

-- Too late: another holder has the lane or had it. What was accepted is evidence all the same; but not where the store has
-- forgotten the event, and has given its number to another.
function settle_one.late(state)
  local p, order, seq = r.provider, r.order, r.held.seq
  local past = redis.call('HMGET', K.delivery(p, seq), 'st', 'n')
  local from = redis.call('HGET', K.event(seq), 'o') == order and past[1]
  local is_accepted = r.heard.kind == 'accepted'
  if is_accepted and redis.call('HEXISTS', K.claims(p), order) == 0 and (from == 'parked' or from == 'pending') then
    settle_one.end_late(state, from, tonumber(past[2]) or 0)
  elseif from then
    if is_accepted and redis.call('HEXISTS', K.order(order), 'l:' .. p) == 0 then ending.write_link('') end
    attempts.push(p, seq, r.attempt)
  end
  return claim.marked('!', claim.afresh())
end

function settle_one.settle(state)
  local before = claim.answered_before()
  if before then return before end
  local c = ending.own_claim()
  if c then return settle_one.own(c, state) end
  return settle_one.late(state)
end

return settle_one
