# The frames of the Lever protocol, version 1, for Kaitai Struct. SPEC.md is the text; chapter
# numbers refer to it. Bodies are left as bytes: what they are depends on earlier frames.
meta:
  id: lever
  title: Lever protocol, one direction of a connection
  endian: le
seq:
  - id: frames
    type: frame
    repeat: eos
types:
  frame:
    doc: Chapter 5.1. A header of 16 bytes, then the payload.
    seq:
      - id: length
        type: u4
        valid:
          max: 0xffffff
      - id: type
        type: u1
        enum: type
      - id: flags
        type: u1
      - id: code
        type: u2
      - id: id
        type: u4
      - id: aux
        type: u4
      - id: payload
        size: length
        type:
          switch-on: type
          cases:
            'type::hello': hello
            'type::call': call
            'type::result': result
            'type::goaway': text
            'type::bind': text
    instances:
      more:
        value: (flags & 0x01) != 0
      raw_bytes:
        value: (flags & 0x02) != 0
      has_ext:
        value: (flags & 0x20) != 0 and (type == type::call or type == type::result)
  hello:
    doc: Chapter 6.1.
    seq:
      - id: parameters
        type: parameter
        repeat: eos
  parameter:
    seq:
      - id: id
        type: u2
        enum: parameter
      - id: size
        type: u2
      - id: value
        size: size
  call:
    doc: Chapters 6.2 and 9.2.
    seq:
      - id: name
        type: sized_text
        if: _parent.code == 0
      - id: ext
        type: ext_block
        if: _parent.has_ext
      - id: arguments
        size-eos: true
  result:
    doc: Chapters 6.3 and 9.2.
    seq:
      - id: ext
        type: ext_block
        if: _parent.has_ext
      - id: value
        size-eos: true
  sized_text:
    seq:
      - id: size
        type: u2
      - id: text
        type: str
        size: size
        encoding: UTF-8
  text:
    seq:
      - id: text
        type: str
        size-eos: true
        encoding: UTF-8
  ext_block:
    doc: Chapter 9.3.
    seq:
      - id: size
        type: u2
      - id: entries
        size: size
        type: ext_entries
  ext_entries:
    seq:
      - id: entries
        type: ext_entry
        repeat: eos
  ext_entry:
    seq:
      - id: id
        type: u1
        enum: extension
      - id: size
        type: u2
      - id: value
        size: size
enums:
  type:
    0x01: hello
    0x02: call
    0x03: result
    0x04: msg
    0x05: finish
    0x06: cancel
    0x07: credit
    0x08: ping
    0x09: goaway
    0x0a: bind
  parameter:
    1: max_frame
    2: max_message
    3: calls
    4: conn_bytes
    5: stream_bytes
    6: max_bindings
    7: idle_ms
    8: features
    9: auth
    10: peer
    11: environment
    12: incarnation
    13: keep_ms
  extension:
    0x01: resource
    0x02: view
    0x03: compression
    0x81: trace
    0x82: metadata
    0x83: idempotency_key
    0x84: attempt
    0x85: owner
  status:
    0: ok
    1: application
    2: invalid_argument
    3: cancelled
    4: deadline_exceeded
    5: no_service
    6: no_method
    7: no_resource
    8: private
    9: wrong_kind
    10: unauthenticated
    11: permission_denied
    12: resource_exhausted
    13: too_large
    14: unavailable
    15: internal
    16: wrong_owner
    17: not_leased
    18: moved
    19: forgotten
  reason:
    0: none
    1: protocol
    2: flow
    3: frame_too_large
    4: calm
    5: timeout
    6: bad_version
    7: refused
    8: internal
    9: ids_exhausted
    10: unavailable
  cancel_reason:
    0: caller
    1: timeout
    2: unwanted
