-- Number, keep and publish one room's frames: one atomic step.
--
-- KEYS  1 meta  2 items  3 log  4 pulses  5 comments  6 operation
-- ARGV  1 room  2 channel  3 now_ms  4 operation_ttl_ms  5 room_ttl_ms  6 pending_ttl_ms
--       7 max_frames  8 max_bytes  9 max_age_ms  10 comments_kept
--       11 PUBLISH, or on a Cluster SPUBLISH
--       then per frame: kind, key, rev, record
--         kind i = room item, x = one removed, m = moment, r = retract, p = pulse, c = comment; rev of items and of pulses that only grow, else 0
-- Returns the packed result {epoch, offset, {offsets given}}; epoch "" = the room has no hot state here.
--
-- Promises: an item or growing pulse whose rev is not higher is dropped; offsets have no holes; the same operation again
-- changes nothing and gets the first result. Everything is checked before the first write, because a script
-- that fails half-way is not rolled back. Runs on Redis 6.2; all keys and the channel share one hash tag.

local meta, items, log, pulses, comments, operation = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local room, channel = ARGV[1], ARGV[2]
local now, room_ttl, pending_ttl = tonumber(ARGV[3]), ARGV[5], ARGV[6]
local max_frames, max_bytes, max_age, comments_kept = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])

if (#ARGV - 11) % 4 ~= 0 then return redis.error_reply('ERR publish: frames come in groups of four') end
for at = 12, #ARGV, 4 do
  if not string.find('ixmrpc', ARGV[at], 1, true) or tonumber(ARGV[at + 2]) == nil then
    return redis.error_reply('ERR publish: unknown kind or rev is no number')
  end
end

local told = redis.call('GET', operation)
if told then return told end

-- The state belongs to this primary only: after a failover an offset could mean two things.
local run = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
local state = redis.call('HMGET', meta, 'epoch', 'offset', 'run', 'bytes', 'count')
local epoch, offset, bytes = state[1], tonumber(state[2]), tonumber(state[4])
local live = epoch and state[3] == run and redis.call('HLEN', items) == tonumber(state[5])
if epoch and not live then
  redis.call('DEL', meta, items, log)
end
if not live then epoch, offset, bytes = '', 0, 0 end

local numbered, given, passing = {}, {}, {}
local function keep(record)
  if not live then return end
  offset = offset + 1
  local entry = struct.pack('>dd', offset, now) .. record
  redis.call('RPUSH', log, entry)
  bytes = bytes + #entry
  numbered[#numbered + 1] = entry
  given[#given + 1] = offset
end

for at = 12, #ARGV, 4 do
  local kind, key, rev, record = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2]), ARGV[at + 3]
  if kind == 'i' or kind == 'x' then
    local held = redis.call('HGET', items, key)
    if not held or (struct.unpack('>d', held)) < rev then
      redis.call('HSET', items, key, struct.pack('>d', rev) .. record)
      local of, name = string.match(key, '^(.-)s?/(.+)$')
      if kind == 'x' and of then -- its numbers go with it: task:t1 of tasks/t1
        redis.call('HDEL', pulses, of .. ':' .. name)
        redis.call('HDEL', meta, 'pulse:' .. of .. ':' .. name)
      end
      keep(record)
    end
  elseif kind == 'm' then
    keep(record)
  elseif kind == 'r' then
    local retract = cmsgpack.unpack(record)
    local gone = {}
    for _, id in ipairs(retract[2]) do gone[id] = true end
    for _, held in ipairs(redis.call('LRANGE', comments, 0, -1)) do
      local comment = cmsgpack.unpack(held)
      if gone[comment[2]] or comment[3] == retract[3] then redis.call('LREM', comments, 1, held) end
    end
    keep(record)
  elseif kind == 'p' then
    -- Remembered beside the state it belongs to: what is told after a new start counts again.
    local grows = live and rev > 0
    if not grows or tonumber(redis.call('HGET', meta, 'pulse:' .. key) or 0) < rev then
      if grows then redis.call('HSET', meta, 'pulse:' .. key, rev) end
      redis.call('HSET', pulses, key, record)
      passing[#passing + 1] = record
    end
  else
    redis.call('RPUSH', comments, record)
    passing[#passing + 1] = record
  end
end
redis.call('LTRIM', comments, -comments_kept, -1)

if live and #given > 0 then
  local length = redis.call('LLEN', log)
  while length > 0 do
    local oldest = redis.call('LINDEX', log, 0)
    local _, sent = struct.unpack('>dd', oldest)
    if length <= max_frames and bytes <= max_bytes and now - sent <= max_age then break end
    redis.call('LPOP', log)
    bytes = bytes - #oldest
    length = length - 1
  end
  redis.call('HSET', meta, 'offset', offset, 'bytes', bytes, 'count', redis.call('HLEN', items))
end
for _, key in ipairs({meta, items, log, pulses, comments}) do redis.call('PEXPIRE', key, room_ttl) end
-- Without hot state items wait only for the rebuild that is about to happen: it keeps the higher rev of
-- these and the truth it read a moment ago.
if not live then redis.call('PEXPIRE', items, pending_ttl) end

local result = cmsgpack.pack({epoch, offset, given})
if #given > 0 then redis.call('SET', operation, result, 'PX', ARGV[4]) end
if #numbered > 0 or #passing > 0 or not live then
  redis.call(ARGV[11], channel, cmsgpack.pack({room, epoch, offset, numbered, passing}))
end
return result
