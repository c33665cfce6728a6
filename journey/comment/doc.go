// Package comment is what people say beneath a spark (a flat talk, with questions to
// its bringer that stand out until answered) and the warmth they show it: "me too",
// once a person, with what more they offer.
//
// Finnish: puheenvuoro; minäkin. Called by edge/web (the spark's page, the person's own
// page, the bringer's, the office's and its queue) and by edge/notify. Who writes is a
// confirmed address, the bringer by their link or an officer; what strangers write is
// weighed as sparks are. The counts of a talk are kept as they change, so that a talk
// of thousands opens like one of ten.
package comment
