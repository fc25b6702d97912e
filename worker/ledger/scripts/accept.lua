-- with: clock state gate ready call lane seen fan
-- KEYS[1] the ledger's prefix. ARGV: 1 version of the provider table, 2 identity, 3 body digest, 4 order, 5 source,
-- 6 number, 7 revision or '', 8 'snapshot' or 'action', 9 body, 10 days to keep (ms), 11 most that may be open,
-- 12 reader queue or '', 13 reader token, 14 arrival number or '', 15 provider mask, then for each provider: name,
-- delivery id, limit, link known from refs or '', '1' where a dead head blocks.
-- Returns {'accepted', seq, {providers to call}} | {'duplicate', seq, mask} | {'reused'} | {'table'} | {'full', why} | {'fenced'}.
-- Atomic because: an event is known, stored and in all its lanes, or not accepted at all.
local FIRST = 16
if ARGV[12] ~= '' and redis.call('GET', K.reader(ARGV[12])) ~= ARGV[13] then return {'fenced'} end
local keep = tonumber(ARGV[10])
local known, is_old = seen_before(ARGV[2])
if known then
  local seq, digest, mask = string.match(known, '^(%d+)|(%x+)|(%d+)$')
  if is_old then remember(ARGV[2], known, keep) end
  if digest ~= ARGV[3] then return {'reused'} end
  return {'duplicate', seq, mask}
end
if (redis.call('HGET', K.table(), 'version') or '0') ~= ARGV[1] then return {'table'} end
local full = redis.call('GET', K.full())
if full then return {'full', full} end
local open = 0
for i = FIRST, #ARGV, 5 do open = open + redis.call('ZCARD', K.open(ARGV[i])) end
if open >= tonumber(ARGV[11]) then return {'full', 'max_pending'} end

local order, kind = ARGV[4], ARGV[8] == 'snapshot' and 's' or 'a'
local last = redis.call('HMGET', K.order(order), 'r', 'q', 's', 'i')
local stale = false
if kind == 's' and ARGV[7] ~= '' and last[1] then stale = tonumber(ARGV[7]) < tonumber(last[1])
elseif kind == 's' and ARGV[14] ~= '' and last[2] then stale = tonumber(ARGV[14]) < tonumber(last[2]) end
local seq = ARGV[14] ~= '' and ARGV[14] or string.format('%.0f', redis.call('INCR', K.seq()))
remember(ARGV[2], seq .. '|' .. ARGV[3] .. '|' .. ARGV[15], keep)
local band = list_order(order, seq, kind == 's' and not stale, last[3], keep, last[4])

local event, ids = {'a', now, 'b', ARGV[9], 'o', order}, {}
if kind == 'a' then event[7], event[8] = 'k', kind end
for i = FIRST, #ARGV, 5 do
  ids[#ids + 1] = short_id(ARGV[i + 1])
  ids[#ids + 1] = seq
  event[#event + 1] = '>' .. ARGV[i]
  event[#event + 1] = ''
end
redis.call('HSET', K.event(seq), unpack(event))
redis.call('ZADD', K.events(), instant, seq)
if ids[1] then redis.call('HSET', K.ids(), unpack(ids)) end

local calls = {}
for i = FIRST, #ARGV, 5 do
  local p = ARGV[i]
  if ARGV[i + 3] ~= '' then redis.call('HSETNX', K.order(order), 'l:' .. p, ARGV[i + 3]) end
  if stale then
    pack(p, seq, 'superseded', 'stale', nil, nil, true)
    count(p, nil, 'superseded')
  elseif fan_out(p, seq, kind, order, last[3], ARGV[i + 4] == '1', tonumber(ARGV[i + 2]), band) > 0 then
    calls[#calls + 1] = p
  end
end
return {'accepted', seq, calls}
