-- Whether a snapshot is older than the order's newest one. Two revisions decide alone; without, when the order was changed,
-- where both snapshots say it, else when the events happened. An event's moment is its time in half microseconds, and one
-- more for an update: a creation of the same instant is before it.
local function is_update(moment) return moment % 2 == 1 end

-- Below 0 where the event is older by what both say, 0 where they say the same or nothing.
local function age_against(e, moment, updated_at)
  if not moment then return 0 end
  local mine, other = tonumber(e.moment), tonumber(moment)
  local creation_came_late = mine < other and is_update(other) and not is_update(mine)
  if not creation_came_late and e.updated_at ~= '' and updated_at and updated_at ~= '' then
    return tonumber(e.updated_at) - tonumber(updated_at)
  end
  return mine - other
end

-- newest: the number of the arrival of the order's newest snapshot, by which a corrected refusal comes late.
local function is_stale(e, newest, revision, moment, updated_at)
  if e.kind ~= 's' or not newest then return false end
  if e.revision ~= '' and revision then return tonumber(e.revision) < tonumber(revision) end
  local age = age_against(e, moment, updated_at)
  return age < 0 or age == 0 and e.seq ~= '' and tonumber(e.seq) < tonumber(newest)
end
