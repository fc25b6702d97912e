-- The end of an attempt, shared by settle, park and bury. ARGV[6..15]: the claim as its holder knows it (token, order, delivery,
-- attempt, kind of event, the gate's epoch), what the gate is told (kind of outcome, ms to wait, calls made, '1' where the
-- provider was asked: a call left, or it could not be reached; calls left by its own count or ''), the attempt's text, the link,
-- the reason.
local ending = {HEARD = '^(%a+)|(%d+)|(%d+)|(%d)|(.*)$'}
ending.plain = {} -- what nearly all attempts end with, by its text: read once

function ending.read_heard(text)
  local kind, wait, calls, asked, left = string.match(text, ending.HEARD)
  local heard = {kind = kind, wait = tonumber(wait), calls = tonumber(calls), asked = asked == '1', left = tonumber(left)}
  if kind == 'accepted' and wait == '0' and left == '' and heard.calls < 10 then ending.plain[text] = heard end
  return heard
end

-- at: how many arguments come before those of the runner.
function ending.read(args, at)
  r.order = args[at + 7]
  r.held = {token = args[at + 6], seq = args[at + 8], number = args[at + 9], kind = args[at + 10], epoch = args[at + 11],
    taken = 0, awaited = false, fresh = false, first = false, single = false}
  r.heard = ending.plain[args[at + 12]] or ending.read_heard(args[at + 12])
  r.attempt, r.link, r.reason = args[at + 13], args[at + 14], args[at + 15]
end

-- The claim as it stands if it is ours, else nil: then nothing of the delivery's state may be moved by it. What its holder
-- knows of it is not read again.
function ending.own_claim()
  local text = redis.call('HGET', K.claims(r.provider), r.order)
  if not text or not claim_record.is_held_by(text, r.held.token) then return end
  return claim_record.add_past(r.held, text, r.plan.per_second > 0)
end

function ending.release(c)
  redis.call('HDEL', K.claims(r.provider), r.order)
  circuit_breaker.hear(c)
end

-- What was learned of the order at the provider; delivered: the snapshot that is there now, '' where none came to be.
-- is_first: nothing was delivered and nothing in doubt when the lane was claimed, and nobody else writes it since.
function ending.write_link(delivered, is_first)
  local p, link = r.provider, r.link
  if link == '' and delivered == '' and not r.says.clears_doubt then return end
  local key = K.order(r.order)
  if is_first and link ~= '' and delivered ~= '' then
    return redis.call('HSET', key, 'l:' .. p, link, 'd:' .. p, delivered)
  end
  local known = redis.call('HMGET', key, 'l:' .. p, 'm:' .. p, 'd:' .. p)
  local fields = {}
  if link ~= '' and link ~= known[1] then fields = {'l:' .. p, link} end
  if delivered ~= '' and tonumber(delivered) > (tonumber(known[3]) or 0) then
    fields[#fields + 1] = 'd:' .. p
    fields[#fields + 1] = delivered
  end
  if fields[1] then redis.call('HSET', key, unpack(fields)) end
  if known[2] and (r.heard.kind == 'accepted' or r.says.clears_doubt) then redis.call('HDEL', key, 'm:' .. p) end
end

-- The delivery goes on with this past.
function ending.note(c, fields)
  fields.n = r.attempt ~= '' and c.number or c.number - 1
  fields.up = r.now
  delivery.note(r.provider, c.seq, fields)
  attempts.push(r.provider, c.seq, r.attempt)
end

-- The delivery's own doubt, and the order's: while a request may still be carried out there, nothing else of the order
-- may go out that it could undo, and where it may have created the order every later snapshot looks for it first. ago: ms
-- since a request was last on the wire, as text.
function ending.note_doubt(fields, is_in_doubt, ago)
  if is_in_doubt then
    fields.db = string.format('%.0f', r.now - tonumber(ago))
    redis.call('HSET', K.order(r.order), 'm:' .. r.provider, fields.db)
  elseif r.says.clears_doubt then
    fields.db = false
  end
end

-- A delivery comes to its final state. c: its claim, or of a late one seq, kind and number alone. from: the state it was in.
function ending.close(c, state, from)
  local p, seq = r.provider, c.seq
  if r.attempt ~= '' and not c.fresh and redis.call('EXISTS', K.delivery(p, seq)) == 1 then
    redis.call('HSET', K.delivery(p, seq), 'n', c.number)
    attempts.push(p, seq, r.attempt)
  end
  if c.single and state == 'delivered' then
    return delivery.close(p, seq, {state = state, reason = r.reason, attempt = r.attempt, link = r.link}, c.fresh)
  end
  delivery.close(p, seq, {state = state, reason = r.reason, attempt = r.attempt}, c.fresh)
  counts.moved(p, from, state)
  if state ~= 'delivered' then counts.in_minute(p, state) end
  ending.write_link(state == 'delivered' and c.kind == 's' and seq or '', c.first)
end

return ending
