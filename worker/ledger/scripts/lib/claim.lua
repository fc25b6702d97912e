-- The runner's part of every step, ARGV[1..5]: provider, runner, request, four digits, the provider's plan. The digits:
-- what comes after (0 the runner stays, 1 it leaves where nothing is found, 2 it leaves without claiming), and 1 where its
-- seat is to be lengthened, where the request may have been answered before, where an attempt has ended its doubt.
-- What every claim is answered, and then what only one with a past has, of its own or of its order's; the same names in the same
-- order as in claims.py (ClaimAnswer):
--   answer: word record order body accepted_ms now_ms open_ms tested_ms readable_ms calls
--   past: link maybe_since_ms tries doubt_since_ms first_open_ms edit unauthorized_ms own_failures attempted_ms known
--   probes_failed even_ms
local claim = {SEAT_MS = 30000, LOOK_MS = 20, LANES_TRIED = 20}
claim.FOR_NOBODY_MS = 2000 -- longer than any runner stays for
claim.plans = {} -- by their text: the few there are are read once
claim.said = {} -- what the digits say, by their text: so are these

function claim.read_plan(text)
  local f = {}
  for part in string.gmatch(text, '[^|]+') do f[#f + 1] = tonumber(part) end
  claim.plans[text] = {lease = f[1], max = f[2], per_second = f[3], burst = f[4], trip_after = f[5], cool = f[6],
    cool_cap = f[7], probe = f[8], has_test = f[9] == 1, block = f[10] == 1}
  return claim.plans[text]
end

function claim.read_digits(text)
  local after, lengthens, is_repeated, clears_doubt = string.match(text, '^(%d)(%d)(%d)(%d)$')
  claim.said[text] = {leaves = after ~= '0', is_last = after == '2', lengthens = lengthens == '1',
    is_repeated = is_repeated == '1', clears_doubt = clears_doubt == '1'}
  return claim.said[text]
end

-- at: how many arguments come before.
function claim.read(args, at)
  local digits, plan = args[at + 4], args[at + 5]
  r.provider, r.runner, r.request_id = args[at + 1], args[at + 2], args[at + 3]
  r.says, r.plan = claim.said[digits] or claim.read_digits(digits), claim.plans[plan] or claim.read_plan(plan)
end

-- known: of the order, as claim.known_of has it. calls: how many runners to call.
function claim.answer(order, c, record, past, known, calls)
  local p, edit = r.provider, past.edit
  local event = redis.call('HMGET', K.event(c.seq), edit and edit ~= '' and 'e' .. edit .. ':' .. p or 'b', 'a')
  local latest = c.kind == 'a' and known[3] and redis.call('HGET', K.event(known[3]), 'b')
  local g = gate.read(p)
  local open, tested, readable = gate.open_clock(g), g.tested_at or 0, g.ok_at or 0
  if c.single then return {'claim', record, order, event[1], event[2], r.now, open, tested, readable, calls} end
  local even = (known[2] or past.doubt_since) and clock.even_since()
  return {'claim', record, order, event[1], event[2], r.now, open, tested, readable, calls,
    known[1], known[2], past.tries, past.doubt_since, past.first_open, edit, past.unauthorized, past.own_failures, past.attempted,
    latest or '', past.probes_failed, even}
end

-- A runner that comes from a lane takes the place that it had: where no gate narrows them there is one, and as many
-- runners as before have work. Only now and then it looks whether there are more places, and calls for those.
function claim.looks(g, lent, limit, has_place)
  return not has_place or lent or limit < r.plan.max or gate.is_closed(g)
    or math.abs(r.now - (g.looked_at or 0)) >= claim.LOOK_MS
end

-- Why the gate lets no lane through now, and for how many ms; nil where it does. 'probe' where one may try. Last, how
-- many claims there are, where that was looked up. Where a gate that is not lent is full, nobody need wait: who ends goes on in
-- its place.
function claim.gate_bars(p, g, plan, has_place)
  if g.paused then return 'paused', 60000 end
  local lent, limit = gate.lent_places(g), math.min(g.limit or plan.max, plan.max)
  local busy = claim.looks(g, lent, limit, has_place) and redis.call('HLEN', K.claims(p))
  if lent and busy >= lent then
    return 'full', redis.call('ZCARD', K.runners(p)) > lent and claim.FOR_NOBODY_MS or 50
  end
  if g.wait_until and r.now < g.wait_until then return 'rate', g.wait_until - r.now end
  local closed = (g.held and 'held') or (g.tripped and 'tripped')
  if closed then
    local till = g.held and (g.held_until or 0) or g.tripped
    if r.now < till then return closed, till - r.now end
    if g.probe and redis.call('HEXISTS', K.claims(p), g.probe) == 1 then return closed, 1000 end
    return 'probe', 0, busy
  end
  if busy and busy >= limit then return 'full', claim.FOR_NOBODY_MS end
  return nil, 0, busy
end

-- As many tokens as a conversation usually makes calls. Gives them, or nil and for how many ms they are wanting.
function claim.take_tokens(p, g, plan)
  if plan.per_second <= 0 then return 0 end
  local tokens, most, per_second = gate.tokens_now(g, plan.per_second, plan.burst)
  local wanted = math.max(1, math.min(math.floor(most), math.ceil(g.usual or 1)))
  if tokens < wanted then return nil, math.ceil((wanted - tokens) * 1000 / per_second) end
  gate.put_off(p, 'tokens', tokens - wanted)
  gate.put_off(p, 'tokens_at', r.now)
  return wanted
end

function claim.gone(answer)
  wakeups.forget_runner(r.provider, r.runner)
  return answer
end

function claim.barred(why, wait)
  if r.says.leaves or wait > wakeups.WAITS_MOST_MS then return claim.gone({'wait', why, wait, 1}) end
  gate.put_off(r.provider, 'waits_till', r.now + wait)
  return {'wait', why, wait, 0}
end

-- A lane with an open claim is never ready, so a popped lane's head is free. 20 lanes that have none are enough for a
-- step; true in its stead where some have more to retire first. A probe that gets no answer leaves an action in doubt,
-- which may need a person, where a snapshot is looked up: among the first 20 a snapshot goes first.
function claim.free_head(p, g, is_probe)
  local actions, later, found = {}, {}, nil
  for _ = 1, claim.LANES_TRIED do
    local popped = ready.pop(p, g)
    if not popped then break end
    if popped.single then popped.past = delivery.NEVER_TRIED
    else popped.seq, popped.kind, popped.past = lane.head(p, popped.order) end
    if popped.past == 'more' then later[#later + 1] = popped
    elseif is_probe and popped.kind == 'a' then actions[#actions + 1] = popped
    elseif popped.seq then
      found = popped
      break
    end
  end
  found = found or table.remove(actions, 1)
  ready.push_back(p, actions)
  ready.push_back(p, later)
  return found, #later > 0
end

-- What is known of the order at the provider: its link, since when it may have been created, its newest snapshot, the
-- newest that was delivered, and which actions wait for one that is.
function claim.known_of(p, order) return redis.call('HMGET', K.order(order), 'l:' .. p, 'm:' .. p, 'q', 'd:' .. p, 'u:' .. p) end

-- No lane has been found. more: some have more to retire first.
function claim.nothing(p, g, taken, more)
  if taken > 0 then gate.put_off(p, 'tokens', g.tokens + taken) end
  if more then return {'wait', 'retiring', 1, 0} end
  if r.says.leaves then return claim.gone({'none'}) end
  return {'none'}
end

-- The lane that was found is claimed. busy: how many claims there were, where that was looked up.
function claim.take(p, g, found, taken, busy, is_probe, has_place)
  local order, seq, past = found.order, found.seq, found.past
  local known = found.single and {false, false, found.kind == 's' and seq, false} or claim.known_of(p, order)
  local c = {token = r.request_id, seq = seq, number = past.number and past.number + 1 or '1', started = r.now_text,
    epoch = g.epoch, kind = found.kind, fresh = not past.state, first = not (past.state or known[2] or known[4]),
    single = found.single, ends = r.now + r.plan.lease, taken = taken, runner = r.runner,
    awaited = known[5] and found.kind == 's'}
  local record = claim_record.format(c)
  redis.call('HSET', K.claims(p), order, record)
  counts.moved(p, past.state or 'pending', 'attempting')
  if past.state then redis.call('HSET', K.delivery(p, seq), 'st', 'attempting') end
  if is_probe then gate.write(p, {probe = order}) end
  if busy and has_place then gate.put_off(p, 'looked_at', r.now) end
  return claim.answer(order, c, record, past, known, busy and wakeups.wake_runners(p, r.plan.max, 1, busy + 1) or 0)
end

function claim.next(has_place)
  local p, plan = r.provider, r.plan
  if r.says.is_last then
    claim.gone()
    return {'left', wakeups.wake_runners(p, plan.max, 1)}
  end
  if r.says.lengthens then redis.call('ZADD', K.runners(p), r.now + claim.SEAT_MS, r.runner) end
  local g = gate.read(p)
  local why, wait, busy = claim.gate_bars(p, g, plan, has_place)
  if why and why ~= 'probe' then return claim.barred(why, wait) end
  local taken, short = claim.take_tokens(p, g, plan)
  if not taken then return claim.barred('rate', short) end
  if why == 'probe' and g.held == 'credentials' and plan.has_test then
    gate.write(p, {probe = 'test', held_until = r.now + plan.lease})
    return {'test', g.epoch}
  end
  local found, more = claim.free_head(p, g, why == 'probe')
  if not found then return claim.nothing(p, g, taken, more) end
  return claim.take(p, g, found, taken, busy, why == 'probe', has_place)
end

function claim.afresh() return claim.next(false) end

-- After a claim that was ours, and is no more.
function claim.in_its_place() return claim.next(true) end

-- A step that did not do to the delivery what it was to says so before its answer's first word: '!' the claim was not ours, '~'
-- the delivery waits with the rest.
function claim.marked(mark, answer)
  answer[1] = mark .. answer[1]
  return answer
end

-- A request that was answered before gets the same answer, for as long as its claim stands.
function claim.answered_before()
  if not r.says.is_repeated then return end
  local p = r.provider
  local held = redis.call('HGETALL', K.claims(p))
  for i = 1, #held, 2 do
    local order, c = held[i], claim_record.parse(held[i + 1])
    if c.token == r.request_id then
      return claim.answer(order, c, held[i + 1], delivery.past(p, c.seq), claim.known_of(p, order), 0)
    end
  end
end

return claim
