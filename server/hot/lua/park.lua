-- Take or renew members' leases for one room each, and keep their watching progress there (HOT4, HOT5).
--
-- KEYS     two for each member: the lease (the room that holds it), and the progress in the show
-- ARGV[1]  how long a lease lasts without renewal, ms
-- ARGV[2]  how long progress is held, ms
-- then three for each member:
--   the room
--   the seq that must stand for the progress to be kept (0 = none); empty = only ask
--   the progress: its seq, a colon, the rest
--
-- Returns for each member {held 0|1, kept 0|1, the progress that stands; '' when there is none, or it is the one given}.
local answers = {}
for at = 1, #KEYS, 2 do
    local lease, progress = KEYS[at], KEYS[at + 1]
    local first = 3 + (at - 1) / 2 * 3
    local room, wanted, given = ARGV[first], ARGV[first + 1], ARGV[first + 2]
    local holder = redis.call('GET', lease)
    local answer = {0, 0, ''}
    if not holder or holder == room then
        redis.call('SET', lease, room, 'PX', ARGV[1])
        local stands = redis.call('GET', progress) or ''
        answer = {1, 0, stands}
        if wanted ~= '' and tonumber(string.match(stands, '^%d+') or '0') == tonumber(wanted) then
            redis.call('SET', progress, given, 'PX', ARGV[2])
            answer = {1, 1, ''}
        end
    end
    answers[#answers + 1] = answer
end
return answers
