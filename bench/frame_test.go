package bench

import (
	"testing"

	"github.com/leverrpc/lever/frame"
)

var (
	frameHeader = frame.Header{Length: 64, Type: frame.Call, Flags: frame.Ext, ID: 1, Aux: 1500}
	frameExt    = frame.AppendExtension(frame.AppendExtension(nil, frame.ExtResource, []byte("acct-42")),
		frame.ExtTrace, make([]byte, 26))
	frameHead = frame.AppendCallHead(nil, 0, "bank/transfer", frameExt)
	frameSink int
)

func BenchmarkFrameHeader(b *testing.B) {
	b.Run("append", func(b *testing.B) {
		b.ReportAllocs()
		dst := make([]byte, 0, 64)
		for b.Loop() {
			frameSink = len(frame.AppendHeader(dst, frameHeader))
		}
	})
	b.Run("put", func(b *testing.B) {
		b.ReportAllocs()
		dst := make([]byte, frame.HeaderSize)
		for b.Loop() {
			frame.PutHeader(dst, frameHeader)
		}
	})
	raw := frame.AppendHeader(nil, frameHeader)
	b.Run("consume", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			h, _ := frame.ConsumeHeader(raw)
			frameSink = int(h.Length)
		}
	})
	b.Run("consume and check", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			h, n := frame.ConsumeHeader(raw)
			if h.Check() != nil {
				b.Fatal("refused")
			}
			frameSink = n
		}
	})
}

func BenchmarkFrameCallHead(b *testing.B) {
	b.Run("append inline", func(b *testing.B) {
		b.ReportAllocs()
		dst := make([]byte, 0, 256)
		for b.Loop() {
			frameSink = len(frame.AppendCallHead(dst, 0, "bank/transfer", frameExt))
		}
	})
	for _, c := range []struct {
		name string
		h    frame.Header
		p    []byte
	}{
		{"consume inline", frame.Header{Type: frame.Call, ID: 1}, frameHead},
		{"consume inline with extensions", frameHeader, frameHead},
		{"consume bound", frame.Header{Type: frame.Call, Code: 3, ID: 1}, nil},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, n, err := frame.ConsumeCallHead(c.h, c.p)
				if err != nil {
					b.Fatal(err)
				}
				frameSink = n
			}
		})
	}
	b.Run("check name", func(b *testing.B) {
		b.ReportAllocs()
		name := []byte("bank/transfer")
		for b.Loop() {
			if frame.CheckName(name) != nil {
				b.Fatal("refused")
			}
		}
	})
}

func BenchmarkFrameExtensions(b *testing.B) {
	b.Run("check", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if frame.CheckExtensions(frameExt) != nil {
				b.Fatal("refused")
			}
		}
	})
	b.Run("find", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			v, _ := frame.FindExtension(frameExt, frame.ExtTrace)
			frameSink = len(v)
		}
	})
}
