-- with: clock
-- KEYS[1] the ledger's prefix. ARGV: 1 provider, 2 order, 3 the ids to set as JSON, '' to forget the link, 4 what is said,
-- 5 why, 6 who. Finds by itself the deliveries of the order's last 100 events.
-- Returns {'linked', the link as it is now as JSON, '' for none} or {'refused', why in one word}.
-- Atomic because: an attempt must see the old link and the old doubt, or the new link and none; and on record is what was.
local p, order = ARGV[1], ARGV[2]
local known = redis.call('HMGET', K.order(order), 's', 'l:' .. p)
if not known[1] then return {'refused', 'not_found'} end
if redis.call('HEXISTS', K.claims(p), order) == 1 then return {'refused', 'attempting'} end
local forgets = ARGV[3] == ''
local link = known[2] and cjson.decode(known[2]) or {}
local said = forgets and {} or cjson.decode(ARGV[3])
local was = link.order_id or 'none'

-- The adapter's notes and the ids of the lines are of one order there: of another one they would be wrong.
if said.order_id and said.order_id ~= was then link.line_ids, link.notes = nil, nil end
for _, name in ipairs({'order_id', 'contact_id'}) do link[name] = said[name] or link[name] end
for item, id in pairs(said.line_ids or {}) do
  link.line_ids = link.line_ids or {}
  link.line_ids[item] = id
end
local now_linked = forgets and '' or cjson.encode(link)

-- Doubt about the creation ends with a person's word; doubt about an action stays with its delivery.
local function end_doubt()
  redis.call('HDEL', K.order(order), 'm:' .. p)
  for _, seq in ipairs(redis.call('LRANGE', K.order_events(order), -100, -1)) do
    if redis.call('HGET', K.event(seq), 'k') == 's' then redis.call('HDEL', K.delivery(p, seq), 'db') end
  end
end

redis.call('XADD', K.audit(), 'MAXLEN', '~', 10000, '*', 'at', now, 'verb', 'link', 'what', ARGV[4] .. ', was ' .. was,
  'why', ARGV[5], 'who', ARGV[6])
if forgets then redis.call('HDEL', K.order(order), 'l:' .. p) else redis.call('HSET', K.order(order), 'l:' .. p, now_linked) end
if forgets or said.order_id then end_doubt() end
return {'linked', now_linked}
