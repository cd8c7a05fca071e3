-- For wrk: posts the lines of a file, in which @ID@ becomes what no other request has.
-- Arguments: the file, a mark for this run, a token.

function init(arguments)
  lines, sent = {}, 0
  for line in io.lines(arguments[1]) do lines[#lines + 1] = line end
  mark = arguments[2]
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  wrk.headers["Authorization"] = "Bearer " .. arguments[3]
end

function request()
  sent = sent + 1
  local body = lines[sent % #lines + 1]:gsub("@ID@", mark .. sent)
  return wrk.format(nil, nil, nil, body)
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  print(string.format('{"requests": %d, "seconds": %f, "failed": %d, "p50": %f, "p99": %f}',
    summary.requests, summary.duration / 1e6, failed,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
