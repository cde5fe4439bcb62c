package coded

// Twitter is the public search result twitter_status.json.
type Twitter struct {
	Statuses       []Status `json:"statuses"`
	SearchMetadata Search   `json:"search_metadata"`
}

// Search is what was asked for.
type Search struct {
	CompletedIn float64 `json:"completed_in"`
	MaxID       int64   `json:"max_id"`
	MaxIDStr    string  `json:"max_id_str"`
	NextResults string  `json:"next_results"`
	Query       string  `json:"query"`
	RefreshURL  string  `json:"refresh_url"`
	Count       int     `json:"count"`
	SinceID     int     `json:"since_id"`
	SinceIDStr  string  `json:"since_id_str"`
}

// Status is one message.
type Status struct {
	Metadata struct {
		ResultType      string `json:"result_type"`
		IsoLanguageCode string `json:"iso_language_code"`
	} `json:"metadata"`
	CreatedAt            string   `json:"created_at"`
	ID                   int64    `json:"id"`
	IDStr                string   `json:"id_str"`
	Text                 string   `json:"text"`
	Source               string   `json:"source"`
	Truncated            bool     `json:"truncated"`
	InReplyToStatusID    *int64   `json:"in_reply_to_status_id"`
	InReplyToStatusIDStr *string  `json:"in_reply_to_status_id_str"`
	InReplyToUserID      *int64   `json:"in_reply_to_user_id"`
	InReplyToUserIDStr   *string  `json:"in_reply_to_user_id_str"`
	InReplyToScreenName  *string  `json:"in_reply_to_screen_name"`
	User                 User     `json:"user"`
	Geo                  *string  `json:"geo"`
	Coordinates          *string  `json:"coordinates"`
	Place                *string  `json:"place"`
	Contributors         *string  `json:"contributors"`
	RetweetedStatus      *Status  `json:"retweeted_status"`
	RetweetCount         int      `json:"retweet_count"`
	FavoriteCount        int      `json:"favorite_count"`
	Entities             Entities `json:"entities"`
	Favorited            bool     `json:"favorited"`
	Retweeted            bool     `json:"retweeted"`
	PossiblySensitive    bool     `json:"possibly_sensitive"`
	Lang                 string   `json:"lang"`
}

// User wrote a status.
type User struct {
	ID                             int64    `json:"id"`
	IDStr                          string   `json:"id_str"`
	Name                           string   `json:"name"`
	ScreenName                     string   `json:"screen_name"`
	Location                       string   `json:"location"`
	Description                    string   `json:"description"`
	URL                            *string  `json:"url"`
	Entities                       Entities `json:"entities"`
	Protected                      bool     `json:"protected"`
	FollowersCount                 int      `json:"followers_count"`
	FriendsCount                   int      `json:"friends_count"`
	ListedCount                    int      `json:"listed_count"`
	CreatedAt                      string   `json:"created_at"`
	FavouritesCount                int      `json:"favourites_count"`
	UtcOffset                      *int     `json:"utc_offset"`
	TimeZone                       *string  `json:"time_zone"`
	GeoEnabled                     bool     `json:"geo_enabled"`
	Verified                       bool     `json:"verified"`
	StatusesCount                  int      `json:"statuses_count"`
	Lang                           string   `json:"lang"`
	ContributorsEnabled            bool     `json:"contributors_enabled"`
	IsTranslator                   bool     `json:"is_translator"`
	IsTranslationEnabled           bool     `json:"is_translation_enabled"`
	ProfileBackgroundColor         string   `json:"profile_background_color"`
	ProfileBackgroundImageURL      string   `json:"profile_background_image_url"`
	ProfileBackgroundImageURLHTTPS string   `json:"profile_background_image_url_https"`
	ProfileBackgroundTile          bool     `json:"profile_background_tile"`
	ProfileImageURL                string   `json:"profile_image_url"`
	ProfileImageURLHTTPS           string   `json:"profile_image_url_https"`
	ProfileBannerURL               string   `json:"profile_banner_url"`
	ProfileLinkColor               string   `json:"profile_link_color"`
	ProfileSidebarBorderColor      string   `json:"profile_sidebar_border_color"`
	ProfileSidebarFillColor        string   `json:"profile_sidebar_fill_color"`
	ProfileTextColor               string   `json:"profile_text_color"`
	ProfileUseBackgroundImage      bool     `json:"profile_use_background_image"`
	DefaultProfile                 bool     `json:"default_profile"`
	DefaultProfileImage            bool     `json:"default_profile_image"`
	Following                      bool     `json:"following"`
	FollowRequestSent              bool     `json:"follow_request_sent"`
	Notifications                  bool     `json:"notifications"`
}

// Entities are the links in a text.
type Entities struct {
	Hashtags     []Hashtag `json:"hashtags"`
	Symbols      []string  `json:"symbols"`
	URL          *LinkList `json:"url"`
	URLs         []Link    `json:"urls"`
	UserMentions []Mention `json:"user_mentions"`
	Description  LinkList  `json:"description"`
	Media        []Medium  `json:"media"`
}

// Hashtag is a word behind a #.
type Hashtag struct {
	Text    string `json:"text"`
	Indices []int  `json:"indices"`
}

// LinkList is a list of links.
type LinkList struct {
	URLs []Link `json:"urls"`
}

// Link is an address.
type Link struct {
	URL         string `json:"url"`
	ExpandedURL string `json:"expanded_url"`
	DisplayURL  string `json:"display_url"`
	Indices     []int  `json:"indices"`
}

// Mention is a user named in a text.
type Mention struct {
	ScreenName string `json:"screen_name"`
	Name       string `json:"name"`
	ID         int64  `json:"id"`
	IDStr      string `json:"id_str"`
	Indices    []int  `json:"indices"`
}

// Medium is a picture.
type Medium struct {
	ID                int64           `json:"id"`
	IDStr             string          `json:"id_str"`
	Indices           []int           `json:"indices"`
	MediaURL          string          `json:"media_url"`
	MediaURLHTTPS     string          `json:"media_url_https"`
	URL               string          `json:"url"`
	DisplayURL        string          `json:"display_url"`
	ExpandedURL       string          `json:"expanded_url"`
	Type              string          `json:"type"`
	Sizes             map[string]Size `json:"sizes"`
	SourceStatusID    int64           `json:"source_status_id"`
	SourceStatusIDStr string          `json:"source_status_id_str"`
}

// Size is how a picture is cut.
type Size struct {
	W      int    `json:"w"`
	H      int    `json:"h"`
	Resize string `json:"resize"`
}
