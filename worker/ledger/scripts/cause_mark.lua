-- In the first shard. KEYS[1] the ledger's prefix. ARGV: 1 provider, 2 fingerprint, 3 note, take, release, ignore or reopen,
-- 4 why, 5 who, 6 the request's id; of a note 7 its text; to ignore 7 until when in ms or '', 8 for how many more or '', 9 how
-- often letters have died of it so far.
-- Returns {'done'}, or {'refused', why in one word, by whom it is taken or ''}.
-- Atomic because: of two who take it at once one is told that the other has, and only what was done is on record.
local p, fingerprint, deed, why, who = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local marks = cjson.decode(redis.call('HGET', K.cause_marks(p), fingerprint) or '{}')
if deed == 'take' and marks.taken and marks.taken.who ~= who then return {'refused', 'taken', marks.taken.who} end
if deed == 'release' and not marks.taken then return {'refused', 'not_taken', ''} end
if deed == 'reopen' and not marks.ignored then return {'refused', 'not_ignored', ''} end

if deed == 'note' then
  redis.call('RPUSH', K.cause_notes(p, fingerprint), cjson.encode({who = who, at_ms = r.now, text = ARGV[7]}))
  redis.call('LTRIM', K.cause_notes(p, fingerprint), -cause.NOTES_MOST, -1)
elseif deed == 'take' then marks.taken = {who = who, at_ms = r.now}
elseif deed == 'release' then marks.taken = nil
elseif deed == 'ignore' then
  marks.ignored = {who = who, at_ms = r.now, why = why, until_ms = tonumber(ARGV[7]), more = tonumber(ARGV[8]),
    ever = tonumber(ARGV[9])}
else marks.ignored = nil end
cause.keep_marks(p, fingerprint, marks)
audit.note(deed, 'cause provider=' .. p .. ' fingerprint=' .. fingerprint, why, who, ARGV[6])
return {'done'}
