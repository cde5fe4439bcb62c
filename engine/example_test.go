package engine_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"sync/atomic"

	"github.com/leverrpc/lever/engine"
)

// serve gives a service handle of a server in memory that has one handler.
func serve(name string, h engine.Handler) engine.Service {
	srv := engine.NewServer(engine.ServerConfig{Service: "bank"})
	if err := srv.Handle(name, h); err != nil {
		log.Fatal(err)
	}
	client, err := srv.Pipe(engine.ClientConfig{})
	if err != nil {
		log.Fatal(err)
	}
	return client.Service("lever://prod/bank")
}

type Receipt struct {
	From, To string
	Cents    int64
}

func Example() {
	srv := engine.NewServer(engine.ServerConfig{Service: "bank"})
	err := srv.Handle("transfer", engine.Func3(
		func(ctx context.Context, from, to string, cents int64) (Receipt, error) {
			return Receipt{from, to, cents}, nil
		}))
	if err != nil {
		log.Fatal(err)
	}
	if err := srv.Listen("tcp://127.0.0.1:0"); err != nil {
		log.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error)
	go func() { served <- srv.Serve(ctx) }()

	client, err := engine.NewClient(engine.ClientConfig{Addrs: srv.Addrs()})
	if err != nil {
		log.Fatal(err)
	}
	bank := client.Service("lever://prod/bank")
	receipt, err := engine.Call[Receipt](ctx, bank.Method("transfer"), "ann", "bob", 500)
	fmt.Println(receipt, err)

	stop()
	fmt.Println(<-served, client.Close())
	// Output:
	// {ann bob 500} <nil>
	// <nil> <nil>
}

func ExampleGo() {
	bank := serve("double", engine.Func1(
		func(_ context.Context, n int) (int, error) { return 2 * n, nil }))
	var all []*engine.Future[int]
	for n := range 4 {
		all = append(all, engine.Go[int](context.Background(), bank.Method("double"), n))
	}
	for _, f := range all {
		fmt.Println(f.Wait())
	}
	// Output:
	// 0 <nil>
	// 2 <nil>
	// 4 <nil>
	// 6 <nil>
}

func ExampleBytesFuture() {
	bank := serve("echo", engine.Inline(engine.Bytes(
		func(_ context.Context, dst, in []byte) ([]byte, error) { return append(dst, in...), nil })))
	ctx, under := context.Background(), make([]engine.BytesFuture, 4)
	for i := range under {
		in := fmt.Append(nil, "call ", i)
		if err := under[i].Go(ctx, bank.Method("echo"), make([]byte, 0, 16), in); err != nil {
			log.Fatal(err)
		}
	}
	for i := range under {
		out, err := under[i].Wait()
		fmt.Println(string(out), err)
	}
	// Output:
	// call 0 <nil>
	// call 1 <nil>
	// call 2 <nil>
	// call 3 <nil>
}

func ExampleNewServer() {
	srv := engine.NewServer(engine.ServerConfig{Service: "bank"})
	err := srv.Handle("tail", engine.Chan0(func(context.Context, *engine.Chan[int, int]) error { return nil }))
	fmt.Println(err)
	// Output: engine: bank: method "tail" is not streaming by its name, its handler is
}

func ExampleNewClient() {
	client, err := engine.NewClient(engine.ClientConfig{Env: "prod", Addrs: []string{"10.0.0.1:7400"}})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	m := client.Method("/bank/acct-42/balance") // relative to Env
	_ = m
	_, err = engine.NewClient(engine.ClientConfig{Addrs: []string{"nonsense"}})
	fmt.Println(err != nil)
	// Output: true
}

func ExampleParseURL() {
	u, err := engine.ParseURL("lever://Prod:7400/bank/accounts/a%2F1/balance")
	fmt.Printf("%q %q %q %v\n", u.Service, u.Resource, u.Method, err)
	fmt.Println(u)
	_, err = engine.ParseURL("lever://prod/bank/balance?x=1")
	fmt.Println(err)
	// Output:
	// "bank" "accounts/a/1" "balance" <nil>
	// lever://prod/bank/accounts/a/1/balance
	// engine: URL "lever://prod/bank/balance?x=1": a query is not allowed; write '?' as %3F
}

func ExampleParseTarget() {
	u, err := engine.ParseTarget("lever://prod/bank/acct-42")
	fmt.Println(u.Service, u.Resource, err)
	// Output: bank acct-42 <nil>
}

