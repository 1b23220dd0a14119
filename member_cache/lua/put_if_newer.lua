-- Keep each record unless one of a higher or equal version is held (MEM1). All keys share one hash tag.
--
-- KEYS[i]            the record's key
-- ARGV[3 * i - 2]    its version, in decimal
-- ARGV[3 * i - 1]    how long to hold it, in milliseconds
-- ARGV[3 * i]        the value: 16 digits of version, then the body
--
-- Returns a list with 1 for each record kept and 0 for each that was not newer.
local kept = {}
for i, key in ipairs(KEYS) do
    local version = tonumber(ARGV[3 * i - 2])
    local held = redis.call('GETRANGE', key, 0, 15)
    if held == '' or tonumber(held) < version then
        redis.call('SET', key, ARGV[3 * i], 'PX', ARGV[3 * i - 1])
        kept[i] = 1
    else
        kept[i] = 0
    end
end
return kept
