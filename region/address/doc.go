// Package address is a person without an account: an e-mail address that its owner
// has confirmed, by a link in a letter or by the code in it. Their own page opens by
// a link that every letter carries; a browser remembers them only once they have
// confirmed in it.
//
// Finnish: vahvistettu osoite. Called by edge/web (asking, confirming, the person's
// own page), by edge/notify for its letter, and by what people do without an account:
// journey/follow and whatever else keeps an address's id. Whoever may be bombed with
// letters is not: so many a day go to one mailbox, whoever asks, and so many are asked
// for from one network.
package address
