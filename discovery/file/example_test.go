package file_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/leverrpc/lever/discovery"
	"github.com/leverrpc/lever/discovery/file"
	"github.com/leverrpc/lever/engine"
)

func Example() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "services.json")
	err = file.Write(path, discovery.Directory{Epoch: 1, Services: map[string][]engine.Instance{
		"bank": {{ID: "bank-0", Addr: "tcp://10.0.0.1:7400", Weight: 2}},
	}})
	if err != nil {
		log.Fatal(err)
	}
	source, err := file.New(path, file.Config{})
	if err != nil {
		log.Fatal(err)
	}
	resolver := discovery.New(source, discovery.Config{})
	defer resolver.Close()
	target, err := engine.ParseTarget("lever://prod/bank")
	if err != nil {
		log.Fatal(err)
	}
	view, err := resolver.Resolve(context.Background(), target)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(view.Epoch, view.Instances[0].Addr)
	// Output:
	// 1 tcp://10.0.0.1:7400
}
