-- Keep the first answer to each of some acts (HOT2).
--
-- KEYS[i]      where the answer to an act stands
-- ARGV[1]      how long, in ms
-- ARGV[i + 1]  our answer to it
--
-- Returns for each the answer that stood; nil = ours is the first.
local stood = {}
for i, key in ipairs(KEYS) do
    if redis.call('SET', key, ARGV[i + 1], 'NX', 'PX', ARGV[1]) then
        stood[i] = false
    else
        stood[i] = redis.call('GET', key)
    end
end
return stood
