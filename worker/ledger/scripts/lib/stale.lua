-- Whether a snapshot is older than the order's newest one. Two revisions decide alone. Without, their moments do: the time of
-- the event in half microseconds, and one more for an update, so that a creation of the same instant is before it; behind a
-- bar the order's updated_at in microseconds, which goes first where both have one.
local stale = {}

function stale.read_moment(text)
  local time, updated_at = string.match(text, '^(-?%d+)|?(.*)$')
  return tonumber(time), tonumber(updated_at)
end

function stale.is_update(time) return time % 2 == 1 end

-- Below 0 where the first is older, 0 where they are equal.
function stale.compare_moments(one, other)
  local time, updated_at = stale.read_moment(one)
  local other_time, other_updated_at = stale.read_moment(other)
  local creation_came_late = time < other_time and stale.is_update(other_time) and not stale.is_update(time)
  if updated_at and other_updated_at and not creation_came_late then return updated_at - other_updated_at end
  return time - other_time
end

-- Of the newest snapshot: its arrival, by which a corrected refusal comes late, the last revision, its moment.
function stale.is_stale(e, newest, revision, moment)
  if e.revision ~= '' and revision then return tonumber(e.revision) < tonumber(revision) end
  local age = moment and stale.compare_moments(e.moment, moment) or 0
  return age < 0 or age == 0 and e.seq ~= '' and tonumber(e.seq) < tonumber(newest)
end

return stale
