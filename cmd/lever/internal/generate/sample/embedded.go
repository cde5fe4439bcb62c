package sample

// Tree leads back to itself.
type Tree struct {
	Name  string `json:"name"`
	Left  *Tree  `json:"left"`
	Right *Tree  `json:"right,omitempty"`
	Kids  []Tree `json:"kids"`
	Bud   *Bud   `json:"bud"`
	Loop  []Loop `json:"loop"`
}

// Bud leads back to Tree.
type Bud struct {
	Tree *Tree `json:"tree"`
}

// Loop is a list of itself.
type Loop []Loop

// Embedding has members of structs that are embedded, some of which hide others.
type Embedding struct {
	Base
	*Further
	inner
	Point `json:"point"`
	Name  string `json:"name"`
	Tiny
}

// Base is embedded.
type Base struct {
	ID   int    `json:"id"`
	Name string `json:"name"` // hidden
	Kind string `json:"kind"` // twice, so that it is no member
}

// Further is embedded by a pointer.
type Further struct {
	*Deepest
	Kind  string   `json:"kind"`
	Notes []string `json:"notes,omitempty"`
	Area  Span     `json:"area,omitzero"`
}

// Deepest is embedded in what is embedded.
type Deepest struct {
	Depth int `json:"depth"`
	ID    int `json:"id"` // hidden
}

type inner struct {
	Secret string
	hidden string
}

// Keys has names of all lengths, and such as Go fields cannot have.
type Keys struct {
	A      int `json:"a"`
	Seven  int `json:"seven77"`
	Eight  int `json:"eight888"`
	Spaced int `json:"a.name+of-15"`
	K15    int `json:"k23456789012345"`
	K16    int `json:"k234567890123456"`
	K31    int `json:"k234567890123456789012345678901"`
	K32    int `json:"k2345678901234567890123456789012"`
	Long   int `json:"k234567890123456789012345678901234567890123456789012345678901234567890"`
	Umlaut int `json:"größe"`
	Dash   int `json:"-,"`
	Bad    int `json:"no\"name"`
	skip   int
	Skip   int `json:"-"`
}

// Long has more members than a short header counts.
type Long struct {
	A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P int8
}
