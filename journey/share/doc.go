// Package share is a person's own link to a spark, made to see how far it carries:
// what its maker agreed to have counted, and nothing of who opens it. An opening, or
// something done after it, is one more in that day's count; no address, cookie or time
// of day is kept. A link made by somebody who came by another knows how deep it is.
//
// Finnish: jako; a link is oma jakolinkki. Called by edge/web, journey/forecast (how a
// spark was really told onward) and journey/measure (the same of a whole region).
package share
