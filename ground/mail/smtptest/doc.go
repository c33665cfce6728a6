// Package smtptest is a real SMTP server inside the test process: TLS with its
// own certificate authority, sign-in, refusals at every step, dropped
// connections. It keeps what it receives and lets a test wait for it.
//
// Finnish: koepostipalvelin. Called by the tests of ground/mail and by the
// browser tests, which hand its URL to the server under test.
package smtptest