func ExampleFunc0() {
	bank := serve("ping", engine.Func0(func(context.Context) (engine.None, error) {
		return engine.None{}, nil // a method without a result
	}))
	_, err := engine.Call[engine.None](context.Background(), bank.Method("ping"))
	fmt.Println(err)
	// Output: <nil>
}

func ExampleFunc1() {
	bank := serve("greet", engine.Func1(func(_ context.Context, name string) (string, error) {
		return "hello, " + name, nil
	}))
	fmt.Println(engine.Call[string](context.Background(), bank.Method("greet"), "ann"))
	// Output: hello, ann <nil>
}

func ExampleInline() {
	bank := serve("add", engine.Inline(engine.Func2(
		func(_ context.Context, a, b int64) (int64, error) { return a + b, nil })))
	fmt.Println(engine.Call[int64](context.Background(), bank.Method("add"), 2, 3))
	// Output: 5 <nil>
}

func ExampleFunc4() {
	bank := serve("area", engine.Func4(func(_ context.Context, x0, y0, x1, y1 float64) (float64, error) {
		return (x1 - x0) * (y1 - y0), nil
	}))
	fmt.Println(engine.Call[float64](context.Background(), bank.Method("area"), 1, 1, 3.5, 2))
	// Output: 2.5 <nil>
}

func ExampleBytes() {
	bank := serve("upper", engine.Inline(engine.Bytes(func(_ context.Context, dst, in []byte) ([]byte, error) {
		return append(dst, bytes.ToUpper(in)...), nil
	})))
	raw, err := engine.Call[[]byte](context.Background(), bank.Method("upper"), []byte("abc"))
	fmt.Printf("%s %v\n", raw, err)
	// Output: ABC <nil>
}

func ExampleDynamic() {
	bank := serve("describe", engine.Dynamic(func(ctx context.Context, args engine.Args) (engine.Payload, error) {
		info, _ := engine.CallInfo(ctx)
		return engine.PayloadOf(fmt.Sprint(info.Method, " of ", info.Resource, " with ", args))
	}))
	m := bank.Resource("acct-42").Method("describe")
	fmt.Println(engine.Call[engine.Payload](context.Background(), m, 1, "two", nil))
	fmt.Println(engine.Call[engine.Payload](context.Background(), m, []byte("raw")))
	// Output:
	// describe of acct-42 with [1 two <nil>] <nil>
	// describe of acct-42 with 3 raw bytes <nil>
}

func ExampleOpen() {
	bank := serve("sumChan", engine.Chan1(func(_ context.Context, start int, ch *engine.Chan[int, int]) error {
		sum := start
		for v, err := range ch.All() {
			if err != nil {
				return err
			}
			sum += v
			if err := ch.Send(sum); err != nil {
				return err
			}
		}
		return nil
	}))
	ch, err := engine.Open[int, int](context.Background(), bank.Method("sumChan"), 100)
	if err != nil {
		log.Fatal(err)
	}
	for i := range 3 {
		if err := ch.Send(i); err != nil {
			log.Fatal(err)
		}
	}
	if err := ch.CloseSend(); err != nil {
		log.Fatal(err)
	}
	for sum, err := range ch.All() {
		fmt.Println(sum, err)
	}
	// Output:
	// 100 <nil>
	// 101 <nil>
	// 103 <nil>
}

func ExampleFail() {
	type shortage struct {
		Message string `json:"message"`
		Missing int64  `json:"missing"`
	}
	const Short = engine.FirstOwn + 1
	bank := serve("pay", engine.Func1(func(_ context.Context, cents int64) (engine.None, error) {
		return engine.None{}, engine.Fail(Short, shortage{"not enough money", cents - 100})
	}))
	_, err := engine.Call[engine.None](context.Background(), bank.Method("pay"), 250)
	fmt.Println(err)
	if e, ok := errors.AsType[*engine.Error](err); ok && errors.Is(err, Short) {
		var s shortage
		fmt.Println(e.Detail.Decode(&s), s.Missing, engine.EffectOf(err))
	}
	// Output:
	// engine: call bank/pay: code 1025: not enough money
	// <nil> 150 executed
}

func ExampleErrorf() {
	bank := serve("close", engine.Func0(func(context.Context) (engine.None, error) {
		return engine.None{}, engine.Errorf(engine.PermissionDenied, "only for owners")
	}))
	_, err := engine.Call[engine.None](context.Background(), bank.Method("close"))
	fmt.Println(err, errors.Is(err, engine.PermissionDenied))
	// Output: engine: call bank/close: permission denied: only for owners true
}

