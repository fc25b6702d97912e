-- KEYS[1] the ledger's prefix. ARGV: 1 provider, 2 its limit, 3 order, 4 seq of its newest snapshot, 5 '1' where the provider
-- says that it has no such order, 6 the provider's id that it was asked for, '' where it was searched for, then for
-- lib/backfill.lua: 7 delivery id, 8 identity, 9 bit, 10 link.
-- Sends the newest snapshot again, by its lane; of an order that is gone the link is forgotten, so that it is made anew, of
-- another the link notes that the save heals (schemas/healing.py).
-- Returns {'replayed' or 'added', runners to call} or {'refused', why in one word}.
-- Atomic because: no attempt may see the old link with the order gone; and what has changed since the provider was asked, a newer
-- snapshot, another link, an attempt, is seen, and nothing is done then.
local p, order, seq, asked = ARGV[1], ARGV[3], ARGV[4], ARGV[6]
if redis.call('HEXISTS', K.claims(p), order) == 1 then return {'refused', 'attempting'} end
if redis.call('HGET', K.order(order), 'q') ~= seq then return {'refused', 'not_newest'} end
local linked = linking.taken_up(p, order)
if linked[linking.ORDER] ~= asked then return {'refused', 'relinked'} end
local word, why
if redis.call('HEXISTS', K.event(seq), '>' .. p) == 1 then word, why = undo.replay(p, seq, order, 's', true, '')
else word = backfill.add(p, {order = order, seq = seq, id = ARGV[7], identity = ARGV[8], bit = ARGV[9], link = ARGV[10]}) end
if why then return {word, why} end
if word ~= 'replayed' and word ~= 'added' then return {'refused', word} end
if ARGV[5] == '1' then
  redis.call('HDEL', K.order(order), 'l:' .. p)
  linking.end_doubt(p, order)
else
  linked = linking.parts(redis.call('HGET', K.order(order), 'l:' .. p))
  linked[linking.NOTES][linking.HEALS] = '1'
  redis.call('HSET', K.order(order), 'l:' .. p, cjson.encode(linked))
end
return {word, wakeups.wake_runners(p, tonumber(ARGV[2]), 1)}
