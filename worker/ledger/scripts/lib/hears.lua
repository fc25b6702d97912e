-- What an outcome tells the gate. Results of an earlier epoch of the gate do not touch it; what the provider itself asks
-- for (to wait, its count of tokens) counts always.
local LANES_ENOUGH, REFUSED_ENOUGH = 3, 20
local PROBE_CAP = 900000

local function lanes_there_are(p)
  return ready_lanes(p) + redis.call('ZCARD', K.parked(p)) + redis.call('HLEN', K.claims(p))
end

-- The list with the lane in it, as far as it has any use, and how many are in it.
local function add_lane(list, order, enough)
  list = list or ''
  local count = select(2, string.gsub(list, '%S+', ''))
  if count >= enough or string.find(list, order, 1, true) then return list, count end
  return list .. (count > 0 and ' ' or '') .. order, count + 1
end

-- Lanes that a hold or a trip has parked, in a list of their own by their due time: they do not wait for that where the gate
-- opens before. What a lane was told by the provider itself, or waits for its order's own sake, it waits for all the same.
local TROUBLE = {unavailable = true, unknown = true, unreadable = true}
local held_back = {WAKES = 200}
function held_back.is_it(g, heard)
  return (g.held or g.tripped) and (TROUBLE[heard.kind] or heard.kind == 'unauthorized') and heard.asked and heard.wait == 0
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
      local head = string.match(redis.call('ZRANGE', K.lane(p, order), 0, 0)[1] or '', '^%d+')
      if head and redis.call('HGET', K.delivery(p, head), 'st') == 'parked' then
        redis.call('HSET', K.delivery(p, head), 'due', now_text)
      end
      make_ready(p, 'r', order, now)
      woken = woken + 1
    end
  end
  return woken
end

-- What a lane waits for its own sake, whoever its provider is to: it is not taken for a probe before it is due.
held_back.OWN = {too_early = true, throttled = true, crashed = true, lease_lost = true, worker_lost = true, store_restarted = true}
held_back.LOOKED_AT, held_back.SLOWEST = 50, 300000

-- Where the trouble may be one order's own the gate's waits do not grow, but that order's do: it waits twice as
-- long from try to try, up to five minutes, in a hold fifteen.
function held_back.has_rested(g, tried_at)
  local tried_for = math.max(0, tried_at - (g.closed_at or now))
  return now - tried_at >= math.min(g.held and PROBE_CAP or held_back.SLOWEST, tried_for)
end

-- Of the lanes of a list, soonest due first, the one that was tried longest ago; one with a snapshot at its head before any
-- with an action, as in free_head.
function held_back.longest_untried(p, g, key)
  local found, since
  for _, order in ipairs(redis.call('ZRANGE', key, 0, held_back.LOOKED_AT - 1)) do
    local seq, kind = string.match(redis.call('ZRANGE', K.lane(p, order), 0, 0)[1] or '', '^(%d+)(%a)$')
    local past = seq and redis.call('HMGET', K.delivery(p, seq), 'st', 'rs', 'up', 'aw') or {}
    local at = tonumber(past[3])
    if past[1] == 'parked' and not (held_back.OWN[past[2]] or past[4]) and held_back.has_rested(g, at)
      and redis.call('ZSCORE', K.parked(p), order) then
      if kind == 'a' then at = at + now end
      if not since or at < since then found, since = order, at end
    end
  end
  return found
end

-- A closed gate that may be tried, and has nothing ready to try it with, is tried with what is parked: its probe comes when it
-- is due, not when a lane is. Gives how many lanes are ready for that, 0 or 1.
function held_back.probe(p, g)
  local till = g.held and (g.held_until or 0) or g.tripped
  if g.paused or not till or now < math.max(till, g.wait_until or 0) or ready_lanes(p) > 0 then return 0 end
  if g.probe and redis.call('HEXISTS', K.claims(p), g.probe) == 1 then return 0 end
  local order = held_back.longest_untried(p, g, K.parked(p)) or held_back.longest_untried(p, g, K.gate_parked(p))
  if not order then return 0 end
  redis.call('ZREM', K.parked(p), order)
  redis.call('HSET', K.delivery(p, string.match(redis.call('ZRANGE', K.lane(p, order), 0, 0)[1], '^%d+')), 'due', now_text)
  make_ready(p, 'r', order, now)
  return 1
end

-- Every hold and trip ends so; what comes back comes one at a time first.
local function gate_opens(p, g, more, by)
  local changes = {tripped = false, held = false, held_until = false, probe_wait = false, cool = false, probe = false,
    row = false, row_lanes = false, deny_lanes = false, limit = 1, ok = 0}
  for f, v in pairs(more or {}) do changes[f] = v end
  gate_turn(p, g, changes, by)
  held_back.wake(p)
end

local function gate_holds(p, g, why, plan, more)
  local changes = {held = why, held_until = now + plan.probe, probe_wait = plan.probe, tripped = false, cool = false,
    probe = false}
  for f, v in pairs(more) do changes[f] = v end
  gate_turn(p, g, changes)
end

-- A probe of a held provider has failed. The next one is tried later, but not for what one or two orders get.
local function probe_fails(p, g, plan, lanes)
  local wait = lanes < LANES_ENOUGH and plan.probe or math.min((g.probe_wait or plan.probe) * 2, PROBE_CAP)
  gate_write(p, {probe = false, probe_wait = wait, held_until = now + wait})
end

