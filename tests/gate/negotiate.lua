-- Every version of the protocol: an MTA gets no more than it offers, and its message is taken.
for version = 2, 6 do
	local conn = mt.connect(socket, 40, 0.1)
	if conn == nil then error("mt.connect() failed") end
	local flags = version == 2 and 0x3f or version < 6 and 0x1ff or nil -- nil: all; miltertest takes one number for both
	if mt.negotiate(conn, version, flags, flags) ~= nil then error("negotiation failed: " .. version) end
	if not mt.test_action(conn, SMFIF_ADDHDRS) then error("headers are not added: " .. version) end
	if version == 2 and mt.test_action(conn, SMFIF_CHGFROM) then error("more than was offered") end
	if version < 6 and mt.test_option(conn, SMFIP_HDR_LEADSPC) then error("more than was offered") end
	if version == 6 and not mt.test_option(conn, SMFIP_HDR_LEADSPC) then error("HDR_LEADSPC is missing") end
	if version == 6 and not mt.test_option(conn, SMFIP_NR_BODY) then error("NR_BODY is missing") end
	if mt.conninfo(conn, "mail.example.com", "192.0.2.1") ~= nil then error("mt.conninfo() failed") end
	if mt.getreply(conn) ~= SMFIR_CONTINUE then error("conninfo: " .. mt.getreply(conn)) end
	if mt.helo(conn, "mail.example.com") ~= nil then error("mt.helo() failed") end
	if mt.mailfrom(conn, "<ada@example.com>", "BODY=8BITMIME") ~= nil then error("mt.mailfrom() failed") end
	if mt.rcptto(conn, "<bob@example.net>") ~= nil then error("mt.rcptto() failed") end
	if mt.header(conn, "From", " ada@example.com") ~= nil then error("mt.header() failed") end
	if mt.getreply(conn) ~= SMFIR_CONTINUE then error("header: " .. mt.getreply(conn)) end
	if mt.eoh(conn) ~= nil then error("mt.eoh() failed") end
	if mt.bodystring(conn, "Hello\r\n") ~= nil then error("mt.bodystring() failed") end
	if mt.getreply(conn) ~= SMFIR_CONTINUE then error("body: " .. mt.getreply(conn)) end
	if mt.eom(conn) ~= nil then error("mt.eom() failed") end
	if mt.getreply(conn) ~= SMFIR_ACCEPT then error("end of message: " .. mt.getreply(conn)) end
	mt.disconnect(conn)
end
