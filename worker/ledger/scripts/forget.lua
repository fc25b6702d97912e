-- KEYS[1] the ledger's prefix. ARGV: 1 seq, 2 order, 3 the hash of its customer's e-mail or '', then for each provider:
-- name, delivery id.
-- Returns 1 where the event was forgotten, 0 where a delivery of it has not ended.
-- Atomic because: an event is forgotten with all that points to it, and never while anything of it is open.
local seq = ARGV[1]
for i = 4, #ARGV, 2 do
  if redis.call('HGET', K.event(seq), '>' .. ARGV[i]) == '' then return 0 end
end
local is_first = redis.call('HGET', K.order(ARGV[2]), 'e') == seq
local block = delivery.block_of(seq)
for i = 4, #ARGV, 2 do
  local p = ARGV[i]
  if is_first then delivery.adopt_link(p, ARGV[2], seq) end
  redis.call('HDEL', K.ids(block), delivery.short_id(ARGV[i + 1]))
  redis.call('DEL', K.attempts(p, seq), K.sent(p, seq))
  for _, state in ipairs({'skipped', 'superseded', 'discarded'}) do redis.call('ZREM', K.closed(p, state), seq) end
end
if ARGV[3] ~= '' then redis.call('LREM', delivery.emails_beside(seq, string.byte(ARGV[3])), 1, ARGV[3] .. seq) end
if redis.call('EXISTS', K.ids(block)) == 0 then redis.call('ZREM', K.id_blocks(), block) end
if is_first then redis.call('HDEL', K.order(ARGV[2]), 'e')
else redis.call('LREM', K.order_events(ARGV[2]), 1, seq) end
redis.call('ZREM', K.events(), seq)
redis.call('DEL', K.event(seq))
return 1