local function hears_success(p, g, max)
  if now - (g.ok_at or 0) >= 1000 then gate_write(p, {ok_at = now}) end
  if g.tripped or (g.held and g.probe) then return gate_opens(p, g) end
  local limit, ok = math.min(g.limit or max, max), (g.ok or 0) + 1
  if limit < max then
    if ok >= limit then limit, ok = limit + 1, 0 end
    gate_write(p, {limit = limit, ok = ok, row = false, row_lanes = false, deny_lanes = false})
  elseif g.row or g.deny_lanes then
    gate_write(p, {row = false, row_lanes = false, deny_lanes = false})
  end
end

local function half_limit(g, plan)
  return math.max(1, math.floor(math.min(g.limit or plan.max, plan.max, g.lent or plan.max) / 2))
end

-- Closed until the cool-down is over, and never less than the provider asked for.
local function gate_trips(p, g, plan, cool, wait, lanes)
  gate_turn(p, g, {tripped = now + math.max(math.floor(cool * plan.jitter), wait), cool = cool, row = false,
    row_lanes = lanes, limit = 1, ok = 0, probe = false})
end

local function hears_trouble(p, g, order, plan, wait)
  local lanes, distinct = add_lane(g.row_lanes, order, LANES_ENOUGH)
  local row = (g.row or 0) + 1
  if g.held then
    gate_write(p, {probe = false, held_until = now + math.max(g.probe_wait or plan.probe, wait)})
  elseif g.tripped then
    local cool = distinct < LANES_ENOUGH and plan.cool or math.min((g.cool or plan.cool) * 2, plan.cool_cap)
    gate_trips(p, g, plan, cool, wait, lanes)
  elseif row >= plan.trip_after and (distinct >= LANES_ENOUGH or distinct >= lanes_there_are(p)) then
    gate_trips(p, g, plan, plan.cool, wait, lanes)
  else
    gate_write(p, {limit = half_limit(g, plan), ok = 0, row = row, row_lanes = lanes})
  end
end

local function hears_denial(p, g, order, plan)
  local lanes, distinct = add_lane(g.deny_lanes, order, LANES_ENOUGH)
  if g.held then
    gate_write(p, {deny_lanes = lanes})
    probe_fails(p, g, plan, distinct)
  elseif distinct >= LANES_ENOUGH or distinct >= lanes_there_are(p) then
    gate_holds(p, g, 'credentials', plan, {deny_lanes = lanes})
    for denied in string.gmatch(lanes, '%S+') do
      local due = redis.call('ZSCORE', K.parked(p), denied)
      if due then held_back.add(p, denied, due) end
    end
  else
    gate_write(p, {deny_lanes = lanes})
  end
end

-- 20 orders refused for one cause and none accepted: what is wrong is not the orders. A refusal of the probe keeps the
-- hold. True where the gate is held by this.
local function hears_refusal(p, g, order, plan, fingerprint, attempt)
  if g.held == 'rejects_everything' then
    if g.probe == order then
      note_answer(p, attempt)
      probe_fails(p, g, plan, LANES_ENOUGH)
    end
    return true
  end
  local lanes, distinct = add_lane(g.refused == fingerprint and g.refused_lanes, order, REFUSED_ENOUGH)
  if distinct < REFUSED_ENOUGH then
    gate_write(p, {refused = fingerprint, refused_lanes = lanes})
    return false
  end
  note_answer(p, attempt)
  gate_holds(p, g, 'rejects_everything', plan, {refused = false, refused_lanes = false})
  return true
end

-- A conversation's usual calls are learnt at once where they are more, and slowly where they are fewer.
local function books_calls(p, g, plan, heard, taken)
  if plan.per_second <= 0 or not g.tokens then return end
  local tokens, usual = g.tokens + taken - heard.calls, g.usual or 1
  if heard.left and heard.left < tokens then tokens = heard.left end
  if heard.calls >= usual then usual = heard.calls
  elseif heard.calls > 0 then usual = usual - (usual - heard.calls) / 8 end
  gate_notes(p, 'tokens', tokens)
  if usual ~= g.usual then gate_notes(p, 'usual', usual) end
end

local SUCCESS = {accepted = true, rejected = true, unsupported = true}

-- c: the claim that has ended. heard: kind of outcome · fingerprint of a refusal · wait ms the provider asked for
-- · left its own count of tokens · calls made · asked where the provider was: a call left, or it could not be reached. attempt: as lib/finish has it, for what goes wrong.
local function gate_hears(p, order, c, plan, heard, attempt)
  local g = gate_read(p)
  local is_of_now = c.epoch == g.epoch
  books_calls(p, g, plan, heard, c.taken)
  if heard.kind == 'throttled' then
    note_answer(p, attempt)
    gate_write(p, {wait_until = math.max(g.wait_until or 0, now + heard.wait)})
    if is_of_now then gate_write(p, {limit = half_limit(g, plan), ok = 0}) end
  end
  if heard.kind == 'accepted' and g.refused then gate_write(p, {refused = false, refused_lanes = false}) end
  if heard.kind == 'rejected' and is_of_now and hears_refusal(p, g, order, plan, heard.fingerprint or '', attempt) then return end
  if not heard.asked or not is_of_now then
    if g.probe == order then gate_write(p, {probe = false}) end
    return
  end
  if TROUBLE[heard.kind] or heard.kind == 'unauthorized' then note_answer(p, attempt) end
  if SUCCESS[heard.kind] then hears_success(p, g, plan.max)
  elseif TROUBLE[heard.kind] then hears_trouble(p, g, order, plan, heard.wait)
  elseif heard.kind == 'unauthorized' then hears_denial(p, g, order, plan)
  elseif g.probe == order then gate_write(p, {probe = false}) end
end
