-- with: clock state call lane
-- KEYS[1] the ledger's prefix. ARGV: 1 provider, 2 seq, 3 limit, 4 order, 5 kind s or a.
-- Returns {'discarded', runners to call} or {'refused', why in one word}.
-- Atomic because: what a person gave up leaves its lane, its group and the open list at once, and frees what waited.
local p, seq, order = ARGV[1], ARGV[2], ARGV[4]
local packed = redis.call('HGET', K.event(seq), '>' .. p)
if not packed then return {'refused', 'not_found'} end
if packed ~= '' then return {'refused', 'final'} end
local past = redis.call('HMGET', K.delivery(p, seq), 'st', 'fp')
local state = past[1] or 'pending'
if state == 'attempting' then return {'refused', 'attempting'} end
local claim = redis.call('HGET', K.claims(p), order)
if claim and string.match(claim, '^.-|(%d+)|') == seq then return {'refused', 'attempting'} end
local lane = K.lane(p, order)
local head = redis.call('ZRANGE', lane, 0, 0)[1]
redis.call('ZREM', lane, seq .. ARGV[5])
if state == 'dead' then
  redis.call('ZREM', K.dead(p), seq)
  if past[2] then redis.call('ZREM', K.dead_group(p, past[2]), seq) end
end
pack(p, seq, 'discarded', 'discarded', nil, redis.call('LINDEX', K.attempts(p, seq), -1) or nil)
count(p, state, 'discarded')
count_minute(p, 'discarded')
if head == seq .. ARGV[5] and not claim then
  redis.call('ZREM', K.parked(p), order)
  for _, share in ipairs({'f', 'r', 'b'}) do redis.call('ZREM', K.ready(p, share), order) end
  lane_on(p, order)
end
return {'discarded', summon(p, tonumber(ARGV[3]))}
