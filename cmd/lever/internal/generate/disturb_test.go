package generate

import (
	"math/rand/v2"

	"github.com/leverrpc/lever/wire"
)

// disturber writes values once more, and now and then something else: members in another order,
// twice, missing or unknown, values of another kind.
type disturber struct {
	*rand.Rand
	rarely int // one in so many values is another one, one in so many objects has other members
}

func (d *disturber) now() bool { return d.IntN(d.rarely) == 0 }

func (d *disturber) value(dst []byte, v wire.Value) []byte {
	if d.now() {
		return append(dst, d.other()...)
	}
	switch v.Kind() {
	case wire.Object:
		return d.object(dst, v)
	case wire.Array:
		if v.Raw()[0] == 0xD9 {
			break
		}
		var body []byte
		for _, item := range v.Items() {
			body = d.value(body, item)
		}
		return container(dst, 0x80, v.Len(), body)
	}
	return append(dst, v.Raw()...)
}

func (d *disturber) object(dst []byte, v wire.Value) []byte {
	var all [][]byte
	for key, member := range v.Members() {
		all = append(all, d.value(encodedKeyOf(string(key)), member))
	}
	if d.now() {
		for range 1 + d.IntN(3) {
			all = d.members(all)
		}
	}
	var body []byte
	for _, member := range all {
		body = append(body, member...)
	}
	return container(dst, 0x90, len(all), body)
}

// members changes one thing about the members of an object.
func (d *disturber) members(all [][]byte) [][]byte {
	at := d.IntN(len(all) + 1)
	stranger := append(encodedKeyOf([]string{"", "x", "stranger"}[d.IntN(3)]), d.other()...)
	switch d.IntN(5) {
	case 0:
		d.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
	case 1:
		all = append(all[:at:at], append([][]byte{stranger}, all[at:]...)...)
	case 2:
		all = all[:at]
	case 3:
		if at < len(all) {
			all = append(all, all[at])
		}
	case 4:
		if at < len(all) {
			all = append(all[:at:at], all[at+1:]...)
		}
	}
	return all
}

// other gives a value of any kind.
func (d *disturber) other() []byte {
	all := [][]byte{{0xD0}, {0xD2}, {7}, {0xC3}, {0xB0, 200}, {0xB1, 0, 0x80}, {0xB3, 0, 0, 0, 0x80},
		{0xB7, 0, 0, 0, 0, 0, 0, 0, 0x80}, {0xB8, 200}, {0xD4, 0, 0, 0x40, 0x40}, wire.AppendFloat64(nil, 0.1),
		{0x40}, {0x42, 'o', 'k'}, {0x41, 0xFF}, {0x80}, {0x90}, {0x81, 1, 0xD0}, {0x91, 3, 1, 'x', 1},
		{0xD9, 0, 2, 1, 2}, {0xD8, 1, 1}, {0xA0}, {0xB0, 1}, {0xD5, 0, 0, 0, 0, 0, 0, 0xF0, 0x7F}}
	return all[d.IntN(len(all))]
}

// container writes an array or object of fewer than 240 children.
func container(dst []byte, tag byte, count int, body []byte) []byte {
	switch {
	case count == 0:
		return append(dst, tag)
	case count > 14:
		dst = append(dst, tag|15, byte(count))
	default:
		dst = append(dst, tag|byte(count))
	}
	return append(dst, wire.AppendBytes(nil, body)[1:]...) // the size, and what has it
}

func encodedKeyOf(name string) []byte { return []byte(encodedKey(name)) }
