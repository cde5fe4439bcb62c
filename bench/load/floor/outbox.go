package floor

import "net"

// outbox is what waits to be written: small messages one behind the other, large ones as
// references to their callers' memory, which stays as it is until the answer is there.
type outbox struct {
	filling batch
	spare   []byte // memory for the next small messages
}

// batch is written at once. parts are in order; tail comes last.
type batch struct {
	parts net.Buffers
	tail  []byte
}

// largeSize is from where on a message is not copied.
const largeSize = 16 << 10

// add appends a message.
func (o *outbox) add(payload []byte) {
	b := &o.filling
	if b.tail == nil {
		b.tail, o.spare = o.spare, nil
	}
	b.tail = appendHead(b.tail, len(payload))
	if len(payload) < largeSize {
		b.tail = append(b.tail, payload...)
		return
	}
	b.parts = append(b.parts, b.tail, payload)
	b.tail = nil
}

func (o *outbox) empty() bool { return len(o.filling.parts) == 0 && len(o.filling.tail) == 0 }

// take gives what is there.
func (o *outbox) take() batch {
	b := o.filling
	o.filling = batch{}
	return b
}

// recycle takes the memory of a batch that was written.
func (o *outbox) recycle(b batch) {
	if b.tail != nil && cap(b.tail) <= 1<<20 {
		o.spare = b.tail[:0]
	}
}

// write sends a batch.
func (b *batch) write(nc net.Conn) error {
	if len(b.parts) == 0 {
		_, err := nc.Write(b.tail)
		return err
	}
	parts := b.parts
	if len(b.tail) > 0 {
		parts = append(parts, b.tail)
	}
	_, err := parts.WriteTo(nc)
	return err
}
