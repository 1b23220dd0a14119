-- Grant what a sliding window has room for, and count it (HOT1).
--
-- KEYS[1]  a list of moments, oldest first
-- ARGV[1]  now, Unix ms
-- ARGV[2]  the window, ms
-- ARGV[3]  how many may happen in any window
-- ARGV[4]  how many are wanted
--
-- Returns {granted, ms until the next could be granted (0 = all wanted were granted)}.
local key = KEYS[1]
local now, window, limit, want = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local first = redis.call('LINDEX', key, 0)
-- A moment far in the future is another node's broken clock: it must not close the window for ever.
while first and (tonumber(first) <= now - window or tonumber(first) > now + window) do
    redis.call('LPOP', key)
    first = redis.call('LINDEX', key, 0)
end
local happened = redis.call('LLEN', key)
local granted = math.max(0, math.min(want, limit - happened))
for _ = 1, granted do
    redis.call('RPUSH', key, ARGV[1])
end
if granted > 0 then
    redis.call('PEXPIRE', key, window)
end
if granted == want then
    return {granted, 0}
end
if limit <= 0 then
    return {0, window}
end
local leaves = redis.call('LINDEX', key, happened + granted - limit)
return {granted, math.max(1, tonumber(leaves) + window - now)}
