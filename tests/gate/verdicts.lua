-- For posternd alone: what it does to a message that passes, with forged fields, and to one that its policy rejects.
local function open(client)
	local conn = mt.connect(socket, 40, 0.1)
	if conn == nil then error("mt.connect() failed") end
	if mt.conninfo(conn, "mail.example.com", client) ~= nil then error("mt.conninfo() failed") end
	if mt.helo(conn, "mail.example.com") ~= nil then error("mt.helo() failed") end
	return conn
end

local function send(conn)
	if mt.mailfrom(conn, "<ada@example.com>") ~= nil then error("mt.mailfrom() failed") end
	if mt.rcptto(conn, "<bob@example.net>") ~= nil then error("mt.rcptto() failed") end
	if mt.header(conn, "Authentication-Results", " mx.example.org; dmarc=pass") ~= nil then error("mt.header() failed") end
	if mt.header(conn, "From", " ada@example.com") ~= nil then error("mt.header() failed") end
	if mt.header(conn, "X-Postern-Verdict", " pass") ~= nil then error("mt.header() failed") end
	if mt.eoh(conn) ~= nil then error("mt.eoh() failed") end
	if mt.bodystring(conn, "Hello\r\n") ~= nil then error("mt.bodystring() failed") end
	if mt.eom(conn) ~= nil then error("mt.eom() failed") end
	return mt.getreply(conn)
end

local conn = open("192.0.2.1")
for i = 1, 2 do
	if send(conn) ~= SMFIR_ACCEPT then error("not accepted") end
	if not mt.eom_check(conn, MT_HDRDELETE, "Authentication-Results") then error("forged results stay") end
	if not mt.eom_check(conn, MT_HDRDELETE, "X-Postern-Verdict") then error("a forged verdict stays") end
	if not mt.eom_check(conn, MT_HDRINSERT, "Authentication-Results") then error("no results") end
	if not mt.eom_check(conn, MT_HDRINSERT, "X-Postern-Verdict") then error("no verdict") end
	if not mt.eom_check(conn, MT_HDRINSERT, "X-Postern-Id") then error("no id") end
end
mt.disconnect(conn)

conn = open("198.51.100.66")
for i = 1, 2 do
	if send(conn) ~= SMFIR_REPLYCODE then error("not rejected") end
end
mt.disconnect(conn)
