-- Set a room's hot state under a new epoch, unless it stands already.
--
-- KEYS  1 meta  2 items  3 log
-- ARGV  1 epoch  2 room_ttl_ms, then per item: key, rev, record
-- Returns 1 = built now, 0 = it stood already and nothing was changed.
--
-- Items that were published while there was no state wait in the items hash: the higher rev stays, so a
-- publish between reading the truth and this step is not lost.

local meta, items, log = KEYS[1], KEYS[2], KEYS[3]
if (#ARGV - 2) % 3 ~= 0 then return redis.error_reply('ERR rebuild: items come in groups of three') end
for at = 3, #ARGV, 3 do
  if tonumber(ARGV[at + 1]) == nil then return redis.error_reply('ERR rebuild: rev is no number') end
end

local run = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
local state = redis.call('HMGET', meta, 'epoch', 'run', 'count')
if state[1] then
  if state[2] == run and redis.call('HLEN', items) == tonumber(state[3]) then return 0 end
  redis.call('DEL', items)
end
redis.call('DEL', meta, log)

for at = 3, #ARGV, 3 do
  local key, rev = ARGV[at], tonumber(ARGV[at + 1])
  local held = redis.call('HGET', items, key)
  if not held or (struct.unpack('>d', held)) < rev then
    redis.call('HSET', items, key, struct.pack('>d', rev) .. ARGV[at + 2])
  end
end
redis.call('HSET', meta, 'epoch', ARGV[1], 'offset', 0, 'run', run, 'bytes', 0, 'count', redis.call('HLEN', items))
redis.call('PEXPIRE', meta, ARGV[2])
redis.call('PEXPIRE', items, ARGV[2])
return 1
