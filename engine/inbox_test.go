package engine

import (
	"errors"
	"fmt"
	"io"
	"testing"
)

func newInbox() *inbox { return &inbox{arrived: make(chan struct{}, 1)} }

func TestInboxKeepsOrderAndKind(t *testing.T) {
	b := newInbox()
	pushed := 0
	push := func(n int) {
		for range n {
			b.push(fmt.Append(nil, pushed), pushed%3 == 0)
			pushed++
		}
	}
	popped := 0
	pop := func(n int) {
		for range n {
			p, isBytes, ok, err := b.pop()
			if !ok || err != nil || string(p) != fmt.Sprint(popped) || isBytes != (popped%3 == 0) {
				t.Fatalf("message %d = %q, %v, %v, %v", popped, p, isBytes, ok, err)
			}
			popped++
		}
	}
	push(3)
	pop(1)
	push(5)
	pop(7)
	if !b.drained() {
		t.Error("not drained when all was read")
	}
	if _, _, ok, _ := b.pop(); ok {
		t.Error("a message came from an empty inbox")
	}
	push(2)
	b.close(io.EOF, false)
	push(1) // too late
	pop(2)
	for range 2 {
		if _, _, ok, err := b.pop(); !ok || err != io.EOF {
			t.Errorf("the end is %v, %v", ok, err)
		}
	}
}

func TestInboxDiscards(t *testing.T) {
	b := newInbox()
	cause := errors.New("cancelled")
	b.push([]byte("taken"), true)
	b.push([]byte("lost"), true)
	b.pop()
	b.push([]byte("lost too"), true)
	b.close(io.EOF, false)
	b.close(cause, true)
	b.close(io.EOF, true)
	if p, _, ok, err := b.pop(); !ok || err != cause || p != nil {
		t.Errorf("got %q, %v, %v", p, ok, err)
	}
}

func TestInboxTakesEmptyMessages(t *testing.T) {
	b := newInbox()
	b.push(nil, true)
	b.push([]byte{}, false)
	for _, want := range []bool{true, false} {
		if p, isBytes, ok, err := b.pop(); !ok || err != nil || len(p) != 0 || isBytes != want {
			t.Errorf("got %q, %v, %v, %v", p, isBytes, ok, err)
		}
	}
}

func TestInboxDoesNotAllocateWhenWarm(t *testing.T) {
	b := newInbox()
	p := make([]byte, 100)
	round := func() {
		for range 10 {
			b.push(p, true)
		}
		for range 10 {
			b.pop()
		}
	}
	round()
	round()
	if n := testing.AllocsPerRun(100, round); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
