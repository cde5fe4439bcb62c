package lb

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "write testdata/routing.json anew")

const vectorFile = "testdata/routing.json"

// vectorFleet is a member set with the owners of some resources, as routing.json has them.
type vectorFleet struct {
	Bits    int            `json:"bits"`
	Digest  string         `json:"digest"` // hexadecimal
	Members []vectorMember `json:"members"`
	Vectors []vector       `json:"vectors"`
}

type vectorMember struct {
	ID          string `json:"id"`
	Weight      int    `json:"weight"`
	Incarnation uint64 `json:"incarnation"`
}

type vector struct {
	Resource string `json:"resource"`
	Slot     int    `json:"slot"`
	Owner    string `json:"owner"`
	Deputy   string `json:"deputy"`
}

// route computes the vectors of a fleet anew, with its members in any order.
func (f vectorFleet) route(rng *rand.Rand) vectorFleet {
	var ms []Member
	for _, m := range f.Members {
		ms = append(ms, Member{ID: m.ID, Weight: m.Weight, Incarnation: m.Incarnation})
	}
	rng.Shuffle(len(ms), func(i, j int) { ms[i], ms[j] = ms[j], ms[i] })
	table := NewTable(ms, f.Bits)
	f.Digest = fmt.Sprintf("%016x", View{Members: ms}.Digest())
	vectors := f.Vectors
	f.Vectors = nil
	for _, v := range vectors {
		v.Slot, v.Owner, v.Deputy = SlotOf(v.Resource, f.Bits), table.Owner(v.Resource).ID, ""
		if d := table.Deputy(v.Resource); d != nil {
			v.Deputy = d.ID
		}
		f.Vectors = append(f.Vectors, v)
	}
	return f
}

// plainFleets are the questions of routing.json: fleets of all kinds and resources of all lengths.
func plainFleets(rng *rand.Rand) (fleets []vectorFleet) {
	for _, n := range []int{1, 2, 3, 5, 10, 40} {
		f := vectorFleet{Bits: SlotBits}
		if n == 5 {
			f.Bits = 10
		}
		for i := range n {
			f.Members = append(f.Members, vectorMember{
				ID:          strings.Repeat("ï", i/10) + fmt.Sprintf("instance-%x", rng.Uint64()>>(4*uint(i%16))),
				Weight:      1 + i*i%(n+2)%9,
				Incarnation: rng.Uint64() >> (7 * uint(i%10)),
			})
		}
		for i := range 170 {
			name := make([]rune, i*7%90)
			for j := range name {
				name[j] = []rune("abcxyz019/-_.%ü∂𝛑")[rng.IntN(17)]
			}
			f.Vectors = append(f.Vectors, vector{Resource: string(name)})
		}
		fleets = append(fleets, f)
	}
	return fleets
}

func readVectors(t *testing.T) (fleets []vectorFleet) {
	t.Helper()
	text, err := os.ReadFile(vectorFile)
	if err == nil {
		err = json.Unmarshal(text, &fleets)
	}
	if err != nil {
		t.Fatal(err)
	}
	return fleets
}

func TestRoutingVectors(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 9))
	if *rewrite {
		var text strings.Builder
		e := json.NewEncoder(&text)
		var fleets []vectorFleet
		for _, f := range plainFleets(rng) {
			fleets = append(fleets, f.route(rng))
		}
		if err := e.Encode(fleets); err != nil {
			t.Fatal(err)
		}
		// One vector a line, so that changes can be read.
		lines := strings.NewReplacer("},{", "},\n{", "[{", "[\n{").Replace(text.String())
		if err := os.WriteFile(vectorFile, []byte(lines), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	n := 0
	for _, want := range readVectors(t) {
		got := want.route(rng)
		if got.Digest != want.Digest {
			t.Errorf("digest %s, want %s", got.Digest, want.Digest)
		}
		for i := range want.Vectors {
			if n++; got.Vectors[i] != want.Vectors[i] {
				t.Errorf("got %+v, want %+v", got.Vectors[i], want.Vectors[i])
			}
		}
	}
	if n < 1000 {
		t.Errorf("%d vectors, want at least 1000", n)
	}
}

// The vectors would agree with any mistake of the code that wrote them. The script is written
// from the definition.
func TestAnotherImplementationAgrees(t *testing.T) {
	python, err := exec.LookPath("python3")
	if errors.Is(err, exec.ErrNotFound) {
		t.Skip("there is no python3")
	}
	out, err := exec.Command(python, "testdata/routing.py", vectorFile).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "vectors agree") {
		t.Errorf("%v: %s", err, out)
	}
}

// Callers agree only if nothing of a process goes into the choice, such as the seed of a map or
// the order in which its discovery told the members.
func TestOtherProcessesAgree(t *testing.T) {
	const marker = "LEVER_LB_ROUTE_SEED"
	if seed := os.Getenv(marker); seed != "" {
		rng := rand.New(rand.NewPCG(uint64(len(seed)), 0))
		for _, f := range readVectors(t) {
			fmt.Printf("%+v\n", f.route(rng))
		}
		return
	}
	var first string
	for _, seed := range []string{"1", "22", "333"} {
		c := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
		c.Env = append(os.Environ(), marker+"="+seed)
		out, err := c.Output()
		if err != nil {
			t.Fatal(err)
		}
		text, _, found := strings.Cut(string(out), "PASS")
		if first == "" {
			first = text
		}
		if !found || len(text) < 1000 || text != first {
			t.Fatalf("process %s routes otherwise", seed)
		}
	}
}
