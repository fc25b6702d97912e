-- What an outcome tells the gate. Results of an earlier epoch of the gate do not touch it; what the provider itself asks
-- for (to wait, its count of tokens) counts always. All of it is about the attempt that has ended: see ending.lua.
local circuit_breaker = {LANES_ENOUGH = 3, REFUSED_ENOUGH = 20, PROBE_CAP_MS = 900000}
circuit_breaker.SUCCESS = {accepted = true, rejected = true, unsupported = true}
circuit_breaker.TROUBLE = {unavailable = true, unknown = true, unreadable = true}

function circuit_breaker.lanes_there_are(p)
  return ready.count(p) + redis.call('ZCARD', K.parked(p)) + redis.call('HLEN', K.claims(p))
end

-- The list with the lane in it, as far as it has any use, and how many are in it.
function circuit_breaker.add_lane(list, order, enough)
  list = list or ''
  local count = select(2, string.gsub(list, '%S+', ''))
  if count >= enough or string.find(list, order, 1, true) then return list, count end
  return list .. (count > 0 and ' ' or '') .. order, count + 1
end

-- A probe of a held provider has failed. The next one is tried later, but not for what one or two orders get.
function circuit_breaker.probe_fails(p, g, probe_ms, lanes)
  local wait = lanes < circuit_breaker.LANES_ENOUGH and probe_ms
    or math.min((g.probe_wait or probe_ms) * 2, circuit_breaker.PROBE_CAP_MS)
  gate.write(p, {probe = false, probe_wait = wait, held_until = r.now + wait})
end

function circuit_breaker.on_success(p, g, max)
  if r.now - (g.ok_at or 0) >= 1000 then gate.write(p, {ok_at = r.now}) end
  if g.tripped or (g.held and g.probe) then return gate.opens(p, g) end
  local limit, ok = math.min(g.limit or max, max), (g.ok or 0) + 1
  if limit < max then
    if ok >= limit then limit, ok = limit + 1, 0 end
    gate.write(p, {limit = limit, ok = ok, row = false, row_lanes = false, deny_lanes = false})
  elseif g.row or g.deny_lanes then
    gate.write(p, {row = false, row_lanes = false, deny_lanes = false})
  end
end

function circuit_breaker.half_limit(g, plan)
  return math.max(1, math.floor(math.min(g.limit or plan.max, plan.max, g.lent or plan.max) / 2))
end

-- Closed until the cool-down is over, give or take a quarter, and never less than the provider asked for.
function circuit_breaker.trips(p, g, cool, lanes)
  local jitter = 0.75 + r.micros / 2000
  gate.turn(p, g, {tripped = r.now + math.max(math.floor(cool * jitter), r.heard.wait), cool = cool, row = false,
    row_lanes = lanes, limit = 1, ok = 0, probe = false})
end

function circuit_breaker.on_trouble(p, g, order, plan)
  local enough = circuit_breaker.LANES_ENOUGH
  local lanes, distinct = circuit_breaker.add_lane(g.row_lanes, order, enough)
  local row = (g.row or 0) + 1
  if g.held then
    gate.write(p, {probe = false, held_until = r.now + math.max(g.probe_wait or plan.probe, r.heard.wait)})
  elseif g.tripped then
    local cool = distinct < enough and plan.cool or math.min((g.cool or plan.cool) * 2, plan.cool_cap)
    circuit_breaker.trips(p, g, cool, lanes)
  elseif row >= plan.trip_after and (distinct >= enough or distinct >= circuit_breaker.lanes_there_are(p)) then
    circuit_breaker.trips(p, g, plan.cool, lanes)
  else
    gate.write(p, {limit = circuit_breaker.half_limit(g, plan), ok = 0, row = row, row_lanes = lanes})
  end
end

