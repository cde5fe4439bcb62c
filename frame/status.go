package frame

import "strconv"

// Status is how a call ended, in the code of a RESULT. SPEC 15.1.
type Status uint16

// The statuses of version 1. 20 to 1023 are reserved; from FirstApplicationStatus on they are the
// application's own.
const (
	OK                Status = 0
	Application       Status = 1 // the method returned an error, the payload is its value
	InvalidArgument   Status = 2
	Cancelled         Status = 3
	DeadlineExceeded  Status = 4
	NoService         Status = 5
	NoMethod          Status = 6
	NoResource        Status = 7
	Private           Status = 8
	WrongKind         Status = 9
	Unauthenticated   Status = 10
	PermissionDenied  Status = 11
	ResourceExhausted Status = 12
	TooLarge          Status = 13
	Unavailable       Status = 14
	Internal          Status = 15
	WrongOwner        Status = 16
	NotLeased         Status = 17
	Moved             Status = 18
	Forgotten         Status = 19

	FirstApplicationStatus Status = 1024
)

// Retry says what good another attempt may do. Whether one is safe is another question, which
// Unprocessed, Idempotent and an idempotency key answer.
type Retry uint8

// The retry classes.
const (
	RetryNever       Retry = iota // the same call will fail the same way
	RetryLater                    // the same instance may serve it after a pause
	RetryElsewhere                // another instance, or a fresh view, may serve it
	RetryApplication              // only the application knows
)

var retryNames = [...]string{"never", "later", "elsewhere", "application"}

// String gives the word that SPEC.md uses.
func (r Retry) String() string { return retryNames[r&3] }

var statuses = [...]struct {
	name  string
	retry Retry
}{
	OK:                {"OK", RetryNever},
	Application:       {"APPLICATION", RetryApplication},
	InvalidArgument:   {"INVALID_ARGUMENT", RetryNever},
	Cancelled:         {"CANCELLED", RetryNever},
	DeadlineExceeded:  {"DEADLINE_EXCEEDED", RetryNever},
	NoService:         {"NO_SERVICE", RetryElsewhere},
	NoMethod:          {"NO_METHOD", RetryNever},
	NoResource:        {"NO_RESOURCE", RetryNever},
	Private:           {"PRIVATE", RetryNever},
	WrongKind:         {"WRONG_KIND", RetryNever},
	Unauthenticated:   {"UNAUTHENTICATED", RetryNever},
	PermissionDenied:  {"PERMISSION_DENIED", RetryNever},
	ResourceExhausted: {"RESOURCE_EXHAUSTED", RetryLater},
	TooLarge:          {"TOO_LARGE", RetryNever},
	Unavailable:       {"UNAVAILABLE", RetryElsewhere},
	Internal:          {"INTERNAL", RetryApplication},
	WrongOwner:        {"WRONG_OWNER", RetryElsewhere},
	NotLeased:         {"NOT_LEASED", RetryLater},
	Moved:             {"MOVED", RetryElsewhere},
	Forgotten:         {"FORGOTTEN", RetryNever},
}

// String gives the name in the registry, or for example "STATUS(19)".
func (s Status) String() string {
	if int(s) < len(statuses) {
		return statuses[s].name
	}
	return "STATUS(" + strconv.Itoa(int(s)) + ")"
}

// Retry gives the retry class. A reserved status is treated like Internal.
func (s Status) Retry() Retry {
	if int(s) < len(statuses) {
		return statuses[s].retry
	}
	return RetryApplication
}

// ErrorIsText reports whether the payload of a RESULT with this status is text for people (one wire
// string, or nothing). The payload of the others is a value of the application's.
func (s Status) ErrorIsText() bool {
	return s > Application && s < FirstApplicationStatus
}
