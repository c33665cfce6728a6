package smtptest

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// denied is what every mechanism says to a wrong password. It repeats the user,
// as real servers do.
func denied(user string) error {
	return &smtp.SMTPError{Code: 535, EnhancedCode: smtp.EnhancedCode{5, 7, 8}, Message: "Username and password not accepted for " + user}
}

// newAuth is the server's side of one sign-in.
func newAuth(mechanism, user, password string, accept func(user string)) (sasl.Server, error) {
	check := func(u, p string) error {
		if u != user || p != password {
			return denied(u)
		}
		accept(u)
		return nil
	}
	switch mechanism {
	case "PLAIN":
		return sasl.NewPlainServer(func(_, u, p string) error { return check(u, p) }), nil
	case "LOGIN":
		return &login{check: check}, nil
	case "SCRAM-SHA-256":
		return &scram{user: user, password: password, accept: accept}, nil
	}
	return nil, smtp.ErrAuthUnknownMechanism
}

// login asks for the user and then for the password.
type login struct {
	asked int
	user  string
	check func(user, password string) error
}

func (l *login) Next(response []byte) ([]byte, bool, error) {
	if l.asked == 0 && response == nil {
		l.asked = 1
		return []byte("Username:"), false, nil
	}
	if l.asked <= 1 {
		l.asked, l.user = 2, string(response)
		return []byte("Password:"), false, nil
	}
	return nil, true, l.check(l.user, string(response))
}

// scram is the server's side of RFC 5802 with SHA-256: the password never
// travels, and the server proves that it knows it too.
type scram struct {
	user, password string
	accept         func(user string)
	step           int
	bare, first    string // client-first-message-bare, server-first-message
	nonce          string
	salted         []byte
}

const rounds = 4096

func (x *scram) Next(response []byte) ([]byte, bool, error) {
	if response == nil && x.step == 0 {
		return []byte{}, false, nil
	}
	x.step++
	switch x.step {
	case 1:
		bare, ok := strings.CutPrefix(string(response), "n,,")
		user, nonce, found := strings.Cut(strings.TrimPrefix(bare, "n="), ",r=")
		if !ok || !found {
			return nil, false, errors.New("malformed SCRAM message")
		}
		if user != x.user {
			return nil, false, denied(user)
		}
		salt := make([]byte, 16)
		_, _ = rand.Read(salt)
		var err error
		if x.salted, err = pbkdf2.Key(sha256.New, x.password, salt, rounds, sha256.Size); err != nil {
			return nil, false, err
		}
		x.bare, x.nonce = bare, nonce+rand.Text()
		x.first = fmt.Sprintf("r=%s,s=%s,i=%d", x.nonce, base64.StdEncoding.EncodeToString(salt), rounds)
		return []byte(x.first), false, nil
	case 2:
		plain, proof64, ok := strings.Cut(string(response), ",p=")
		proof, err := base64.StdEncoding.DecodeString(proof64)
		if !ok || err != nil || plain != "c=biws,r="+x.nonce {
			return nil, false, errors.New("malformed SCRAM message")
		}
		signed := []byte(x.bare + "," + x.first + "," + plain)
		clientKey := mac(x.salted, []byte("Client Key"))
		stored := sha256.Sum256(clientKey)
		want := mac(stored[:], signed)
		subtle.XORBytes(want, want, clientKey)
		if !hmac.Equal(want, proof) {
			return nil, false, denied(x.user)
		}
		v := mac(mac(x.salted, []byte("Server Key")), signed)
		return []byte("v=" + base64.StdEncoding.EncodeToString(v)), false, nil
	}
	x.accept(x.user)
	return nil, true, nil
}

func mac(key, text []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(text)
	return h.Sum(nil)
}
