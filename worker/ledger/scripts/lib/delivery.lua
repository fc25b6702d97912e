-- A delivery. While it is not final and has a past, that is a hash, whose fields store/keys.py names (DELIVERY_FIELDS). Once it
-- is final it is a text in its event's record, ">provider": '' until then.
-- The text: state|ms|reason|the arrival that superseded it|edits|attempts|the last attempt, and behind a line's end the link
-- that it keeps for its order (see delivery.adopt_link). What nearly all of them are goes without saying: delivered, because
-- saved. Python reads it in codec.py.
local delivery = {BLOCK = 16384, FORM = '^(%a*)|(%d+)|([^|]*)|(%d*)|(%d*)|(%d*)|(.*)$', NO_PAST = {}}

-- What a delivery is found by: 60 bits of its id, among those of so many events in a row.
function delivery.short_id(id) return string.sub(id, 2, 13) end

function delivery.block_of(seq) return math.floor(tonumber(seq) / delivery.BLOCK) end

-- Where the e-mail of an event's customer is found, by the first byte of its hash.
function delivery.emails_beside(seq, first_byte) return K.emails(delivery.block_of(seq), first_byte) end

-- d: see delivery.close. edits, number: of its past, where it has one.
function delivery.pack(d, edits, number)
  return (d.state == 'delivered' and '' or d.state) .. '|' .. r.now_text .. '|' .. (d.reason == 'saved' and '' or d.reason) .. '|'
    .. (d.by or '') .. '|' .. (edits or '') .. '|' .. (number or '') .. '|' .. (d.attempt or '')
    .. (d.link and d.link ~= '' and '\n' .. d.link or '')
end

-- The link that a text keeps, and the text without it; nil where it keeps none.
function delivery.link_of(text)
  local ends = string.find(text, '\n', 1, true)
  if ends then return string.sub(text, ends + 1), string.sub(text, 1, ends - 1) end
end

function delivery.unpack(text)
  local link, said = delivery.link_of(text)
  local state, at, reason, by, edits, number, attempt = string.match(said or text, delivery.FORM)
  return {state = state == '' and 'delivered' or state, at = at, reason = reason == '' and 'saved' or reason, by = by,
    edits = edits, number = number, attempt = attempt, link = link}
end

-- Moves a final delivery into its event's record; its attempts stay as a list only where there was more than one. d: state,
-- reason, and where there are any: by, attempt, and the link it learned where nobody else needs to know that yet.
-- fresh: it is known to have no past.
function delivery.close(p, seq, d, fresh)
  local past = fresh and delivery.NO_PAST or redis.call('HMGET', K.delivery(p, seq), 'n', 'ed', 'st', 'rp')
  redis.call('HSET', K.event(seq), '>' .. p, delivery.pack(d, past[2], past[1]))
  if past[4] then cause.ended(p, past[4]) end
  if past[3] then redis.call('DEL', K.delivery(p, seq)) end
  redis.call('ZREM', K.open(p), seq)
  if d.state ~= 'delivered' then redis.call('ZADD', K.closed(p, d.state), r.now, seq) end
end

-- What the order's first event learned of it goes into the order: from now on there is more than that event.
function delivery.adopt_link(p, order, first)
  local text = redis.call('HGET', K.event(first), '>' .. p)
  local link, said = delivery.link_of(text or '')
  if not link then return end
  redis.call('HSET', K.order(order), 'l:' .. p, link)
  redis.call('HSET', K.event(first), '>' .. p, said)
end

-- Of one without a past.
delivery.NEVER_TRIED = {state = false, number = false, tries = false, doubt_since = false, first_open = false, edit = false,
  unauthorized = false, own_failures = false, attempted = false, probes_failed = false}

-- What is known of a delivery that may have been tried; each false where it is not.
function delivery.past(p, seq)
  local f = redis.call('HMGET', K.delivery(p, seq), 'st', 'n', 't', 'db', 'oc', 'ed', 'ua', 'ur', 'up', 'pf')
  if not f[1] then return delivery.NEVER_TRIED end
  return {state = f[1], number = f[2], tries = f[3], doubt_since = f[4], first_open = f[5], edit = f[6], unauthorized = f[7],
    own_failures = f[8], attempted = f[9], probes_failed = f[10]}
end

-- Writes fields of its past; false takes one out.
function delivery.note(p, seq, fields)
  local set, del = {}, {}
  for f, v in pairs(fields) do
    if v == false then del[#del + 1] = f else set[#set + 1] = f; set[#set + 1] = tostring(v) end
  end
  redis.call('HSET', K.delivery(p, seq), unpack(set))
  if #del > 0 then redis.call('HDEL', K.delivery(p, seq), unpack(del)) end
end

return delivery
