package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/leverrpc/lever/cmd/lever/internal/document"
	"github.com/leverrpc/lever/engine"
)

// How much the demo sends up and down: what fits one message by default, and what does not.
const (
	inCalls   = 3 << 20
	inStreams = 16 << 20
)

// transferInCalls uploads bytes in one call and downloads them in another.
func (s *show) transferInCalls(ctx context.Context) (string, error) {
	sent := noise(inCalls)
	receipt, err := engine.Call[document.Receipt](ctx, s.document.Method("upload"), sent)
	if err != nil {
		return "", err
	}
	got, err := engine.Call[[]byte](ctx, s.document.Method("download"))
	if err != nil {
		return "", err
	}
	if receipt.Bytes != len(sent) || !bytes.Equal(got, sent) {
		return "", fmt.Errorf("sent %d bytes, %d arrived, got %d back, not the same",
			len(sent), receipt.Bytes, len(got))
	}
	return fmt.Sprintf("%d MiB went up in one call and came down in another, unchanged",
		inCalls>>20), nil
}

// transferInStreams does the same with more than one message may hold, in chunks.
func (s *show) transferInStreams(ctx context.Context) (string, error) {
	sent := noise(inStreams)
	receipt, err := s.uploadInChunks(ctx, sent)
	if err != nil {
		return "", err
	}
	ch, err := engine.Open[[]byte, engine.None](ctx, s.document.Method("downloadChan"))
	if err != nil {
		return "", err
	}
	var got []byte
	messages := 0
	for chunk, err := range ch.All() {
		if err != nil {
			return "", err
		}
		got = append(got, chunk...)
		messages++
	}
	if receipt.Bytes != len(sent) || !bytes.Equal(got, sent) {
		return "", fmt.Errorf("sent %d bytes, %d arrived, got %d back, not the same",
			len(sent), receipt.Bytes, len(got))
	}
	return fmt.Sprintf("%d MiB went up and came down in %d messages each way, unchanged",
		inStreams>>20, messages), nil
}

// uploadInChunks sends b through a stream and waits for the receipt.
func (s *show) uploadInChunks(ctx context.Context, b []byte) (r document.Receipt, err error) {
	ch, err := engine.Open[document.Receipt, []byte](ctx, s.document.Method("uploadChan"))
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, ch.Close()) }()
	for len(b) > 0 {
		n := min(len(b), chunkSize)
		if err := ch.Send(b[:n]); err != nil {
			return r, err
		}
		b = b[n:]
	}
	if err := ch.CloseSend(); err != nil {
		return r, err
	}
	return ch.Recv()
}

// noise gives n bytes that are the same at every run and do not repeat.
func noise(n int) []byte {
	b := make([]byte, n)
	source := rand.NewChaCha8([32]byte{})
	source.Read(b) // never fails
	return b
}