function circuit_breaker.on_denial(p, g, order, plan)
  local lanes, distinct = circuit_breaker.add_lane(g.deny_lanes, order, circuit_breaker.LANES_ENOUGH)
  if g.held then
    gate.write(p, {deny_lanes = lanes})
    circuit_breaker.probe_fails(p, g, plan.probe, distinct)
  elseif distinct >= circuit_breaker.LANES_ENOUGH or distinct >= circuit_breaker.lanes_there_are(p) then
    gate.holds(p, g, 'credentials', plan.probe, {deny_lanes = lanes})
    for denied in string.gmatch(lanes, '%S+') do
      local due = redis.call('ZSCORE', K.parked(p), denied)
      if due then held_back.add(p, denied, due) end
    end
  else
    gate.write(p, {deny_lanes = lanes})
  end
end

-- 20 orders refused for one cause and none accepted: what is wrong is not the orders. A refusal of the probe keeps the
-- hold. True where the gate is held by this.
function circuit_breaker.on_refusal(p, g, order, plan)
  if g.held == 'rejects_everything' then
    if g.probe == order then
      gate.note_answer(p, r.attempt)
      circuit_breaker.probe_fails(p, g, plan.probe, circuit_breaker.LANES_ENOUGH)
    end
    return true
  end
  local fingerprint = r.fingerprint or ''
  local before = g.refused == fingerprint and g.refused_lanes
  local lanes, distinct = circuit_breaker.add_lane(before, order, circuit_breaker.REFUSED_ENOUGH)
  if distinct < circuit_breaker.REFUSED_ENOUGH then
    gate.write(p, {refused = fingerprint, refused_lanes = lanes})
    return false
  end
  gate.note_answer(p, r.attempt)
  gate.holds(p, g, 'rejects_everything', plan.probe, {refused = false, refused_lanes = false})
  return true
end

-- A conversation's usual calls are learnt at once where they are more, and slowly where they are fewer.
function circuit_breaker.book_calls(p, g, plan, taken)
  if plan.per_second <= 0 or not g.tokens then return end
  local heard = r.heard
  local tokens, usual = g.tokens + taken - heard.calls, g.usual or 1
  if heard.left and heard.left < tokens then tokens = heard.left end
  if heard.calls >= usual then usual = heard.calls
  elseif heard.calls > 0 then usual = usual - (usual - heard.calls) / 8 end
  gate.put_off(p, 'tokens', tokens)
  if usual ~= g.usual then gate.put_off(p, 'usual', usual) end
end

function circuit_breaker.on_throttle(p, g, plan, is_of_now)
  gate.note_answer(p, r.attempt)
  gate.write(p, {wait_until = math.max(g.wait_until or 0, r.now + r.heard.wait)})
  if is_of_now then gate.write(p, {limit = circuit_breaker.half_limit(g, plan), ok = 0}) end
end

-- c: the claim that has ended.
function circuit_breaker.hear(c)
  local p, order, plan, kind = r.provider, r.order, r.plan, r.heard.kind
  local g = gate.read(p)
  local is_of_now = c.epoch == g.epoch
  circuit_breaker.book_calls(p, g, plan, c.taken)
  if kind == 'throttled' then circuit_breaker.on_throttle(p, g, plan, is_of_now) end
  if kind == 'accepted' and g.refused then gate.write(p, {refused = false, refused_lanes = false}) end
  if kind == 'rejected' and is_of_now and circuit_breaker.on_refusal(p, g, order, plan) then return end
  if not r.heard.asked or not is_of_now then
    if g.probe == order then gate.write(p, {probe = false}) end
    return
  end
  if circuit_breaker.TROUBLE[kind] or kind == 'unauthorized' then gate.note_answer(p, r.attempt) end
  if circuit_breaker.SUCCESS[kind] then circuit_breaker.on_success(p, g, plan.max)
  elseif circuit_breaker.TROUBLE[kind] then circuit_breaker.on_trouble(p, g, order, plan)
  elseif kind == 'unauthorized' then circuit_breaker.on_denial(p, g, order, plan)
  elseif g.probe == order then gate.write(p, {probe = false}) end
end

return circuit_breaker
