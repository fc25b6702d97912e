-- KEYS[1] the ledger's prefix. ARGV: 1 provider, 2 order, 3 the ids to set, '' to forget the link, 4 what is said,
-- 5 why, 6 who, 7 the request's id. Finds by itself the deliveries of the order's last 100 events.
-- Returns {'linked', the link as it is now, '' for none} or {'refused', why in one word}.
-- Atomic because: an attempt must see the old link and the old doubt, or the new link and none; and on record is what was.
local p, order = ARGV[1], ARGV[2]
if not redis.call('HGET', K.order(order), 's') then return {'refused', 'not_found'} end
if redis.call('HEXISTS', K.claims(p), order) == 1 then return {'refused', 'attempting'} end
local forgets, kept, said = ARGV[3] == '', linking.taken_up(p, order), linking.parts(ARGV[3])
local was = kept[linking.ORDER] ~= '' and kept[linking.ORDER] or 'none'

-- The adapter's notes and the ids of the lines are of one order there: of another one they would be wrong.
if said[linking.ORDER] ~= '' and said[linking.ORDER] ~= was then kept[linking.LINES], kept[linking.NOTES] = {}, {} end
for i = linking.ORDER, linking.CONTACT do kept[i] = said[i] ~= '' and said[i] or kept[i] end
for item, id in pairs(said[linking.LINES]) do kept[linking.LINES][item] = id end
local now_linked = forgets and '' or cjson.encode(kept)

audit.note('link', ARGV[4] .. ', was ' .. was, ARGV[5], ARGV[6], ARGV[7])
if forgets then redis.call('HDEL', K.order(order), 'l:' .. p) else redis.call('HSET', K.order(order), 'l:' .. p, now_linked) end
if forgets or said[linking.ORDER] ~= '' then linking.end_doubt(p, order) end
return {'linked', now_linked}
