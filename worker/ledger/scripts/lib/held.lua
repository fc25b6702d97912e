-- A claim as it is kept: token, what its past is (0 it has one, 1 it has none, 2 nor has its order any at this provider, 3
-- and it is alone: see lib/ready.lua; and 4 more where it is a snapshot that an action waits for: see
-- lib/replaying.lua), the tokens of the rate that it took, delivery, attempt, when it began, the gate's epoch, kind of
-- event, the end of the lease, and its runner.
local function read_past(c, digit)
  c.awaited, digit = digit > 3, digit % 4
  c.fresh, c.first, c.alone = digit > 0, digit > 1, digit == 3
  return c
end

local function claim_parts(text)
  local token, past, taken, seq, number, started, epoch, kind, ends, runner =
    string.match(text, '^(.-)|(%d)|(%d+)|(%d+)|(%d+)|(%d+)|(%d+)|(%a)|(%d+)|(.*)$')
  return read_past({token = token, seq = seq, number = number, started = started, epoch = epoch, kind = kind,
    ends = tonumber(ends), taken = tonumber(taken), runner = runner}, tonumber(past))
end

local function claim_text(c)
  local past = (c.alone and 3 or c.first and 2 or c.fresh and 1 or 0) + (c.awaited and 4 or 0)
  return c.token .. '|' .. past .. '|' .. c.taken .. '|' .. c.seq .. '|'
    .. c.number .. '|' .. c.started .. '|' .. c.epoch .. '|' .. c.kind .. '|' .. string.format('%.0f', c.ends) .. '|'
    .. c.runner
end
