-- A Wireshark dissector for the Lever protocol, version 1. SPEC.md is the text; chapter numbers
-- refer to it. Put this file into Wireshark's plugin folder; it takes TCP port 7400.

local lever = Proto("lever", "Lever RPC")

local names = {
  type = {
    [0x01] = "HELLO", [0x02] = "CALL", [0x03] = "RESULT", [0x04] = "MSG", [0x05] = "FINISH",
    [0x06] = "CANCEL", [0x07] = "CREDIT", [0x08] = "PING", [0x09] = "GOAWAY", [0x0a] = "BIND",
  },
  parameter = {
    [1] = "MAX_FRAME", [2] = "MAX_MESSAGE", [3] = "CALLS", [4] = "CONN_BYTES",
    [5] = "STREAM_BYTES", [6] = "MAX_BINDINGS", [7] = "IDLE_MS", [8] = "FEATURES", [9] = "AUTH",
    [10] = "PEER", [11] = "ENVIRONMENT", [12] = "INCARNATION", [13] = "KEEP_MS",
  },
  extension = {
    [0x01] = "RESOURCE", [0x02] = "VIEW", [0x03] = "COMPRESSION", [0x81] = "TRACE",
    [0x82] = "METADATA", [0x83] = "IDEMPOTENCY_KEY", [0x84] = "ATTEMPT", [0x85] = "OWNER",
  },
  status = {
    [0] = "OK", [1] = "APPLICATION", [2] = "INVALID_ARGUMENT", [3] = "CANCELLED",
    [4] = "DEADLINE_EXCEEDED", [5] = "NO_SERVICE", [6] = "NO_METHOD", [7] = "NO_RESOURCE",
    [8] = "PRIVATE", [9] = "WRONG_KIND", [10] = "UNAUTHENTICATED", [11] = "PERMISSION_DENIED",
    [12] = "RESOURCE_EXHAUSTED", [13] = "TOO_LARGE", [14] = "UNAVAILABLE", [15] = "INTERNAL",
    [16] = "WRONG_OWNER", [17] = "NOT_LEASED", [18] = "MOVED", [19] = "FORGOTTEN",
  },
  reason = {
    [0] = "NONE", [1] = "PROTOCOL", [2] = "FLOW", [3] = "FRAME_TOO_LARGE", [4] = "CALM",
    [5] = "TIMEOUT", [6] = "BAD_VERSION", [7] = "REFUSED", [8] = "INTERNAL", [9] = "IDS_EXHAUSTED",
    [10] = "UNAVAILABLE",
  },
  cancel_reason = { [0] = "CALLER", [1] = "TIMEOUT", [2] = "UNWANTED" },
}

local f = lever.fields
f.length = ProtoField.uint32("lever.length", "Length", base.DEC)
f.type = ProtoField.uint8("lever.type", "Type", base.HEX, names.type)
f.flags = ProtoField.uint8("lever.flags", "Flags", base.HEX)
f.code = ProtoField.uint16("lever.code", "Code", base.DEC)
f.status = ProtoField.uint16("lever.status", "Status", base.DEC, names.status)
f.reason = ProtoField.uint16("lever.reason", "Reason", base.DEC, names.reason)
f.cancel = ProtoField.uint16("lever.cancel", "Reason", base.DEC, names.cancel_reason)
f.id = ProtoField.uint32("lever.id", "Call", base.DEC)
f.aux = ProtoField.uint32("lever.aux", "Aux", base.DEC)
f.name = ProtoField.string("lever.name", "Method")
f.text = ProtoField.string("lever.text", "Text")
f.body = ProtoField.bytes("lever.body", "Body")
f.parameter = ProtoField.uint16("lever.parameter", "Parameter", base.DEC, names.parameter)
f.extension = ProtoField.uint8("lever.extension", "Extension", base.HEX, names.extension)

local HEADER = 16

-- code_field is what the code means for a type: chapter 6.
local function code_field(type)
  if type == 0x03 then return f.status end
  if type == 0x09 then return f.reason end
  if type == 0x06 then return f.cancel end
  return f.code
end

-- entries walks {id, u16 size, value}; id has id_size bytes.
local function entries(buf, tree, field, id_size)
  local at = 0
  while at + id_size + 2 <= buf:len() do
    local size = buf(at + id_size, 2):le_uint()
    local whole = math.min(id_size + 2 + size, buf:len() - at)
    local item = tree:add_le(field, buf(at, id_size))
    item:set_len(whole)
    if whole > id_size + 2 then item:append_text(", " .. (whole - id_size - 2) .. " bytes") end
    at = at + whole
  end
end

-- body shows a payload by its type: heads as in chapter 9.2.
local function body(buf, type, flags, code, tree)
  local at = 0
  if type == 0x01 then return entries(buf, tree, f.parameter, 2) end
  if type == 0x09 then tree:add(f.text, buf()) return end
  if type == 0x0a then tree:add(f.name, buf()) return end
  if type == 0x02 and code == 0 and buf:len() >= 2 then
    local size = math.min(buf(0, 2):le_uint(), buf:len() - 2)
    if size > 0 then tree:add(f.name, buf(2, size)) end
    at = 2 + size
  end
  local ext = type <= 0x03 and math.floor(flags / 0x20) % 2 == 1
  if ext and buf:len() >= at + 2 then
    local size = math.min(buf(at, 2):le_uint(), buf:len() - at - 2)
    if size > 0 then entries(buf(at + 2, size):tvb(), tree, f.extension, 1) end
    at = at + 2 + size
  end
  if at < buf:len() then tree:add(f.body, buf(at)) end
end

local function one_frame(buf, pinfo, root)
  local type, flags = buf(4, 1):uint(), buf(5, 1):uint()
  local code, id = buf(6, 2):le_uint(), buf(8, 4):le_uint()
  local name = names.type[type] or string.format("TYPE(0x%02x)", type)
  local label = name
  if type ~= 0x01 and id ~= 0 then label = name .. " #" .. id end
  local tree = root:add(lever, buf(), "Lever " .. label)
  tree:add_le(f.length, buf(0, 4))
  tree:add(f.type, buf(4, 1))
  tree:add(f.flags, buf(5, 1))
  tree:add_le(code_field(type), buf(6, 2))
  tree:add_le(f.id, buf(8, 4))
  tree:add_le(f.aux, buf(12, 4))
  if buf:len() > HEADER then body(buf(HEADER):tvb(), type, flags, code, tree) end
  pinfo.cols.protocol = "LEVER"
  pinfo.cols.info:append(label .. " ")
  return buf:len()
end

local function frame_length(buf, pinfo, offset)
  return HEADER + buf(offset, 4):le_uint()
end

function lever.dissector(buf, pinfo, root)
  pinfo.cols.info = ""
  dissect_tcp_pdus(buf, root, HEADER, frame_length, one_frame)
  return buf:len()
end

DissectorTable.get("tcp.port"):add(7400, lever)
