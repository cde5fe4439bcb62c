// Package sample holds what the benchmarks send: one structured value, and bytes of some sizes.
// Every program that is compared sends exactly these.
package sample

import (
	"encoding/json"
	"fmt"
	"slices"
)

//go:generate go run github.com/leverrpc/lever/cmd/lever generate --type Order

// Order is a struct of five fields whose JSON text has about 150 bytes.
type Order struct {
	ID    int64    `json:"id"`
	Name  string   `json:"name"`
	Email string   `json:"email"`
	Tags  []string `json:"tags"`
	Score float64  `json:"score"`
}

// PlainOrder is an Order for which no code was generated.
type PlainOrder Order

// TheOrder gives the order that is sent, in memory of its own.
func TheOrder() Order {
	return Order{
		ID:    1_234_567_890_123,
		Name:  "Ada Lovelace",
		Email: "ada.lovelace@analytical-engine.example",
		Tags:  []string{"mathematics", "computing", "poetry"},
		Score: 99.25,
	}
}

// Check says how what came back differs from TheOrder, or nil.
func (o *Order) Check() error {
	if o.ID == theOrder.ID && o.Score == theOrder.Score && o.Name == theOrder.Name &&
		o.Email == theOrder.Email && slices.Equal(o.Tags, theOrder.Tags) {
		return nil
	}
	return fmt.Errorf("the echo is %+v", *o)
}

var theOrder = TheOrder()

// OrderText gives TheOrder as JSON text: the bytes of those who have no values.
func OrderText() []byte {
	text, err := json.Marshal(TheOrder())
	if err != nil {
		panic(err) // a struct of plain fields has a text
	}
	return text
}
