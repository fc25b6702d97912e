-- Attempts, each a JSON array: number, instant, ms that it took, outcome, reason, HTTP status, message and what else Python
-- writes (pack_attempt in codec.py). What is empty at its end is left out; a plain success has no outcome, reason or message.
local attempts = {KEPT = 30, SENT = 3}

function attempts.push(p, seq, text)
  if text == '' then return end
  local key = K.attempts(p, seq)
  redis.call('RPUSH', key, text)
  redis.call('LTRIM', key, -attempts.KEPT, -1)
end

-- What an attempt sent, behind the 16 digits of its digest: kept once, however often it was sent in a row.
function attempts.keep_sent(p, seq, sent)
  if sent == '' then return end
  local key = K.sent(p, seq)
  local last = redis.call('LINDEX', key, -1)
  if last and string.sub(last, 1, 16) == string.sub(sent, 1, 16) then return end
  redis.call('RPUSH', key, sent)
  redis.call('LTRIM', key, -attempts.SENT, -1)
end

-- What came of an attempt that is no plain success.
function attempts.read(text)
  local f = cjson.decode(text)
  return {outcome = f[4], reason = f[5], http_status = f[6] or cjson.null, message = f[7] or ''}
end

-- The attempt of a claim whose worker is gone.
function attempts.lost(c, reason)
  return '[' .. c.number .. ',' .. c.started .. ',' .. string.format('%.0f', r.now - c.started)
    .. ',"unknown","' .. reason .. '",null,"The worker that made this attempt is gone.","",""]'
end

return attempts
