module github.com/leverrpc/lever/bench/versus

go 1.26

replace github.com/leverrpc/lever => ../..

require (
	github.com/bytedance/sonic v1.15.5
	github.com/leverrpc/lever v0.0.0
	github.com/tinylib/msgp v1.6.5
)

require (
	github.com/bytedance/gopkg v0.1.3 // indirect
	github.com/bytedance/sonic/loader v0.5.3 // indirect
	github.com/cloudwego/base64x v0.1.6 // indirect
	github.com/klauspost/cpuid/v2 v2.2.9 // indirect
	github.com/philhofer/fwd v1.2.0 // indirect
	github.com/twitchyliquid64/golang-asm v0.15.1 // indirect
	golang.org/x/arch v0.0.0-20210923205945-b76863e36670 // indirect
	golang.org/x/sys v0.30.0 // indirect
)
