package jobs

// The statements whose plans a test reads.
var (
	LeaseSQL = leaseSQL
)

const (
	NextDueSQL  = nextDueSQL
	ExpiredSQL  = expiredSQL
	DoneSQL     = doneSQL
	ListDeadSQL = listDeadSQL
	UniqueSQL   = uniqueSQL
)
