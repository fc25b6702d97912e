-- What an outcome tells the gate. Results of an earlier epoch of the gate do not touch it.
local function lanes_there_are(p)
  return redis.call('ZCARD', K.ready(p, 'f')) + redis.call('ZCARD', K.ready(p, 'r')) + redis.call('ZCARD', K.ready(p, 'b'))
    + redis.call('ZCARD', K.parked(p)) + redis.call('HLEN', K.claims(p))
end

local function add_lane(list, order)
  if not list or list == '' then return order, 1 end
  if not string.find(list, order, 1, true) then list = list .. ' ' .. order end
  return list, select(2, string.gsub(list, '%S+', ''))
end

local function hears_success(p, g, max)
  if now - (g.ok_at or 0) >= 1000 then gate_write(p, {ok_at = now}) end
  if g.tripped or (g.held and g.probe) then
    gate_turn(p, g, {tripped = false, held = false, held_until = false, probe_wait = false, cool = false, probe = false,
      row = false, row_lanes = false, deny_lanes = false, limit = 1, ok = 0})
    return
  end
  local limit, ok = math.min(g.limit or max, max), (g.ok or 0) + 1
  if limit < max then
    if ok >= limit then limit, ok = limit + 1, 0 end
    gate_write(p, {limit = limit, ok = ok, row = false, row_lanes = false, deny_lanes = false})
  elseif g.row or g.deny_lanes then
    gate_write(p, {row = false, row_lanes = false, deny_lanes = false})
  end
end

local function hears_trouble(p, g, order, plan)
  local limit = math.max(1, math.floor(math.min(g.limit or plan.max, plan.max) / 2))
  local lanes, distinct = add_lane(g.row_lanes, order)
  local row = (g.row or 0) + 1
  if g.tripped or g.held then
    local cool = math.min((g.cool or plan.cool) * 2, plan.cool_cap)
    if g.tripped then gate_turn(p, g, {tripped = now + math.floor(cool * plan.jitter), cool = cool, probe = false})
    else gate_write(p, {probe = false}) end
  elseif row >= plan.trip_after and (distinct >= 3 or distinct >= lanes_there_are(p)) then
    gate_turn(p, g, {tripped = now + math.floor(plan.cool * plan.jitter), cool = plan.cool, row = false,
      row_lanes = false, limit = 1, ok = 0, probe = false})
  else
    gate_write(p, {limit = limit, ok = 0, row = row, row_lanes = lanes})
  end
end

local function hears_denial(p, g, order, plan)
  local lanes, distinct = add_lane(g.deny_lanes, order)
  if g.held then
    local wait = math.min((g.probe_wait or plan.probe) * 2, 900000)
    gate_write(p, {probe = false, probe_wait = wait, held_until = now + wait})
  elseif distinct >= 3 or distinct >= lanes_there_are(p) then
    gate_turn(p, g, {held = 'credentials', held_until = now + plan.probe, probe_wait = plan.probe, deny_lanes = false,
      tripped = false, probe = false})
  else
    gate_write(p, {deny_lanes = lanes})
  end
end

-- 20 orders refused for one cause and none accepted: what is wrong is not the orders. A refusal of the probe keeps the
-- hold. True where the gate is held by this.
local function hears_refusal(p, g, order, plan, fingerprint)
  if g.held == 'rejects_everything' then
    if g.probe == order then
      local wait = math.min((g.probe_wait or plan.probe) * 2, 900000)
      gate_write(p, {probe = false, probe_wait = wait, held_until = now + wait})
    end
    return true
  end
  local lanes, distinct = add_lane(g.refused == fingerprint and g.refused_lanes, order)
  if distinct < 20 then
    gate_write(p, {refused = fingerprint, refused_lanes = lanes})
    return false
  end
  gate_turn(p, g, {held = 'rejects_everything', held_until = now + plan.probe, probe_wait = plan.probe, tripped = false,
    probe = false, refused = false, refused_lanes = false})
  return true
end

local SUCCESS = {accepted = true, rejected = true, unsupported = true}
local TROUBLE = {unavailable = true, unknown = true, unreadable = true}

-- heard: kind of outcome · fingerprint of a refusal · wait ms the provider asked for · left its own count of tokens · calls made
local function gate_hears(p, order, claim_epoch, plan, heard)
  local g = gate_read(p)
  if plan.per_second > 0 and g.tokens then
    local tokens = g.tokens - (heard.calls - 1)
    if heard.left and heard.left < tokens then tokens = heard.left end
    gate_write(p, {tokens = tokens})
  end
  if heard.kind == 'throttled' then
    gate_write(p, {wait_until = now + heard.wait, ok = 0,
      limit = math.max(1, math.floor(math.min(g.limit or plan.max, plan.max) / 2))})
  end
  if heard.kind == 'accepted' and g.refused then gate_write(p, {refused = false, refused_lanes = false}) end
  if heard.kind == 'rejected' and claim_epoch == g.epoch and hears_refusal(p, g, order, plan, heard.fingerprint or '') then
    return
  end
  if heard.calls == 0 or claim_epoch ~= g.epoch then
    if g.probe == order then gate_write(p, {probe = false}) end
    return
  end
  if SUCCESS[heard.kind] then hears_success(p, g, plan.max)
  elseif TROUBLE[heard.kind] then hears_trouble(p, g, order, plan)
  elseif heard.kind == 'unauthorized' then hears_denial(p, g, order, plan)
  elseif g.probe == order then gate_write(p, {probe = false}) end
end
