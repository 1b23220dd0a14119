-- Give back a lease, unless another room holds it meanwhile (HOT4).
--
-- KEYS[1]  the member's lease
-- ARGV[1]  the room that gives it back
--
-- Returns 1 if it was given back.
if redis.call('GET', KEYS[1]) == ARGV[1] then
    return redis.call('DEL', KEYS[1])
end
return 0
