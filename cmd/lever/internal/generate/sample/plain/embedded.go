package plain

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

// Branch leads back to itself, and none of its members may be left out.
type Branch struct {
	Twigs  []Branch `json:"twigs"`
	Leaves []string `json:"leaves"`
}

// Many has more members than a word has bits.
type Many struct {
	A0, B0, C0, D0, E0, F0, G0, H0, I0, J0 int8
	A1, B1, C1, D1, E1, F1, G1, H1, I1, J1 int8
	A2, B2, C2, D2, E2, F2, G2, H2, I2, J2 int8
	A3, B3, C3, D3, E3, F3, G3, H3, I3, J3 int8
	A4, B4, C4, D4, E4, F4, G4, H4, I4, J4 int8
	A5, B5, C5, D5, E5, F5, G5, H5, I5, J5 int8
	A6, B6, C6, D6, E6, F6, G6, H6, I6, J6 int8
}