var Transfer = engine.Declare3[string, string, int64, Receipt]("transfer")

func ExampleDeclare3() {
	srv := engine.NewServer(engine.ServerConfig{Service: "bank"})
	err := srv.Add(Transfer.Func(func(_ context.Context, from, to string, cents int64) (Receipt, error) {
		return Receipt{from, to, cents}, nil
	}))
	if err != nil {
		log.Fatal(err)
	}
	client, err := srv.Pipe(engine.ClientConfig{})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	fmt.Println(Transfer.Call(context.Background(), client.Service("lever://prod/bank"), "ann", "bob", 500))
	// Output: {ann bob 500} <nil>
}

func ExampleArgsOf() {
	bank := serve("join", engine.Func2(func(_ context.Context, a, b string) (string, error) {
		return a + b, nil
	}))
	args, err := engine.ArgsOf("a", "b") // a list that was decided elsewhere
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(engine.Call[string](context.Background(), bank.Method("join"), args))
	// Output: ab <nil>
}

func ExampleStatic() {
	r, err := engine.Static("tcp://10.0.0.1:7400", "unix:///run/bank.sock")
	if err != nil {
		log.Fatal(err)
	}
	client, err := engine.NewClient(engine.ClientConfig{Resolver: r})
	fmt.Println(client != nil, err)
	// Output: true <nil>
}

// A transfer must not run twice, and a lost connection must not lose it.
func ExampleMethod_Once() {
	transfer := engine.Declare2[string, int64, int64]("transfer").With(engine.Method.Once)
	var balance atomic.Int64
	srv := engine.NewServer(engine.ServerConfig{Service: "bank"})
	err := srv.Add(transfer.Func(func(_ context.Context, _ string, cents int64) (int64, error) {
		return balance.Add(cents), nil
	}))
	client, clientErr := srv.Pipe(engine.ClientConfig{Instance: "teller-1"})
	if err := errors.Join(err, clientErr); err != nil {
		panic(err)
	}
	defer client.Close()
	_, err = transfer.Call(context.Background(), client.Service("lever://local/bank"), "ann", 500)
	fmt.Println(balance.Load(), engine.EffectOf(err))
	// Output: 500 executed
}

// Account is what a server keeps for a resource while it is in use.
type Account struct{ cents int64 }

func ExampleHooks() {
	srv := engine.NewServer(engine.ServerConfig{
		Service: "bank",
		Resources: engine.Hooks[*Account]{
			New: func(ctx context.Context, name string) (*Account, error) {
				fmt.Println("load", name)
				return &Account{cents: 100}, nil
			},
			Close: func(ctx context.Context, name string, a *Account) error {
				fmt.Println("save", name, a.cents)
				return nil
			},
		},
	})
	err := srv.Handle("deposit", engine.Func1(func(ctx context.Context, cents int64) (int64, error) {
		account, _ := engine.ResourceOf[*Account](ctx)
		account.cents += cents // calls of one account may run at once; a real one has a lock
		return account.cents, nil
	}))
	client, clientErr := srv.Pipe(engine.ClientConfig{})
	if err := errors.Join(err, clientErr); err != nil {
		log.Fatal(err)
	}
	deposit := client.Service("lever://prod/bank").Resource("ann").Method("deposit")
	for range 2 {
		fmt.Println(engine.Call[int64](context.Background(), deposit, 50))
	}
	fmt.Println(srv.Shutdown(context.Background()), client.Close())
	// Output:
	// load ann
	// 150 <nil>
	// 200 <nil>
	// save ann 200
	// <nil> <nil>
}

// till is an object whose exported methods are served.
type till struct{ cents atomic.Int64 }

func (t *till) Put(_ context.Context, cents ...int64) (int64, error) {
	for _, c := range cents {
		t.cents.Add(c)
	}
	return t.cents.Load(), nil
}

func ExampleMethods() {
	srv := engine.NewServer(engine.ServerConfig{Service: "till"})
	handlers, err := engine.Methods(new(till))
	if err = errors.Join(err, srv.Add(handlers...)); err != nil {
		panic(err)
	}
	client, err := srv.Pipe(engine.ClientConfig{})
	if err != nil {
		panic(err)
	}
	defer client.Close()
	put := client.Service("lever://local/till").Method("put")
	fmt.Println(engine.Call[int64](context.Background(), put, 5, 10, 20))
	// Output: 35 <nil>
}
