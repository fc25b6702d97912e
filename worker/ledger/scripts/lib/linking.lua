-- What is known of an order at a provider is corrected: by a person (link.lua), or as the provider itself says (heal.lua).
-- A link as it is kept: [order id, contact id, {line ids}, {notes}], what is left out at its end is empty.
local linking = {ORDER = 1, CONTACT = 2, LINES = 3, NOTES = 4, HEALS = 'ordercast:heals'}

function linking.parts(text)
  local parts = text and text ~= '' and cjson.decode(text) or {}
  for i = linking.ORDER, linking.NOTES do
    if parts[i] == nil or parts[i] == cjson.null then parts[i] = i < linking.LINES and '' or {} end
  end
  return parts
end

-- What the order's first event keeps of it is the order's from now on. Gives the parts of the link.
function linking.taken_up(p, order)
  local first = redis.call('HGET', K.order(order), 'e')
  if first then
    single.keep_waiting(p, order, first, redis.call('HGET', K.event(first), 'k') or 's')
    delivery.adopt_link(p, order, first)
  end
  return linking.parts(redis.call('HGET', K.order(order), 'l:' .. p))
end

-- Doubt about the creation ends; doubt about an action stays with its delivery.
function linking.end_doubt(p, order)
  redis.call('HDEL', K.order(order), 'm:' .. p)
  local seqs = redis.call('LRANGE', K.order_events(order), -100, -1)
  seqs[#seqs + 1] = redis.call('HGET', K.order(order), 'e') or nil
  for _, seq in ipairs(seqs) do
    if redis.call('HGET', K.event(seq), 'k') ~= 'a' then redis.call('HDEL', K.delivery(p, seq), 'db') end
  end
end

return linking
