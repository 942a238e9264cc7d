-- The MTA gives up at every point; the next message on the same connection is taken. And it goes without a word.
local steps = {
	function(conn) return mt.mailfrom(conn, "<ada@example.com>") end,
	function(conn) return mt.rcptto(conn, "<bob@example.net>") end,
	function(conn) return mt.data(conn) end,
	function(conn) return mt.header(conn, "From", " ada@example.com") end,
	function(conn) return mt.eoh(conn) end,
	function(conn) return mt.bodystring(conn, "Hello\r\n") end,
	function(conn) return mt.eom(conn) end,
}

local function play(conn, last)
	for i = 1, last do
		local wrong = steps[i](conn)
		if wrong ~= nil then error("step " .. i .. ": " .. wrong) end
	end
end

local function open()
	local conn = mt.connect(socket, 40, 0.1)
	if conn == nil then error("mt.connect() failed") end
	if mt.conninfo(conn, "mail.example.com", "192.0.2.1") ~= nil then error("mt.conninfo() failed") end
	if mt.helo(conn, "mail.example.com") ~= nil then error("mt.helo() failed") end
	return conn
end

local conn = open()
for last = 1, #steps - 1 do
	play(conn, last)
	if mt.abort(conn) ~= nil then error("mt.abort() failed after step " .. last) end
	play(conn, #steps)
	if mt.getreply(conn) ~= SMFIR_ACCEPT then error("not accepted after an abort at step " .. last) end
end
mt.disconnect(conn)

for last = 1, #steps do
	conn = open()
	play(conn, last)
	mt.disconnect(conn, false)
end
