-- KEYS[1] the ledger's prefix. ARGV: 1 provider, 2 seq, 3 '1' forced, 4 edited body or '', 5 limit, 6 order, 7 kind s or a.
-- Returns {'replayed', runners to call} or {'refused', why in one word}.
-- Atomic because: the delivery leaves its end, takes its old place in the lane and is counted in one step.
local p, seq, forced = ARGV[1], ARGV[2], ARGV[3] == '1'
local order, kind = ARGV[6], ARGV[7]
local first = redis.call('HGET', K.order(order), 'e')
if first then delivery.adopt_link(p, order, first) end
local event = redis.call('HMGET', K.event(seq), '>' .. p, 'a')
if not event[1] then return {'refused', 'not_found'} end
local final = event[1] ~= '' and delivery.unpack(event[1])
local state = final and final.state or redis.call('HGET', K.delivery(p, seq), 'st') or 'pending'
if state == 'pending' or state == 'attempting' then return {'refused', 'not_finished'} end
if state == 'superseded' and not forced then return {'refused', 'superseded'} end
if state == 'delivered' and kind == 'a' then return {'refused', 'delivered_action'} end
if state == 'delivered' and not forced then return {'refused', 'delivered'} end
if kind == 's' and not forced and not gate.read(p).keeps_all then
  local last = tonumber(redis.call('HGET', K.order(order), 'd:' .. p))
  if last and last > tonumber(seq) then return {'refused', 'older'} end
end

if final then
  local number = final.number ~= '' and final.number or final.attempt ~= '' and '1' or '0'
  redis.call('HSET', K.delivery(p, seq), 'n', number, 'ed', final.edits)
  redis.call('HSET', K.event(seq), '>' .. p, '')
  if state ~= 'delivered' then redis.call('ZREM', K.closed(p, state), seq) end
  if redis.call('EXISTS', K.attempts(p, seq)) == 0 then attempts.push(p, seq, final.attempt) end
end
replaying.restart(p, order, seq, kind, state, 'replayed')
-- 0: whoever forces it vouches that it was not done.
if forced and kind == 'a' then redis.call('HSET', K.delivery(p, seq), 'db', '0') end
if ARGV[4] ~= '' then
  local edit = redis.call('HINCRBY', K.delivery(p, seq), 'ed', 1)
  redis.call('HSET', K.event(seq), 'e' .. edit .. ':' .. p, ARGV[4])
end
redis.call('ZADD', K.open(p), event[2], seq)
dead.arrange(p, order)
if redis.call('HEXISTS', K.claims(p), order) == 0 then
  redis.call('ZREM', K.parked(p), order)
  ready.remove(p, order)
  ready.add(p, 'b', order, r.now)
end
return {'replayed', wakeups.wake_runners(p, tonumber(ARGV[5]), 1)}
