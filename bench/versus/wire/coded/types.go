package coded

// Small is a request of about 150 bytes of JSON text.
type Small struct {
	ID       int64    `json:"id"`
	Method   string   `json:"method"`
	Account  string   `json:"account"`
	Amount   float64  `json:"amount"`
	Currency string   `json:"currency"`
	Tags     []string `json:"tags"`
	Retry    bool     `json:"retry"`
	Deadline int      `json:"deadline"`
}

// Reply is a reply of about 900 bytes of JSON text.
type Reply struct {
	Status string    `json:"status"`
	Cursor string    `json:"cursor"`
	Total  int       `json:"total"`
	Items  []Booking `json:"items"`
	Took   float64   `json:"took"`
}

// Booking is one item of a reply.
type Booking struct {
	ID      int64             `json:"id"`
	Account string            `json:"account"`
	Cents   int64             `json:"cents"`
	Text    string            `json:"text"`
	At      string            `json:"at"`
	Flags   []string          `json:"flags"`
	Ratio   float64           `json:"ratio"`
	Meta    map[string]string `json:"meta"`
}

// Canada is the public outline canada_geometry.json.
type Canada struct {
	Type     string    `json:"type"`
	Features []Feature `json:"features"`
}

// Feature is a country.
type Feature struct {
	Type       string `json:"type"`
	Properties struct {
		Name string `json:"name"`
	} `json:"properties"`
	Geometry struct {
		Type        string        `json:"type"`
		Coordinates [][][]float64 `json:"coordinates"`
	} `json:"geometry"`
}

// Citm is the public catalogue citm_catalog.json.
type Citm struct {
	AreaNames                map[string]string   `json:"areaNames"`
	AudienceSubCategoryNames map[string]string   `json:"audienceSubCategoryNames"`
	BlockNames               map[string]string   `json:"blockNames"`
	Events                   map[string]Event    `json:"events"`
	Performances             []Performance       `json:"performances"`
	SeatCategoryNames        map[string]string   `json:"seatCategoryNames"`
	SubTopicNames            map[string]string   `json:"subTopicNames"`
	SubjectNames             map[string]string   `json:"subjectNames"`
	TopicNames               map[string]string   `json:"topicNames"`
	TopicSubTopics           map[string][]uint64 `json:"topicSubTopics"`
	VenueNames               map[string]string   `json:"venueNames"`
}

// Event is a play.
type Event struct {
	Description *string `json:"description"`
	ID          int     `json:"id"`
	Logo        *string `json:"logo"`
	Name        string  `json:"name"`
	SubTopicIds []int   `json:"subTopicIds"`
	SubjectCode *string `json:"subjectCode"`
	Subtitle    *string `json:"subtitle"`
	TopicIds    []int   `json:"topicIds"`
}

// Performance is one evening of a play.
type Performance struct {
	EventID        int            `json:"eventId"`
	ID             int            `json:"id"`
	Logo           *string        `json:"logo"`
	Name           *string        `json:"name"`
	Prices         []Price        `json:"prices"`
	SeatCategories []SeatCategory `json:"seatCategories"`
	SeatMapImage   *string        `json:"seatMapImage"`
	Start          int64          `json:"start"`
	VenueCode      string         `json:"venueCode"`
}

// Price is what a seat costs.
type Price struct {
	Amount                int   `json:"amount"`
	AudienceSubCategoryID int64 `json:"audienceSubCategoryId"`
	SeatCategoryID        int64 `json:"seatCategoryId"`
}

// SeatCategory is a part of the house.
type SeatCategory struct {
	Areas          []Area `json:"areas"`
	SeatCategoryID int    `json:"seatCategoryId"`
}

// Area is a part of it.
type Area struct {
	AreaID   int   `json:"areaId"`
	BlockIds []int `json:"blockIds"`
}

// Golang is the public tree golang_source.json.
type Golang struct {
	Tree     *Node  `json:"tree"`
	Username string `json:"username"`
}

// Node is a file or folder.
type Node struct {
	Name     string  `json:"name"`
	Kids     []Node  `json:"kids"`
	CLWeight float64 `json:"cl_weight"`
	Touches  int     `json:"touches"`
	MinT     uint64  `json:"min_t"`
	MaxT     uint64  `json:"max_t"`
	MeanT    uint64  `json:"mean_t"`
}
