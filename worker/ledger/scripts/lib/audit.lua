-- Who did what and why. 'rid' is the id of the request that it was asked for with, '' at the command line: always there, since
-- an entry with the same fields as the one before does not repeat their names.
local audit = {KEPT = 10000}

function audit.note(verb, what, why, who, rid)
  redis.call('XADD', K.audit(), 'MAXLEN', '~', audit.KEPT, '*', 'at', r.now, 'verb', verb, 'what', what, 'why', why, 'who', who,
    'rid', rid or '')
end

return audit
