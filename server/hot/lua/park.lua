-- Take or renew a member's lease for one room, and keep the watching progress there (HOT4, HOT5).
--
-- KEYS[1]  the member's lease: the room that holds it
-- KEYS[2]  the member's progress in the show
-- ARGV[1]  the room
-- ARGV[2]  how long the lease lasts without renewal, ms
-- ARGV[3]  the seq that must stand for the progress to be kept (0 = none); empty = only ask
-- ARGV[4]  the progress: its seq, a colon, the rest
-- ARGV[5]  how long progress is held, ms
--
-- Returns {held 0|1, kept 0|1, the progress that stands or ''}.
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then
    return {0, 0, ''}
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
local stands = redis.call('GET', KEYS[2]) or ''
if ARGV[3] == '' then
    return {1, 0, stands}
end
local seq = tonumber(string.match(stands, '^%d+') or '0')
if seq ~= tonumber(ARGV[3]) then
    return {1, 0, stands}
end
redis.call('SET', KEYS[2], ARGV[4], 'PX', ARGV[5])
return {1, 1, ARGV[4]}
