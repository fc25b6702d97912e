-- A claim as it is kept: token|past|taken|seq|number|started|epoch|kind|ends|runner. taken are the tokens of the rate that it took,
-- number is the attempt's, epoch the gate's, ends the end of its lease in ms. past is one digit: 0 the delivery has a past, 1
-- it has none, 2 nor has its order any at this provider, 3 and it is single (single.lua); and 4 more where it is a snapshot
-- that an action waits for (replaying.lua). Python reads it by the same names: claims.py.
local claim_record = {FORM = '^(.-)|(%d)|(%d+)|(%d+)|(%d+)|(%d+)|(%d+)|(%a)|(%d+)|(.*)$'}

function claim_record.read_past(c, digit)
  c.awaited, digit = digit > 3, digit % 4
  c.fresh, c.first, c.single = digit > 0, digit > 1, digit == 3
  return c
end

function claim_record.parse(text)
  local token, past, taken, seq, number, started, epoch, kind, ends, runner = string.match(text, claim_record.FORM)
  return claim_record.read_past({token = token, seq = seq, number = number, started = started, epoch = epoch, kind = kind,
    ends = tonumber(ends), taken = tonumber(taken), runner = runner}, tonumber(past))
end

function claim_record.format(c)
  local past = (c.single and 3 or c.first and 2 or c.fresh and 1 or 0) + (c.awaited and 4 or 0)
  return c.token .. '|' .. past .. '|' .. c.taken .. '|' .. c.seq .. '|'
    .. c.number .. '|' .. c.started .. '|' .. c.epoch .. '|' .. c.kind .. '|' .. string.format('%.0f', c.ends) .. '|'
    .. c.runner
end

function claim_record.is_held_by(text, token)
  return string.sub(text, 1, #token + 1) == token .. '|'
end

-- Of a claim whose holder says the rest: its past, and where they are wanted the tokens that it took.
function claim_record.add_past(c, text, wants_tokens)
  local digit_at = #c.token + 2
  c.taken = wants_tokens and tonumber(string.match(text, '^%d+', digit_at + 2)) or 0
  return claim_record.read_past(c, tonumber(string.sub(text, digit_at, digit_at)))
end

return claim_record
