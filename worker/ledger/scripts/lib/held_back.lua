-- Lanes that a hold or a trip has parked, in a list of their own by their due time: they do not wait for that where the gate
-- opens before. What a lane was told by the provider itself, or waits for its order's own sake, it waits for all the same.
local held_back = {WAKES = 200, LOOKED_AT = 50, SLOWEST_MS = 300000}

-- What a lane waits for its own sake, whoever its provider is to: it is not taken for a probe before it is due.
held_back.OWN = {too_early = true, throttled = true, crashed = true, lease_lost = true, worker_lost = true, store_restarted = true}

function held_back.is_it(g, heard)
  local is_gates = circuit_breaker.TROUBLE[heard.kind] or heard.kind == 'unauthorized'
  return (g.held or g.tripped) and is_gates and heard.asked and heard.wait == 0
end

function held_back.add(p, order, due) redis.call('ZADD', K.gate_parked(p), due, order) end

-- Some of them, the soonest due first; a tick wakes more. Gives how many. A lane that has another due time by now waits
-- for something else.
function held_back.wake(p)
  local found, woken = redis.call('ZPOPMIN', K.gate_parked(p), held_back.WAKES), 0
  for i = 1, #found, 2 do
    local order = found[i]
    if redis.call('ZSCORE', K.parked(p), order) == found[i + 1] then
      redis.call('ZREM', K.parked(p), order)
      local head = lane.split(lane.first(p, order) or '')
      if head and redis.call('HGET', K.delivery(p, head), 'st') == 'parked' then
        redis.call('HSET', K.delivery(p, head), 'due', r.now_text)
      end
      ready.add(p, 'r', order, r.now)
      woken = woken + 1
    end
  end
  return woken
end

-- Where the trouble may be one order's own the gate's waits do not grow, but that order's do: it waits twice as
-- long from try to try, up to five minutes, in a hold fifteen.
function held_back.has_rested(g, tried_at)
  local tried_for = math.max(0, tried_at - (g.closed_at or r.now))
  return r.now - tried_at >= math.min(g.held and circuit_breaker.PROBE_CAP_MS or held_back.SLOWEST_MS, tried_for)
end

-- Of the lanes of a list, soonest due first, the one that was tried longest ago; one with a snapshot at its head before any
-- with an action, as in claim.free_head.
function held_back.longest_untried(p, g, key)
  local found, since
  for _, order in ipairs(redis.call('ZRANGE', key, 0, held_back.LOOKED_AT - 1)) do
    local seq, kind = lane.split(lane.first(p, order) or '')
    local past = seq and redis.call('HMGET', K.delivery(p, seq), 'st', 'rs', 'up', 'aw') or {}
    local at = tonumber(past[3])
    if past[1] == 'parked' and not (held_back.OWN[past[2]] or past[4]) and held_back.has_rested(g, at)
      and redis.call('ZSCORE', K.parked(p), order) then
      if kind == 'a' then at = at + r.now end
      if not since or at < since then found, since = order, at end
    end
  end
  return found
end

-- A closed gate that may be tried, and has nothing ready to try it with, is tried with what is parked: its probe comes when it
-- is due, not when a lane is. Gives how many lanes are ready for that, 0 or 1.
function held_back.probe(p, g)
  local till = g.held and (g.held_until or 0) or g.tripped
  if g.paused or not till or r.now < math.max(till, g.wait_until or 0) or ready.count(p) > 0 then return 0 end
  if g.probe and redis.call('HEXISTS', K.claims(p), g.probe) == 1 then return 0 end
  local order = held_back.longest_untried(p, g, K.parked(p)) or held_back.longest_untried(p, g, K.gate_parked(p))
  if not order then return 0 end
  redis.call('ZREM', K.parked(p), order)
  redis.call('HSET', K.delivery(p, (lane.split(lane.first(p, order)))), 'due', r.now_text)
  ready.add(p, 'r', order, r.now)
  return 1
end

return held_back
