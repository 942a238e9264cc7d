-- Many messages on one connection, with bodies of random size.
local conn = mt.connect(socket, 40, 0.1)
if conn == nil then error("mt.connect() failed") end
if mt.conninfo(conn, "mail.example.com", "unspec") ~= nil then error("mt.conninfo() failed") end
if mt.helo(conn, "mail.example.com") ~= nil then error("mt.helo() failed") end
for i = 1, 200 do
	mt.macro(conn, SMFIC_MAIL, "i", "queue" .. i, "{mail_addr}", "ada@example.com")
	if mt.mailfrom(conn, "<ada@example.com>") ~= nil then error("mt.mailfrom() failed") end
	if mt.rcptto(conn, "<bob@example.net>") ~= nil then error("mt.rcptto() failed") end
	if mt.header(conn, "From", " ada@example.com") ~= nil then error("mt.header() failed") end
	if mt.header(conn, "X-Do", " add X-Number " .. i) ~= nil then error("mt.header() failed") end
	if mt.eoh(conn) ~= nil then error("mt.eoh() failed") end
	if mt.bodyrandom(conn, i * 1000) ~= nil then error("mt.bodyrandom() failed") end
	if mt.eom(conn) ~= nil then error("mt.eom() failed") end
	if mt.getreply(conn) ~= SMFIR_ACCEPT then error("not accepted: " .. i) end
	if posternd then
		if not mt.eom_check(conn, MT_HDRINSERT, "Authentication-Results") then error("no Authentication-Results: " .. i) end
	elseif not mt.eom_check(conn, MT_HDRADD, "X-Number", " " .. i) then
		error("no X-Number: " .. i)
	end
end
mt.disconnect(conn)
