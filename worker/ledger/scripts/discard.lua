-- with: clock state gate ready call lane dead
-- KEYS[1] the ledger's prefix. ARGV: 1 provider, 2 seq, 3 limit, 4 order, 5 kind s or a.
-- Returns {'discarded', runners to call} or {'refused', why in one word}.
-- Atomic because: what a person gave up leaves its lane, its group and the open list at once, and frees what waited.
local p, seq, order = ARGV[1], ARGV[2], ARGV[4]
local packed = redis.call('HGET', K.event(seq), '>' .. p)
if not packed then return {'refused', 'not_found'} end
if packed ~= '' then return {'refused', 'final'} end
local past = redis.call('HGET', K.delivery(p, seq), 'st')
local state = past or 'pending'
if state == 'attempting' then return {'refused', 'attempting'} end
local claim = redis.call('HGET', K.claims(p), order)
if claim and string.match(claim, '^.-|%d|%d+|(%d+)|') == seq then return {'refused', 'attempting'} end
local lane = K.lane(p, order)
local head = redis.call('ZRANGE', lane, 0, 0)[1]
redis.call('ZREM', lane, seq .. ARGV[5])
redis.call('ZREM', K.ready(p, 'f'), alone(order, seq, ARGV[5]))
if state == 'dead' then leave_dead(p, seq) end
pack(p, seq, 'discarded', 'discarded', nil, redis.call('LINDEX', K.attempts(p, seq), -1) or nil)
count(p, state, 'discarded')
count_minute(p, 'discarded')
if ARGV[5] == 'a' and past then dead.arrange(p, order) end
if not claim and redis.call('ZRANGE', lane, 0, 0)[1] ~= head then
  redis.call('ZREM', K.parked(p), order)
  unready(p, order)
  dead.rouse(p, order)
elseif not claim then
  dead.heal_head(p, order)
end
return {'discarded', summon(p, tonumber(ARGV[3]), 1)}
