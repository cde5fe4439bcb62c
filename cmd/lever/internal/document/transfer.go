package document

import (
	"context"
	"fmt"
	"hash/crc32"

	"github.com/leverrpc/lever/engine"
)

// chunkSize is how much of an attachment one message of downloadChan carries.
const chunkSize = 32 << 10

// Receipt says what an upload stored.
type Receipt struct {
	Bytes int    `json:"bytes"`
	CRC32 uint32 `json:"crc32"`
}

// upload keeps raw bytes as the attachment.
func (s *Service) upload(ctx context.Context, b []byte) (Receipt, error) {
	d, err := s.document(ctx)
	if err != nil {
		return Receipt{}, err
	}
	if err := d.Attach(b); err != nil {
		return Receipt{}, refusal(err)
	}
	return Receipt{Bytes: len(b), CRC32: crc32.ChecksumIEEE(b)}, nil
}

// download gives the attachment.
func (s *Service) download(ctx context.Context) ([]byte, error) {
	d, err := s.document(ctx)
	if err != nil {
		return nil, err
	}
	return d.Attachment(), nil
}

// uploadStream keeps the bytes of all messages as the attachment, and answers with a receipt.
func (s *Service) uploadStream(ctx context.Context, ch *engine.Chan[[]byte, Receipt]) error {
	d, err := s.document(ctx)
	if err != nil {
		return err
	}
	var whole []byte
	for chunk, err := range ch.All() {
		if err != nil {
			return err
		}
		if len(whole)+len(chunk) > MaxAttachment {
			return refusal(fmt.Errorf("%w: an attachment of more than %d bytes",
				ErrFull, MaxAttachment))
		}
		whole = append(whole, chunk...)
	}
	if err := d.Attach(whole); err != nil {
		return refusal(err)
	}
	return ch.Send(Receipt{Bytes: len(whole), CRC32: crc32.ChecksumIEEE(whole)})
}

// downloadStream sends the attachment in chunks.
func (s *Service) downloadStream(ctx context.Context, ch *engine.Chan[engine.None, []byte]) error {
	d, err := s.document(ctx)
	if err != nil {
		return err
	}
	for b := d.Attachment(); len(b) > 0; {
		n := min(len(b), chunkSize)
		if err := ch.Send(b[:n]); err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}
