package engine

import (
	"context"
	"io"
	"iter"
)

// Chan is one end of a stream: Recv is the type of the messages that this end receives, Send that
// of those it sends. The two directions are independent.
//
// All methods are safe for concurrent use. Messages that several goroutines send at once go out
// whole in some order; of several goroutines that receive, one gets the next message and the others
// wait.
//
// The stream ends when the handler returns, when the caller closes it or gives up, or when the
// connection is lost. After the messages that the other side sent before a clean end, or before its
// CloseSend, Recv gives io.EOF; after those before its error, that error; and the same again from
// then on. How a stream ends whose other side may use CloseSend, Result tells.
type Chan[Recv, Send any] struct {
	s *stream
	chanCoders[Recv, Send]
}

// chanCoders are the plans for both directions.
type chanCoders[Recv, Send any] struct {
	recv *coder[Recv]
	send *coder[Send]
}

func chanCodersFor[Recv, Send any]() (c chanCoders[Recv, Send], err error) {
	if c.recv, err = coderFor[Recv](); err != nil {
		return c, badArgs("received messages: %v", err)
	}
	if c.send, err = coderFor[Send](); err != nil {
		return c, badArgs("sent messages: %v", err)
	}
	return c, nil
}

// Recv waits for the next message. One that is malformed, or does not fit its type, ends the
// stream: the caller's with the code Internal, the handler's, whatever it returns, with
// InvalidArgument.
func (ch *Chan[Recv, Send]) Recv() (Recv, error) {
	s := ch.s
	s.recvMu.Lock()
	defer s.recvMu.Unlock()
	var v Recv
	p, isBytes, err := s.receive()
	if err != nil {
		return v, err
	}
	err = ch.recv.read(p, isBytes, &v)
	s.done(len(p))
	if err != nil {
		return v, s.spoil(err)
	}
	return v, nil
}

// All gives the messages until the end. Each comes with a nil error; an end that is not clean comes
// as one last pair with the error.
func (ch *Chan[Recv, Send]) All() iter.Seq2[Recv, error] {
	return func(yield func(Recv, error) bool) {
		for {
			v, err := ch.Recv()
			if err == io.EOF || !yield(v, err) || err != nil {
				return
			}
		}
	}
}

// Send sends v, which may be changed when it returns. If the other side does not keep up it waits
// until that has read enough, or until the stream ends. A nil error means that the message is on
// its way, not that it was read. After the end of the call Send gives its error, or io.EOF if it
// ended well.
func (ch *Chan[Recv, Send]) Send(v Send) error {
	ch.s.sendMu.Lock()
	defer ch.s.sendMu.Unlock()
	_, err := ch.write(v, true)
	return err
}

// TrySend is Send that never waits: ok is false if the message was not taken, because the other
// side has to catch up first or because another goroutine is sending.
func (ch *Chan[Recv, Send]) TrySend(v Send) (ok bool, err error) {
	if !ch.s.sendMu.TryLock() {
		return false, nil
	}
	defer ch.s.sendMu.Unlock()
	return ch.write(v, false)
}

// write encodes and sends v. The caller holds sendMu.
func (ch *Chan[Recv, Send]) write(v Send, wait bool) (bool, error) {
	scratch := messages.Get()
	defer messages.Put(scratch)
	memory := ch.send.take()
	defer ch.send.give(memory)
	*memory = v
	p, isBytes, err := ch.send.encode(scratch, memory)
	if err != nil {
		return false, Errorf(InvalidArgument, "message: %w", err)
	}
	return ch.s.send(p, isBytes, wait)
}

// CloseSend says that this end sends no more; it still receives. The other end's Recv gives io.EOF
// after the last message. Closing again does nothing.
func (ch *Chan[Recv, Send]) CloseSend() error { return ch.s.finish() }

// Close gives the stream up at the caller's end, unless it is over: the handler's context ends,
// what was not received is lost, and Recv and Send give an error with the code Cancelled. At the
// handler's end, where returning ends the stream, it is CloseSend.
func (ch *Chan[Recv, Send]) Close() error {
	if ch.s.serving {
		return ch.s.finish()
	}
	ch.s.end(&Error{Code: Cancelled, Message: "the stream was closed", Method: ch.s.method,
		Effect: MaybeExecuted, cause: context.Canceled}, true)
	return nil
}

// Result waits for the end of the stream at the caller's end, and gives what the other side has said
// with it: its error, or a value. Handlers of this package end theirs with null, the zero Payload;
// other implementations may have more to say. Recv's io.EOF can come before that, when the other
// side has used CloseSend, and waits perhaps for CloseSend at this end; the handler may still fail.
// At the handler's end there is nothing to wait for.
func (ch *Chan[Recv, Send]) Result() (Payload, error) {
	s := ch.s
	if s.serving {
		return Payload{}, nil
	}
	<-s.over
	s.endMu.Lock()
	defer s.endMu.Unlock()
	if s.err != io.EOF {
		return Payload{}, s.err
	}
	return s.result, nil
}

// Context ends with the stream. At the caller's end context.Cause tells how it ended.
func (ch *Chan[Recv, Send]) Context() context.Context { return ch.s.ctx }
