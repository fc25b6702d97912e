-- One attempt's delivery is done: see settle.lua.
local settle_one = {}
settle_one.ends = {} -- the final state, and of what was delivered the place of its delay, by their text: read once

function settle_one.read_end(text)
  local state, delay = string.match(text, '^(%a+)|?(%d*)$')
  settle_one.ends[text] = {state = state, delay = delay ~= '' and delay or nil}
  return settle_one.ends[text]
end

function settle_one.tell(seq, state, delay)
  if state == 'delivered' and r.heard.kind == 'accepted' then outcomes.delivered(seq, delay)
  else outcomes.unclean(seq, state) end
end

function settle_one.own(c, state, delay)
  local p, order = r.provider, r.order
  ending.close(c, state, 'attempting')
  settle_one.tell(c.seq, state, delay)
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
  settle_one.tell(seq, state)
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

-- text: the final state, and behind '|' the place of the delay.
function settle_one.settle(text)
  local to = settle_one.ends[text] or settle_one.read_end(text)
  local before = claim.answered_before()
  if before then return before end
  local c = ending.own_claim()
  if c then return settle_one.own(c, to.state, to.delay) end
  return settle_one.late(to.state)
end

return settle_one
