-- Sends the requests of a file, one after the other and from the start again, and prints what came back
-- as one line of JSON. wrk ... -- FILE

local requests, place = {}, 0

function init(args)
  local file = assert(io.open(args[1], "rb"))
  local text = file:read("*a")
  file:close()
  local first = 1
  while true do
    local _, last = text:find("\r\n\r\n", first, true)
    if not last then break end
    requests[#requests + 1] = text:sub(first, last)
    first = last + 1
  end
  collectgarbage()
end

function request()
  place = place % #requests + 1
  return requests[place]
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.timeout
  print(string.format(
    '{"requests": %d, "micros": %d, "p50_us": %d, "p99_us": %d, "refused": %d, "failed": %d}',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), errors.status, failed
  ))
end
