-- KEYS[1] the ledger's prefix. ARGV: 1 provider, 2 seq, 3 limit, 4 order, 5 kind s or a.
-- Returns {'discarded', runners to call} or {'refused', why in one word}.
-- Atomic because: what a person gave up leaves its lane, its group and the open list at once, and frees what waited.
local p, seq, order, kind = ARGV[1], ARGV[2], ARGV[4], ARGV[5]
local packed = redis.call('HGET', K.event(seq), '>' .. p)
if not packed then return {'refused', 'not_found'} end
if packed ~= '' then return {'refused', 'final'} end
local past = redis.call('HGET', K.delivery(p, seq), 'st')
local state = past or 'pending'
if state == 'attempting' then return {'refused', 'attempting'} end
local claimed = redis.call('HGET', K.claims(p), order)
if claimed and claim_record.parse(claimed).seq == seq then return {'refused', 'attempting'} end
local head = lane.first(p, order)
redis.call('ZREM', K.lane(p, order), seq .. kind)
single.leave(p, order, seq, kind)
if state == 'dead' then dead.unlist(p, seq) end
delivery.close(p, seq, {state = 'discarded', reason = 'discarded', attempt = redis.call('LINDEX', K.attempts(p, seq), -1)})
counts.moved(p, state, 'discarded')
counts.in_minute(p, 'discarded')
if kind == 'a' and past then dead.arrange(p, order) end
if not claimed and lane.first(p, order) ~= head then
  redis.call('ZREM', K.parked(p), order)
  ready.remove(p, order)
  dead.rouse(p, order)
elseif not claimed then
  dead.heal_head(p, order)
end
return {'discarded', wakeups.wake_runners(p, tonumber(ARGV[3]), 1)}
