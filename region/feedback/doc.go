// Package feedback is what people tell of barriers on the pages: anybody may, no
// account is needed, and the law gives the office fourteen days to answer. It is
// kept in a queue with its days, answered by mail or marked as taken care of, and
// goes at once when its giver wants it gone.
//
// Finnish: palaute. Called by edge/web (the form, the receipt, the office's
// queue), by edge/notify for its letters, and by journey/retention.
package feedback
