-- KEYS[1] the ledger's prefix. ARGV: 1 provider, 2 order, 3 the ids to set, '' to forget the link, 4 what is said,
-- 5 why, 6 who. Finds by itself the deliveries of the order's last 100 events.
-- Returns {'linked', the link as it is now, '' for none} or {'refused', why in one word}.
-- Atomic because: an attempt must see the old link and the old doubt, or the new link and none; and on record is what was.
local p, order = ARGV[1], ARGV[2]
local source, first = unpack(redis.call('HMGET', K.order(order), 's', 'e'))
if not source then return {'refused', 'not_found'} end
if redis.call('HEXISTS', K.claims(p), order) == 1 then return {'refused', 'attempting'} end
if first then
  single.keep_waiting(p, order, first, redis.call('HGET', K.event(first), 'k') or 's')
  delivery.adopt_link(p, order, first)
end
local forgets = ARGV[3] == ''
-- A link as it is kept: [order id, contact id, {line ids}, {notes}], what is left out at its end is empty.
local ORDER, CONTACT, LINES, NOTES = 1, 2, 3, 4
local function link_parts(text)
  local parts = text ~= '' and cjson.decode(text) or {}
  for i = ORDER, NOTES do
    if parts[i] == nil or parts[i] == cjson.null then parts[i] = i < LINES and '' or {} end
  end
  return parts
end
local kept, said = link_parts(redis.call('HGET', K.order(order), 'l:' .. p) or ''), link_parts(ARGV[3])
local was = kept[ORDER] ~= '' and kept[ORDER] or 'none'

-- The adapter's notes and the ids of the lines are of one order there: of another one they would be wrong.
if said[ORDER] ~= '' and said[ORDER] ~= was then kept[LINES], kept[NOTES] = {}, {} end
for i = ORDER, CONTACT do kept[i] = said[i] ~= '' and said[i] or kept[i] end
for item, id in pairs(said[LINES]) do kept[LINES][item] = id end
local now_linked = forgets and '' or cjson.encode(kept)

-- Doubt about the creation ends with a person's word; doubt about an action stays with its delivery.
local function end_doubt()
  redis.call('HDEL', K.order(order), 'm:' .. p)
  local seqs = redis.call('LRANGE', K.order_events(order), -100, -1)
  seqs[#seqs + 1] = first or nil
  for _, seq in ipairs(seqs) do
    if redis.call('HGET', K.event(seq), 'k') ~= 'a' then redis.call('HDEL', K.delivery(p, seq), 'db') end
  end
end

audit.note('link', ARGV[4] .. ', was ' .. was, ARGV[5], ARGV[6])
if forgets then redis.call('HDEL', K.order(order), 'l:' .. p) else redis.call('HSET', K.order(order), 'l:' .. p, now_linked) end
if forgets or said[ORDER] ~= '' then end_doubt() end
return {'linked', now_linked}
