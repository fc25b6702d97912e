-- The runner's part of every step, ARGV[1..5]: provider, runner, request, four digits, the provider's plan. The digits:
-- what comes after (0 the runner stays, 1 it leaves where nothing is found, 2 it leaves without claiming), and 1 where its
-- seat is to be lengthened, where the request may have been answered before, where an attempt has ended its doubt.
local p, runner, request, flags, leave, last, plan
local SEAT_FLAG, REPEATED_FLAG, CLEARS_FLAG = 2, 3, 4
local function is_set(flag) return string.sub(flags, flag, flag) == '1' end
local plans = {}  -- by their text: the few there are are read once
local function read_plan(text)
  local f = {}
  for part in string.gmatch(text, '[^|]+') do f[#f + 1] = tonumber(part) end
  plans[text] = {lease = f[1], max = f[2], per_second = f[3], burst = f[4], trip_after = f[5], cool = f[6],
    cool_cap = f[7], probe = f[8], has_test = f[9] == 1, block = f[10] == 1}
  return plans[text]
end

local function claim_begins()
  p, runner, request, flags = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
  local after = string.sub(flags, 1, 1)
  leave, last = after ~= '0', after == '2'
  plan = plans[ARGV[5]] or read_plan(ARGV[5])
  plan.jitter = 0.75 + micros / 2000
end
local SEAT_MS = 30000

-- What every claim has, and then what only one with a past has, of its own or of its order's.
local function claim_answer(order, c, text, past, known, more)
  local seq, edit = c.seq, past[6]
  local event = redis.call('HMGET', K.event(seq), edit and edit ~= '' and 'e' .. edit .. ':' .. p or 'b', 'a')
  local latest = c.kind == 'a' and known[3] and redis.call('HGET', K.event(known[3]), 'b')
  local g = gate_read(p)
  if c.alone then
    return {'claim', text, order, event[1], event[2], now, open_clock(g), g.tested_at or 0, g.ok_at or 0, more}
  end
  local even = (known[2] or past[4]) and even_since()
  return {'claim', text, order, event[1], event[2], now, open_clock(g), g.tested_at or 0, g.ok_at or 0, more,
    known[1], known[2], past[3], past[4], past[5], edit, past[7], past[8], past[9], latest or '', past[10], even}
end

-- A runner that comes from a lane takes the place that it had: where no gate narrows them there is one, and as many
-- runners as before have work. Only now and then it looks whether there are more places, and calls for those.
local LOOK_MS = 20
local has_place
local function looks(g, lent, limit)
  return not has_place or lent or limit < plan.max or gate_is_closed(g) or math.abs(now - (g.looked_at or 0)) >= LOOK_MS
end

-- Longer than any runner stays for. Where a gate that is not lent is full, nobody need wait: who ends goes on in its place.
local FOR_NOBODY = 2000

-- Why the gate lets no lane through now, and for how many ms; nil where it does. 'probe' where one may try. Last, how
-- many claims there are, where that was looked up.
local function gate_bars(g)
  if g.paused then return 'paused', 60000 end
  local lent, limit = lent_places(g), math.min(g.limit or plan.max, plan.max)
  local busy = looks(g, lent, limit) and redis.call('HLEN', K.claims(p))
  if lent and busy >= lent then
    return 'full', redis.call('ZCARD', K.runners(p)) > lent and FOR_NOBODY or 50
  end
  if g.wait_until and now < g.wait_until then return 'rate', g.wait_until - now end
  local closed = (g.held and 'held') or (g.tripped and 'tripped')
  if closed then
    local till = g.held and (g.held_until or 0) or g.tripped
    if now < till then return closed, till - now end
    if g.probe and redis.call('HEXISTS', K.claims(p), g.probe) == 1 then return closed, 1000 end
    return 'probe', 0, busy
  end
  if busy and busy >= limit then return 'full', FOR_NOBODY end
  return nil, 0, busy
end

-- As many tokens as a conversation usually makes calls. Gives them, or nil and for how many ms they are wanting.
local function take_tokens(g)
  if plan.per_second <= 0 then return 0 end
  local tokens, most, per_second = tokens_now(g, plan.per_second, plan.burst)
  local wanted = math.max(1, math.min(math.floor(most), math.ceil(g.usual or 1)))
  if tokens < wanted then return nil, math.ceil((wanted - tokens) * 1000 / per_second) end
  gate_notes(p, 'tokens', tokens - wanted)
  gate_notes(p, 'tokens_at', now)
  return wanted
end

local function gone(answer)
  forget_runner(p, runner)
  return answer
end

local function barred(why, wait)
  if leave or wait > WAITS_MOST then return gone({'wait', why, wait, 1}) end
  gate_notes(p, 'waits_till', now + wait)
  return {'wait', why, wait, 0}
end

local NEVER_TRIED = {false, false, false, false, false, false, false, false, false, false}

-- A lane with an open claim is never ready, so a popped lane's head is free. 20 lanes that have none are enough for a
-- step; true in its stead where some have more to retire first. A probe that gets no answer leaves an action in doubt,
-- which may need a person, where a snapshot is looked up: among the first 20 a snapshot goes first.
local function free_head(g, is_probe)
  local actions, later, found = {}, {}, nil
  for _ = 1, 20 do
    local lane = pop_ready(p, g)
    if not lane then break end
    if lane.alone then lane.past = NEVER_TRIED
    else lane.seq, lane.kind, lane.past = head_of(p, lane.order) end
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

-- What is known of the order at the provider: its link, since when it may have been created, its newest snapshot, the
-- newest that was delivered, and which actions wait for one that is.
local function known_of(order) return redis.call('HMGET', K.order(order), 'l:' .. p, 'm:' .. p, 'q', 'd:' .. p, 'u:' .. p) end

local function claim_next()
  if last then
    gone()
    return {'left', summon(p, plan.max, 1)}
  end
  if is_set(SEAT_FLAG) then redis.call('ZADD', K.runners(p), now + SEAT_MS, runner) end
  local g = gate_read(p)
  local why, wait, busy = gate_bars(g)
  if why and why ~= 'probe' then return barred(why, wait) end
  local taken, short = take_tokens(g)
  if not taken then return barred('rate', short) end
  if why == 'probe' and g.held == 'credentials' and plan.has_test then
    gate_write(p, {probe = 'test', held_until = now + plan.lease})
    return {'test', g.epoch}
  end
  local lane, more = free_head(g, why == 'probe')
  if not lane then
    if taken > 0 then gate_notes(p, 'tokens', g.tokens + taken) end
    if more then return {'wait', 'retiring', 1, 0} end
    if leave then return gone({'none'}) end
    return {'none'}
  end
  local order, seq, past = lane.order, lane.seq, lane.past
  local known = lane.alone and {false, false, lane.kind == 's' and seq, false} or known_of(order)
  local c = {token = request, seq = seq, number = past[2] and past[2] + 1 or '1', started = now_text, epoch = g.epoch,
    kind = lane.kind, fresh = not past[1], first = not (past[1] or known[2] or known[4]), alone = lane.alone, ends = now + plan.lease,
    taken = taken, runner = runner, awaited = known[5] and lane.kind == 's'}
  local text = claim_text(c)
  redis.call('HSET', K.claims(p), order, text)
  count(p, past[1] or 'pending', 'attempting')
  if past[1] then redis.call('HSET', K.delivery(p, seq), 'st', 'attempting') end
  if why == 'probe' then gate_write(p, {probe = order}) end
  if busy and has_place then gate_notes(p, 'looked_at', now) end
  return claim_answer(order, c, text, past, known, busy and summon(p, plan.max, 1, busy + 1) or 0)
end

local function claim()
  has_place = false
  return claim_next()
end

-- After a claim that was ours, and is no more.
local function claim_in_its_place()
  has_place = true
  return claim_next()
end

-- A request that was answered before gets the same answer, for as long as its claim stands.
local function answered_before()
  if not is_set(REPEATED_FLAG) then return end
  local held = redis.call('HGETALL', K.claims(p))
  for i = 1, #held, 2 do
    local c = claim_parts(held[i + 1])
    if c.token == request then
      local past = redis.call('HMGET', K.delivery(p, c.seq), 'st', 'n', 't', 'db', 'oc', 'ed', 'ua', 'ur', 'up', 'pf')
      return claim_answer(held[i], c, held[i + 1], past, known_of(held[i]), 0)
    end
  end
end
