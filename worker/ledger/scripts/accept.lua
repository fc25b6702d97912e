-- with: clock state call lane
-- KEYS[1] the ledger's prefix. ARGV: 1 version of the provider table, 2 identity, 3 body digest, 4 order, 5 source,
-- 6 number, 7 revision or '', 8 'snapshot' or 'action', 9 body, 10 generations to look in, 11 days to keep (ms),
-- 12 most that may be open, 13 reader queue or '', 14 reader token, 15 arrival number or '', 16 provider mask, then for
-- each provider: name, delivery id, limit, link known from refs or '', '1' where a dead head blocks.
-- Returns {'accepted', seq, {providers to call}} | {'duplicate', seq, mask} | {'reused'} | {'table'} | {'full', why} | {'fenced'}.
-- Atomic because: an event is known, stored and in all its lanes, or not accepted at all.
local function seen_before()
  local generation = math.floor(now / 2592000000)
  for back = 0, tonumber(ARGV[10]) do
    local known = redis.call('HGET', K.seen(generation - back), ARGV[2])
    if known then return known, back > 0 and generation end
  end
end

local function remember(generation, text)
  redis.call('HSET', K.seen(generation), ARGV[2], text)
  redis.call('PEXPIRE', K.seen(generation), tonumber(ARGV[11]) + 2592000000)
end

if ARGV[13] ~= '' and redis.call('GET', K.reader(ARGV[13])) ~= ARGV[14] then return {'fenced'} end
local known, refresh = seen_before()
if known then
  local seq, digest, mask = string.match(known, '^(%d+)|(%x+)|(%d+)$')
  if refresh then remember(refresh, known) end
  if digest ~= ARGV[3] then return {'reused'} end
  return {'duplicate', seq, mask}
end
if (redis.call('HGET', K.table(), 'version') or '0') ~= ARGV[1] then return {'table'} end
local full = redis.call('GET', K.full())
if full then return {'full', full} end
local open = 0
for i = 17, #ARGV, 5 do open = open + redis.call('ZCARD', K.open(ARGV[i])) end
if open >= tonumber(ARGV[12]) then return {'full', 'max_pending'} end
local order, snapshot = ARGV[4], ARGV[8] == 'snapshot'
local last = redis.call('HMGET', K.order(order), 'r', 'q')
local stale = false
if snapshot and ARGV[7] ~= '' and last[1] then stale = tonumber(ARGV[7]) < tonumber(last[1])
elseif snapshot and ARGV[15] ~= '' and last[2] then stale = tonumber(ARGV[15]) < tonumber(last[2]) end

local seq = ARGV[15] ~= '' and ARGV[15] or string.format('%.0f', redis.call('INCR', K.seq()))
local kind = snapshot and 's' or 'a'
redis.call('HSET', K.event(seq), 'a', now, 'b', ARGV[9], 'o', order, 'k', kind)
redis.call('ZADD', K.events(), instant, seq)
remember(math.floor(now / 2592000000), seq .. '|' .. ARGV[3] .. '|' .. ARGV[16])
redis.call('SADD', K.sources(), ARGV[5])
redis.call('HSET', K.order(order), 's', ARGV[5], 'n', ARGV[6])
if snapshot and not stale then
  redis.call('HSET', K.order(order), 'q', seq)
  if ARGV[7] ~= '' then redis.call('HSET', K.order(order), 'r', ARGV[7]) end
end
redis.call('RPUSH', K.order_events(order), seq)
redis.call('PEXPIRE', K.order(order), ARGV[11])
redis.call('PEXPIRE', K.order_events(order), ARGV[11])

local function fan_out(p, id, limit, link, block)
  redis.call('HSET', K.ids(), id, seq)
  if link ~= '' then redis.call('HSETNX', K.order(order), 'l:' .. p, link) end
  if stale then
    pack(p, seq, 'superseded', 'stale', nil, nil)
    count(p, nil, 'superseded')
    return 0
  end
  redis.call('HSET', K.event(seq), '>' .. p, '')
  redis.call('ZADD', K.open(p), instant, seq)
  count(p, nil, 'pending')
  local lane = K.lane(p, order)
  redis.call('ZADD', lane, seq, seq .. kind)
  if redis.call('ZCARD', lane) == 1 then
    redis.call('ZADD', K.ready(p, 'f'), seq, order)
  elseif kind == 's' and block == '1' then
    local head = string.match(redis.call('ZRANGE', lane, 0, 0)[1], '%d+')
    if redis.call('HGET', K.delivery(p, head), 'st') == 'dead' then heal(p, order) end
  end
  return summon(p, limit)
end

local calls = {}
for i = 17, #ARGV, 5 do
  if fan_out(ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2]), ARGV[i + 3], ARGV[i + 4]) > 0 then calls[#calls + 1] = ARGV[i] end
end
return {'accepted', seq, calls}
