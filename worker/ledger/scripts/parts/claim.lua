-- The runner's part of every step, ARGV[1..15]: who claims, and the provider's plan. ARGV[4]: 0 the runner stays, 1 it
-- leaves where nothing is found, 2 it leaves without claiming.
local p, runner, request, leave, last, lease, plan
local function claim_begins()
  p, runner, request, leave, last = ARGV[1], ARGV[2], ARGV[3], ARGV[4] ~= '0', ARGV[4] == '2'
  lease = tonumber(ARGV[5])
  plan = {max = tonumber(ARGV[6]), per_second = tonumber(ARGV[7]), burst = tonumber(ARGV[8]),
    trip_after = tonumber(ARGV[9]), cool = tonumber(ARGV[10]), cool_cap = tonumber(ARGV[11]), probe = tonumber(ARGV[12]),
    jitter = tonumber(ARGV[13]), has_test = ARGV[14] == '1', block = ARGV[15] == '1'}
end
local REGISTERED_MS = 30000

local function claim_answer(order, c, past, more)
  local seq, edit = c.seq, past[6]
  local event = redis.call('HMGET', K.event(seq), edit and edit ~= '' and 'e' .. edit .. ':' .. p or 'b', 'a')
  local known = redis.call('HMGET', K.order(order), 'l:' .. p, 'm:' .. p, 'q')
  local latest = c.kind == 'a' and known[3] and redis.call('HGET', K.event(known[3]), 'b')
  local g = gate_read(p)
  local world = redis.call('HMGET', K.epoch(), 'number', 'at')
  return {'claim', c.token, order, seq, c.kind, event[1], event[2], c.number, c.started, c.epoch, now, open_clock(g),
    g.tested_at or 0, known[1], known[2], past[3], past[4], past[5], edit, past[7], past[8], world[1], world[2],
    past[9], g.ok_at or 0, more, latest or '', past[10]}
end

-- Why the gate lets no lane through now, and for how many ms; nil where it does. 'probe' where one may try.
local function gate_bars(g)
  if g.paused then return 'paused', 60000 end
  local lent = lent_places(g)
  if lent and redis.call('HLEN', K.claims(p)) >= lent then
    return 'full', redis.call('ZCARD', K.runners(p)) > lent and 2000 or 50
  end
  if g.wait_until and now < g.wait_until then return 'rate', g.wait_until - now end
  local closed = (g.held and 'held') or (g.tripped and 'tripped')
  if closed then
    local till = g.held and (g.held_until or 0) or g.tripped
    if now < till then return closed, till - now end
    if g.probe and redis.call('HEXISTS', K.claims(p), g.probe) == 1 then return closed, 1000 end
    return 'probe', 0
  end
  if redis.call('HLEN', K.claims(p)) >= math.min(g.limit or plan.max, plan.max) then return 'full', 50 end
end

-- As many tokens as a conversation usually makes calls. Gives them, or nil and for how many ms they are wanting.
local function take_tokens(g)
  if plan.per_second <= 0 then return 0 end
  local tokens, most, per_second = tokens_now(g, plan.per_second, plan.burst)
  local wanted = math.max(1, math.min(math.floor(most), math.ceil(g.usual or 1)))
  if tokens < wanted then return nil, math.ceil((wanted - tokens) * 1000 / per_second) end
  gate_write(p, {tokens = tokens - wanted, tokens_at = now})
  return wanted
end

local function gone(answer)
  forget_runner(p, runner)
  return answer
end

local function barred(why, wait)
  if leave or wait > 1000 then return gone({'wait', why, wait, 1}) end
  return {'wait', why, wait, 0}
end

-- A lane with an open claim is never ready, so a popped lane's head is free. 20 lanes that have none are enough for a
-- step; true in its stead where some have more to retire first. A probe that gets no answer leaves an action in doubt,
-- which may need a person, where a snapshot is looked up: among the first 20 a snapshot goes first.
local function free_head(g, is_probe)
  local actions, later, found = {}, {}, nil
  for _ = 1, 20 do
    local lane = pop_ready(p, g)
    if not lane then break end
    lane.seq, lane.kind, lane.past = head_of(p, lane.order)
    if lane.past == 'more' then later[#later + 1] = lane
    elseif is_probe and lane.kind == 'a' then actions[#actions + 1] = lane
    elseif lane.seq then
      found = lane
      break
    end
  end
  found = found or table.remove(actions, 1)
  push_back(p, actions)
  push_back(p, later)
  return found, #later > 0
end

local function claim()
  if last then
    gone()
    return {'left', summon(p, plan.max)}
  end
  if (tonumber(redis.call('ZSCORE', K.runners(p), runner)) or 0) < now + REGISTERED_MS / 2 then
    redis.call('ZADD', K.runners(p), now + REGISTERED_MS, runner)
  end
  local g = gate_read(p)
  local why, wait = gate_bars(g)
  if why and why ~= 'probe' then return barred(why, wait) end
  if why == 'probe' and g.held == 'credentials' and plan.has_test then
    gate_write(p, {probe = 'test', held_until = now + lease})
    redis.call('HSET', K.requests(p), runner, request .. '|')
    return {'test', g.epoch}
  end
  local taken, short = take_tokens(g)
  if not taken then return barred('rate', short) end
  local lane, more = free_head(g, why == 'probe')
  if not lane then
    if taken > 0 then gate_write(p, {tokens = g.tokens + taken}) end
    if more then return {'wait', 'retiring', 1, 0} end
    if leave then return gone({'none'}) end
    return {'none'}
  end
  local order, seq, past = lane.order, lane.seq, lane.past
  local c = {token = request, seq = seq, number = (tonumber(past[2]) or 0) + 1, started = now, epoch = g.epoch,
    kind = lane.kind, fresh = not past[1], ends = now + lease, taken = taken}
  redis.call('HSET', K.claims(p), order, claim_text(c))
  redis.call('HSET', K.requests(p), runner, request .. '|' .. order)
  count(p, past[1] or 'pending', 'attempting')
  if past[1] then redis.call('HSET', K.delivery(p, seq), 'st', 'attempting') end
  if why == 'probe' then gate_write(p, {probe = order}) end
  return claim_answer(order, c, past, summon(p, plan.max))
end

-- A request that was answered before gets the same answer, for as long as its claim stands.
local function answered_before()
  local last = redis.call('HGET', K.requests(p), runner)
  if not last or string.sub(last, 1, #request + 1) ~= request .. '|' then return end
  local order = string.sub(last, #request + 2)
  local text = order ~= '' and redis.call('HGET', K.claims(p), order)
  if text then
    local c = claim_parts(text)
    if c.token == request then
      local past = redis.call('HMGET', K.delivery(p, c.seq), 'st', 'n', 't', 'db', 'oc', 'ed', 'ua', 'ur', 'up', 'pf')
      return claim_answer(order, c, past, 0)
    end
  end
  return {'none'}
end
